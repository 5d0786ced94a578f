"""Authorities and certificates made for a test, and an SNS that signs with them."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from clients.webhooks.sns import HASHES, signed_text

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
ADDRESS = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-7ff5318490ec183fbaddaa2a969abfda.pem"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:orderwire-WebhookTopic1-1A2B3C"


@cache
def key(number: int) -> RSAPrivateKey:
    """Return one of a few keys: making one takes a tenth of a second."""
    return generate_private_key(65537, 2048)


@dataclass(frozen=True)
class Authority:
    """An issuer of certificates."""

    certificate: x509.Certificate
    key: RSAPrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


def issue(
    common: str,
    number: int,
    by: Authority | None = None,
    *,
    names: Sequence[str] = (),
    may_issue: bool = False,
    begins: timedelta = timedelta(days=-1),
    ends: timedelta = timedelta(days=365),
    issuers_at: str | None = None,
) -> Authority:
    """Return a certificate with its key; one that nobody issued has issued itself."""
    own = key(number)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if by is None else by.certificate.subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + begins)
        .not_valid_after(NOW + ends)
        .add_extension(x509.BasicConstraints(ca=may_issue, path_length=None), critical=True)
    )
    if names:
        alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(alternatives, critical=False)
    if issuers_at is not None:
        where = x509.AccessDescription(
            AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(issuers_at)
        )
        builder = builder.add_extension(x509.AuthorityInformationAccess([where]), critical=False)
    return Authority(builder.sign(own if by is None else by.key, hashes.SHA256()), own)


def root(number: int = 0, name: str = "A root") -> Authority:
    return issue(name, number, may_issue=True)


@dataclass
class Web:
    """What certificates are fetched from, and how often."""

    pages: dict[str, bytes] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)

    def fetch(self, url: str) -> bytes:
        self.fetched.append(url)
        if url not in self.pages:
            raise OSError("nothing is there")
        return self.pages[url]


@dataclass
class Sns:
    """Signs as SNS does."""

    key: RSAPrivateKey
    version: str = "2"
    address: str = ADDRESS

    def notification(self, message: str, **changes: str) -> bytes:
        return self.signed({"Type": "Notification", "Message": message, **changes})

    def confirmation(self, **changes: str) -> bytes:
        url = (
            "https://sns.eu-west-1.amazonaws.com/"
            f"?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37"
        )
        words = {"Message": "You have chosen …", "Token": "2336412f37", "SubscribeURL": url}
        return self.signed({"Type": "SubscriptionConfirmation", **words, **changes})

    def signed(self, document: dict[str, str]) -> bytes:
        whole = {
            "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": TOPIC,
            "Timestamp": NOW.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "SignatureVersion": self.version,
            "SigningCertURL": self.address,
            "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
            **document,
        }
        text = signed_text(whole).encode()
        signature = self.key.sign(text, PKCS1v15(), HASHES[self.version]())
        return json.dumps({**whole, "Signature": base64.b64encode(signature).decode()}).encode()
