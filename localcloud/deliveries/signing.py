"""Signatures of messages, and the certificate that they are verified with.

What is signed follows "Verifying the signatures of Amazon SNS messages": some fields, each as its name
and its value on lines of their own, in the order of their names. Version 1 is SHA1withRSA, version 2
SHA256withRSA.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Literal

from localcloud.deliveries.messages import NOTIFICATION, Document

if TYPE_CHECKING:
    # Imported where it is used: it takes a tenth of a second, and most local clouds sign nothing.
    from cryptography.hazmat.primitives.asymmetric import rsa

Version = Literal["1", "2"]

_NOTIFICATION_FIELDS: Final = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION_FIELDS: Final = (
    *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
)


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
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - see above
        from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415 - see above

        text = signed_text(document).encode()
        # What version 1 is cannot be chosen.
        algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303
        signature = self.key.sign(text, padding.PKCS1v15(), algorithm)
        return {
            **document,
            "SignatureVersion": version,
            "Signature": base64.b64encode(signature).decode(),
            "SigningCertURL": self.address(region),
        }

    def saved(self) -> dict[str, str]:
        """Return what :meth:`load` takes; it holds the private key."""
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - see above

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
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - see above
        from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - see above

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
        from localcloud.deliveries.certificates import issue  # noqa: PLC0415 - see above

        return cls(*issue(region))
