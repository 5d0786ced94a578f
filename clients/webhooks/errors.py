"""Why a request to a webhook is refused; the tree is drawn in the package's description."""

from __future__ import annotations

from clients.errors import WebhookRefused

__all__ = [
    "BadSignature",
    "Expired",
    "Malformed",
    "Replayed",
    "UntrustedCertificate",
    "WebhookRefused",
    "WrongTopic",
]


class Malformed(WebhookRefused):
    """The request is no message of SNS's, nor one of Orderwire's."""


class BadSignature(WebhookRefused):
    """A signature is missing, or does not fit: the message is forged or was altered."""


class UntrustedCertificate(WebhookRefused):
    """The signing certificate is not SNS's: its address, its chain or its dates are wrong."""


class WrongTopic(WebhookRefused):
    """The message is genuine, and of a topic that this endpoint did not agree to."""


class Expired(WebhookRefused):
    """The message is older than is taken, or from the future."""


class Replayed(WebhookRefused):
    """The message was here before."""
