"""Receive Orderwire's webhooks: verify what arrives, refuse what is not genuine, answer what asks.

The core is ``Receiver``: headers and body in, an answer and perhaps a change out; no framework, no thread,
and the network only for a certificate that was not seen before. ``server`` puts it behind aiohttp.

::

    WebhookRefused               nothing of the request may be believed
    |-- Malformed                no message of SNS's, nor of Orderwire's
    |-- BadSignature             SNS's signature, or Orderwire's, is not right
    |-- UntrustedCertificate     its address, its issuer or its dates: SNS has not signed with it
    |-- WrongTopic               genuine, and of a topic that this endpoint did not ask for
    |-- Expired                  older than is taken, or from the future
    `-- Replayed                 was here before
"""

from clients.webhooks.certificates import Certificates
from clients.webhooks.errors import (
    BadSignature,
    Expired,
    Malformed,
    Replayed,
    UntrustedCertificate,
    WebhookRefused,
    WrongTopic,
)
from clients.webhooks.receiver import Receiver, Reply
from clients.webhooks.sns import SnsVerifier

__all__ = [
    "BadSignature",
    "Certificates",
    "Expired",
    "Malformed",
    "Receiver",
    "Replayed",
    "Reply",
    "SnsVerifier",
    "UntrustedCertificate",
    "WebhookRefused",
    "WrongTopic",
]
