"""Signed documents, with the addresses of this cloud in them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final
from urllib.parse import quote
from uuid import uuid4

from localcloud.deliveries.messages import (
    Confirmation,
    Document,
    Message,
    attributes_document,
    notification,
    timestamp,
)
from localcloud.deliveries.signing import Signer, Version
from localcloud.deliveries.subscribers import Subscriber

# A publication is signed once for all of its subscribers; the last few are worth keeping.
KEPT: Final = 16


class Envelopes:
    """Writes what subscribers get.

    Parameters
    ----------
    signer
        Returns the key. It is asked for when a message is signed: making one takes a tenth of a second.
    endpoint
        Where SNS listens, as in ``http://127.0.0.1:4566``.
    """

    def __init__(self, signer: Callable[[], Signer], endpoint: str) -> None:
        self._signer = signer
        self._endpoint = endpoint
        self._signed: OrderedDict[tuple[str, str, Version], Document] = OrderedDict()

    def notification(self, message: Message, subscriber: Subscriber) -> Document:
        """Return a message's envelope for a subscriber; those of FIFO topics carry no signature."""
        document = dict(self._sign(message, subscriber))
        document["UnsubscribeURL"] = self._url("Unsubscribe", SubscriptionArn=subscriber.arn)
        if message.attributes:
            document["MessageAttributes"] = attributes_document(message.attributes)
        return document

    def confirmation(self, kind: str, subscriber: Subscriber, token: str, now: float) -> Document:
        """Return the signed request to confirm a subscription, or the end of one."""
        confirmation = Confirmation(
            kind=kind,
            id=str(uuid4()),
            topic=subscriber.topic,
            subscription=subscriber.arn,
            token=token,
            subscribe_url=self._url("ConfirmSubscription", TopicArn=subscriber.topic, Token=token),
            timestamp=timestamp(now),
        )
        return self._signer().sign(confirmation.document(), subscriber.version, subscriber.region)

    def _sign(self, message: Message, subscriber: Subscriber) -> Document:
        if message.fifo:
            return notification(message)
        key = (message.id, message.body, subscriber.version)
        document = self._signed.get(key)
        if document is None:
            document = self._signer().sign(notification(message), subscriber.version, subscriber.region)
            self._signed[key] = document
            while len(self._signed) > KEPT:
                self._signed.popitem(last=False)
        return document

    def _url(self, action: str, **parameters: str) -> str:
        query = "".join(f"&{name}={quote(value, safe=':')}" for name, value in parameters.items())
        return f"{self._endpoint}/?Action={action}{query}"
