"""Orderwire's own signature, which every message carries: wrapped in SNS's, or raw.

::

    {"id": …, "time": seconds, "payload": "…JSON text…", "signatures": {webhook id: "v1,base64"}}

Signed is ``id.time.payload`` with HMAC-SHA256; the key is what the base64 behind ``whsec_`` holds.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from clients import reading
from clients.errors import BadSettings
from clients.model import Change
from clients.webhooks.errors import BadSignature, Malformed

PREFIX = "whsec_"
LATEST = 253_402_300_799
"""Seconds since 1970: the end of the year 9999."""


class Secret:
    """A webhook's secret, which never shows itself.

    Examples
    --------
    >>> Secret("whsec_bXlzZWNyZXQ=").sign("text")
    'v1,SN8e44y9GQBN3Tkm9jKEJTjkKVK+GXz6VxvfvmeZ2ac='
    """

    def __init__(self, text: str) -> None:
        try:
            if not text.startswith(PREFIX):
                raise ValueError
            self._key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
        except (ValueError, binascii.Error):
            raise BadSettings(f"A webhook's secret is {PREFIX} and base64.") from None

    def __repr__(self) -> str:
        return "Secret(…)"

    def sign(self, text: str) -> str:
        """Return the signature of ``text``."""
        return f"v1,{base64.b64encode(hmac.digest(self._key, text.encode(), 'sha256')).decode()}"

    def answer(self, challenge: str) -> str:
        """Return what answers a challenge."""
        return self.sign(f"answer.{challenge}")


@dataclass(frozen=True, slots=True)
class Challenge:
    """Orderwire asks whether this endpoint wants messages; ``topic`` is the one that it may then confirm."""

    challenge: str = field(repr=False)
    webhook_id: str
    topic: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message of Orderwire's that was verified."""

    message_id: str
    at: datetime
    content: Change | Challenge


def open_envelope(text: str, secret: Secret) -> Envelope:
    """Return what a message says.

    Raises
    ------
    Malformed, BadSignature
    """
    try:
        document = parse(text)
        message_id = reading.text(document.get("id"), "id")
        seconds = reading.whole(document.get("time"), "time")
        payload = reading.text(document.get("payload"), "payload")
        signatures = reading.mapping(document.get("signatures"), "signatures")
        signed = f"{message_id}.{seconds}.{payload}"
        signed.encode()
    except (reading.Unexpected, UnicodeEncodeError):
        raise Malformed("The message is none of Orderwire's.") from None
    expected = secret.sign(signed).encode()
    # Of one message to several endpoints, one signature is for this one. All are compared: constant time.
    fits = [
        hmac.compare_digest(expected, value.encode(errors="replace"))
        for value in signatures.values()
        if isinstance(value, str)
    ]
    if not any(fits):
        raise BadSignature(
            "No signature of Orderwire's fits: the message is forged, altered, or not for here."
        )
    if not 0 <= seconds <= LATEST:
        raise Malformed("The message's time is none.")
    return Envelope(message_id, datetime.fromtimestamp(seconds, UTC), _content(payload))


def parse(text: str | bytes) -> Mapping[str, object]:
    """Return the JSON object in ``text``. Raises ``Malformed``."""
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed("The message is no JSON.") from None
    if not isinstance(document, dict):
        raise Malformed("The message is no JSON object.")
    return document


def _content(payload: str) -> Change | Challenge:
    document = parse(payload)
    try:
        match document.get("type"):
            case "change":
                return Change.parse(document.get("change"), "change")
            case "challenge":
                return Challenge(
                    reading.text(document.get("challenge"), "challenge"),
                    reading.text(document.get("webhookId"), "webhookId"),
                    reading.text(document.get("topicArn"), "topicArn"),
                )
    except (reading.Unexpected, ValueError) as error:
        raise Malformed(f"The message says what the contract does not have: {error}") from None
    raise Malformed("The message is of a type that this receiver does not know.")
