"""A message to a subscriber: filter, form, target, retries and dead letters."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from localcloud.deliveries.clock import Clock, SystemClock
from localcloud.deliveries.deliverer import Deliverer, Delivery
from localcloud.deliveries.envelopes import Envelopes
from localcloud.deliveries.interfaces import (
    DeliveryJournal,
    DeliveryStreams,
    LambdaFunctions,
    Pending,
    QueueMessage,
    Queues,
)
from localcloud.deliveries.messages import (
    NOTIFICATION,
    UNSUBSCRIBE_CONFIRMATION,
    Document,
    Message,
    archived,
    lambda_event,
    written,
)
from localcloud.deliveries.outcomes import Delivered, Outcome, Unreachable
from localcloud.deliveries.policies import CONTENT_TYPE
from localcloud.deliveries.schedule import MANAGED
from localcloud.deliveries.subscribers import Subscriber
from localcloud.deliveries.web import Head, Web

logger = logging.getLogger(__name__)

Wanted = Callable[[], bool]
# A template may subscribe an endpoint of its own APIs, which are served once the whole stack is there.
OPENING_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.25
# What this cloud does not deliver to is said by `check` and at the start, not for each message.
SERVED: Final = frozenset({"http", "https", "sqs", "lambda", "firehose"})


class Dispatcher:
    """Sends messages to subscribers; to be used on the event loop's thread.

    Attributes
    ----------
    pending
        Keeps what has not come to its end, if anything does.
    """

    def __init__(
        self,
        envelopes: Envelopes,
        deliverer: Deliverer,
        web: Web,
        *,
        queues: Queues,
        functions: LambdaFunctions,
        streams: DeliveryStreams,
        journal: DeliveryJournal,
        clock: Clock | None = None,
        pending: Pending | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self._envelopes, self._deliverer, self._web = envelopes, deliverer, web
        self._queues, self._functions, self._streams = queues, functions, streams
        self._journal = journal
        self.pending = pending

    def notify(self, subscriber: Subscriber, message: Message, still_valid: Wanted) -> None:
        """Send a message to a subscriber whose filter policy takes it.

        A queue has it when this returns; everyone else gets it soon after.
        """
        if subscriber.filter_policy is not None and not subscriber.filter_policy.takes(message):
            return
        match subscriber.protocol:
            case "sqs":
                self._to_queue(subscriber, message, still_valid)
            case "lambda":
                self._to_function(subscriber, message, still_valid)
            case "firehose":
                self._to_delivery_stream(subscriber, message, still_valid)
            case "http" | "https":
                self._to_web(subscriber, message, still_valid)
            case _:
                return

    def confirm(self, kind: str, subscriber: Subscriber, token: str, still_valid: Wanted) -> None:
        """Send the request to confirm a subscription or its end; it has no dead letters."""
        document = self._envelopes.confirmation(kind, subscriber, token, time.time())
        arn = subscriber.arn if kind == UNSUBSCRIBE_CONFIRMATION else None
        head = Head(kind, document["MessageId"], subscriber.topic, arn, CONTENT_TYPE)

        def give_up(reason: str) -> None:
            logger.warning("SNS: the %s of %s was not delivered: %s", kind, subscriber.arn, reason)

        self._post(
            subscriber, head, written(document).encode(), give_up, still_valid, opening=OPENING_SECONDS
        )

    def _to_queue(self, subscriber: Subscriber, message: Message, still_valid: Wanted) -> None:
        sent = self._queue_message(subscriber, message, subscriber.endpoint)

        def send() -> Outcome:
            outcome = self._queues.send(subscriber.endpoint, sent, subscriber.topic)
            return self._noted(subscriber, outcome, len(sent.body))

        async def attempt() -> Outcome:
            return send()

        first = send()
        if not isinstance(first, Delivered):
            give_up = self._dead_letter(subscriber, message)
            delivery = Delivery(subscriber.arn, attempt, MANAGED, give_up, still_valid=still_valid)
            self._begin(delivery, (subscriber, message), first)

    def _to_function(self, subscriber: Subscriber, message: Message, still_valid: Wanted) -> None:
        event = lambda_event(self._envelopes.notification(message, subscriber), subscriber.arn)
        payload = json.dumps(event, ensure_ascii=False).encode()

        async def attempt() -> Outcome:
            outcome = await self._functions.invoke(subscriber.endpoint, payload, subscriber.topic)
            return self._noted(subscriber, outcome, len(payload))

        give_up = self._dead_letter(subscriber, message)
        delivery = Delivery(subscriber.arn, attempt, MANAGED, give_up, still_valid=still_valid)
        self._begin(delivery, (subscriber, message))

    def _begin(
        self,
        delivery: Delivery,
        pending_message: tuple[Subscriber, Message] | None,
        first: Outcome | None = None,
    ) -> None:
        """Begin a delivery, whose message is kept until it has come to its end."""
        if self.pending is not None and pending_message is not None:
            delivery = replace(
                delivery, ended=partial(self.pending.ended, self.pending.begin(*pending_message))
            )
        self._deliverer.submit(delivery, first)

    def _to_delivery_stream(self, subscriber: Subscriber, message: Message, still_valid: Wanted) -> None:
        data = message.body if subscriber.raw else archived(self._notification(message, subscriber))

        async def attempt() -> Outcome:
            outcome = await self._streams.put(subscriber.endpoint, data)
            return self._noted(subscriber, outcome, len(data))

        give_up = self._dead_letter(subscriber, message)
        delivery = Delivery(subscriber.arn, attempt, MANAGED, give_up, still_valid=still_valid)
        self._begin(delivery, (subscriber, message))

    def _to_web(self, subscriber: Subscriber, message: Message, still_valid: Wanted) -> None:
        body = message.body if subscriber.raw else written(self._notification(message, subscriber))
        head = Head(
            NOTIFICATION,
            message.id,
            subscriber.topic,
            subscriber.arn,
            subscriber.policy.content_type,
            raw=subscriber.raw,
        )
        give_up = self._dead_letter(subscriber, message)
        self._post(subscriber, head, body.encode(), give_up, still_valid, message=message)

    def _post(
        self,
        subscriber: Subscriber,
        head: Head,
        body: bytes,
        give_up: Callable[[str], None],
        still_valid: Wanted,
        *,
        opening: float = 0,
        message: Message | None = None,
    ) -> None:
        headers = head.headers()
        deadline = self._clock.now() + opening

        async def attempt() -> Outcome:
            outcome = await self._web.post(subscriber.endpoint, headers, body)
            while isinstance(outcome, Unreachable) and self._clock.now() < deadline and still_valid():
                await self._clock.sleep(LOOK_SECONDS)
                outcome = await self._web.post(subscriber.endpoint, headers, body)
            return self._noted(subscriber, outcome, len(body))

        policy = subscriber.policy
        delivery = Delivery(subscriber.arn, attempt, policy.schedule, give_up, policy.per_second, still_valid)
        self._begin(delivery, None if message is None else (subscriber, message))

    def _notification(self, message: Message, subscriber: Subscriber) -> Document:
        return self._envelopes.notification(message, subscriber)

    def _noted(self, subscriber: Subscriber, outcome: Outcome, size: int) -> Outcome:
        if isinstance(outcome, Delivered):
            self._journal.delivered(subscriber, size)
        return outcome

    def _queue_message(self, subscriber: Subscriber, message: Message, queue: str) -> QueueMessage:
        """Return what a queue gets: groups go from FIFO to FIFO, and from standard topics (fair queues)."""
        raw = subscriber.raw and subscriber.protocol != "lambda"
        body = message.body if raw else written(self._notification(message, subscriber))
        attributes = message.attributes if raw else {}
        if not message.fifo:
            return QueueMessage(body, attributes, message.group)
        if not queue.endswith(".fifo"):
            return QueueMessage(body, attributes)
        deduplication = message.deduplication or hashlib.sha256(message.body.encode()).hexdigest()
        return QueueMessage(body, attributes, message.group, deduplication)

    def _dead_letter(self, subscriber: Subscriber, message: Message) -> Callable[[str], None]:
        def give_up(reason: str) -> None:
            what = f"message {message.id} for {subscriber.arn}"
            redrive = subscriber.redrive
            if redrive is None:
                logger.warning("SNS: %s is lost, there is no dead-letter queue: %s", what, reason)
                self._journal.failed(subscriber, reason, None)
                return
            sent = self._queue_message(subscriber, message, redrive.queue)

            async def attempt() -> Outcome:
                outcome = self._queues.send(redrive.queue, sent, subscriber.topic)
                if isinstance(outcome, Delivered):
                    logger.warning("SNS: %s went to the dead letters: %s", what, reason)
                    self._journal.failed(subscriber, reason, True)
                return outcome

            def lose(refusal: str) -> None:
                text = "SNS: %s is lost: %s; the dead letters do not take it: %s"
                logger.warning(text, what, reason, refusal)
                self._journal.failed(subscriber, reason, False)

            self._deliverer.submit(Delivery(redrive.queue, attempt, MANAGED, lose))

        return give_up
