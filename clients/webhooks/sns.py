"""Verify what SNS sends: which fields are signed, how, and by whom.

Source: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html. Signed are the
fields below in this order, each as its name, a line feed, its value and a line feed; a notification without
``Subject`` leaves it out. Version 1 is RSA with SHA-1, version 2 with SHA-256.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from clients.webhooks.errors import BadSignature, Malformed

NOTIFICATION = "Notification"
CONFIRMATION = "SubscriptionConfirmation"
UNSUBSCRIBED = "UnsubscribeConfirmation"

SIGNED: Mapping[str, tuple[str, ...]] = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    UNSUBSCRIBED: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
OPTIONAL = frozenset({"Subject"})

HASHES: Mapping[str, type[hashes.HashAlgorithm]] = {"1": hashes.SHA1, "2": hashes.SHA256}


class Keys(Protocol):
    """Who finds the key behind a ``SigningCertURL``: ``Certificates``."""

    def key(self, url: str) -> RSAPublicKey:
        """Return it. Raises ``UntrustedCertificate``."""
        ...


@dataclass(frozen=True, slots=True)
class SnsMessage:
    """A message of SNS's that was verified."""

    kind: str
    message_id: str
    topic: str
    message: str
    at: datetime
    subscribe_url: str | None = None


class SnsVerifier:
    """Verifies documents of SNS's.

    Parameters
    ----------
    keys : Keys
        Finds the key behind a certificate's address.
    versions : collection of str
        The signature versions that are taken. Version 1 is SHA-1, which collides: our topics sign with 2.
    """

    def __init__(self, keys: Keys, versions: tuple[str, ...] = ("1", "2")) -> None:
        self._keys = keys
        self._versions = versions

    def verify(self, document: Mapping[str, object]) -> SnsMessage:
        """Return what a document says.

        Raises
        ------
        Malformed, BadSignature, UntrustedCertificate
        """
        message = read_document(document)
        version = _text(document, "SignatureVersion")
        if version not in self._versions or version not in HASHES:
            raise BadSignature("SNS's signature is of a version that is not taken.")
        try:
            signature = base64.b64decode(_text(document, "Signature"), validate=True)
        except binascii.Error:
            raise BadSignature("SNS's signature is no base64.") from None
        key = self._keys.key(_text(document, "SigningCertURL"))
        try:
            key.verify(signature, signed_text(document).encode(), PKCS1v15(), HASHES[version]())
        except InvalidSignature:
            raise BadSignature("SNS's signature does not fit: the message is forged or altered.") from None
        return message


def read_document(document: Mapping[str, object]) -> SnsMessage:
    """Return what a document says, verified or not. Raises ``Malformed``."""
    kind = _text(document, "Type")
    if kind not in SIGNED:
        raise Malformed("The message is of a type that SNS does not have.")
    url = document.get("SubscribeURL")
    return SnsMessage(
        kind=kind,
        message_id=_text(document, "MessageId"),
        topic=_text(document, "TopicArn"),
        message=_text(document, "Message"),
        at=_time(_text(document, "Timestamp")),
        subscribe_url=url if isinstance(url, str) else None,
    )


def signed_text(document: Mapping[str, object]) -> str:
    r"""Return the text that SNS signs of a document.

    Examples
    --------
    >>> signed_text({"Type": "Notification", "Message": "m", "MessageId": "1", "Timestamp": "t",
    ...              "TopicArn": "arn", "Signature": "…"})
    'Message\nm\nMessageId\n1\nTimestamp\nt\nTopicArn\narn\nType\nNotification\n'
    """
    names = SIGNED[_text(document, "Type")]
    lines = [
        f"{name}\n{_text(document, name)}\n"
        for name in names
        if name not in OPTIONAL or document.get(name) is not None
    ]
    return "".join(lines)


def _text(document: Mapping[str, object], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise Malformed(f"The message has no {name}.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Malformed(f"{name} holds half of a surrogate pair.") from None
    return value


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed("The message's Timestamp is none.") from None
    if moment.tzinfo is None:
        raise Malformed("The message's Timestamp has no time zone.")
    return moment
