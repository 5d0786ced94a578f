"""Signatures of messages, and the certificate that they are verified with.

What is signed follows "Verifying the signatures of Amazon SNS messages": some fields, each as its name
and its value on lines of their own, in the order of their names. Version 1 is SHA1withRSA, version 2
SHA256withRSA.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from localcloud.deliveries.messages import NOTIFICATION, Document

Version = Literal["1", "2"]

_NOTIFICATION_FIELDS: Final = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION_FIELDS: Final = (
    *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
)
_HASHES: Final[dict[Version, type[hashes.HashAlgorithm]]] = {"1": hashes.SHA1, "2": hashes.SHA256}
# Clocks of receivers differ from ours.
_EARLIER: Final = timedelta(days=1)
_LIFE: Final = timedelta(days=3650)


def signed_text(document: Mapping[str, object]) -> str:
    r"""Return what of a message is signed.

    Examples
    --------
    >>> signed_text({"Type": "Notification", "Message": "hi", "MessageId": "1", "Extra": "unsigned"})
    'Message\nhi\nMessageId\n1\nType\nNotification\n'
    """
    fields = _NOTIFICATION_FIELDS if document.get("Type") == NOTIFICATION else _CONFIRMATION_FIELDS
    return "".join(f"{name}\n{document[name]}\n" for name in fields if document.get(name) is not None)


@dataclass(frozen=True)
class Signer:
    """A key with its certificate, and the certificate of the authority that issued it.

    Attributes
    ----------
    certificate, authority
        PEM.
    """

    key: rsa.RSAPrivateKey
    certificate: bytes
    authority: bytes

    @property
    def name(self) -> str:
        """The certificate's file name, of AWS's form."""
        return f"SimpleNotificationService-{sha256(self.certificate).hexdigest()[:32]}.pem"

    def address(self, region: str) -> str:
        """Return where AWS would serve the certificate."""
        return f"https://sns.{region}.amazonaws.com/{self.name}"

    def sign(self, document: Document, version: Version, region: str) -> Document:
        """Return a message with its signature."""
        text = signed_text(document).encode()
        signature = self.key.sign(text, padding.PKCS1v15(), _HASHES[version]())
        return {
            **document,
            "SignatureVersion": version,
            "Signature": base64.b64encode(signature).decode(),
            "SigningCertURL": self.address(region),
        }

    def saved(self) -> dict[str, str]:
        """Return what :meth:`load` takes; it holds the private key."""
        key = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return {
            "key": key.decode(),
            "certificate": self.certificate.decode(),
            "authority": self.authority.decode(),
        }

    @classmethod
    def load(cls, saved: Mapping[str, str]) -> Signer:
        """Return a signer that was saved.

        Raises
        ------
        ValueError
            It is none.
        """
        try:
            key = serialization.load_pem_private_key(saved["key"].encode(), None)
            certificate, authority = saved["certificate"].encode(), saved["authority"].encode()
        except (KeyError, TypeError) as error:
            raise ValueError(f"no signer was saved: {error!r}") from error
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ValueError("the saved key is no RSA key")
        return cls(key, certificate, authority)

    @classmethod
    def generate(cls, region: str) -> Signer:
        """Return a signer with a new key, issued by an authority of its own, whose key is thrown away."""
        issuer_key = ec.generate_private_key(ec.SECP256R1())
        issuer = _name("localcloud SNS authority")
        authority = (
            _builder(issuer, issuer, issuer_key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(issuer_key.public_key()), critical=False)
            .sign(issuer_key, hashes.SHA256())
        )
        key = rsa.generate_private_key(65537, 2048)
        hosts = ("sns.amazonaws.com", f"sns.{region}.amazonaws.com")
        certificate = (
            _builder(_name("sns.amazonaws.com"), issuer, key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(certificates=False), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False
            )
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
            )
            .sign(issuer_key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        return cls(key, certificate.public_bytes(pem), authority.public_bytes(pem))


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + _LIFE)
    )


def _usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        key_cert_sign=certificates,
        crl_sign=certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
