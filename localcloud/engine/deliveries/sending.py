"""MiniStack's subscriptions and our dispatcher: who is sent a message, on which thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from localcloud.deliveries.facade import (
    UNSUBSCRIBE_CONFIRMATION,
    Deliverer,
    Dispatcher,
    Envelopes,
    Message,
    SnsError,
    Web,
    unfinished,
)
from localcloud.engine.deliveries.calling import Calling
from localcloud.engine.deliveries.keys import Keys
from localcloud.engine.deliveries.pending import PendingMessages
from localcloud.engine.deliveries.records import Records, subscriber
from localcloud.engine.deliveries.targets import (
    EngineDeliveryStreams,
    EngineFunctions,
    EngineQueues,
    SnsJournal,
    local_address,
)
from localcloud.engine.gate import EngineGate
from localcloud.engine.patching import Record
from localcloud.engine.settings import Settings
from localcloud.journal import Journal

logger = logging.getLogger("localcloud.deliveries")


class Sending:
    """Hands messages to subscribers, from whatever thread they come.

    Parameters
    ----------
    scope
        MiniStack's context manager for an account and a Region.
    """

    def __init__(
        self,
        records: Records,
        keys: Keys,
        gate: EngineGate,
        settings: Settings,
        *,
        calling: Calling,
        scope: Any,
    ) -> None:
        self._records, self._keys, self._scope = records, keys, scope
        self.journal = SnsJournal(gate)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pending: PendingMessages | None = None
        self._deliverer = Deliverer()
        self._dispatcher = Dispatcher(
            Envelopes(keys.signer, f"http://127.0.0.1:{settings.port}"),
            self._deliverer,
            Web(reach=lambda address: local_address(address, settings.port)),
            queues=EngineQueues(gate),
            functions=EngineFunctions(calling),
            streams=EngineDeliveryStreams(calling),
            journal=self.journal,
        )

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Deliver on this event loop."""
        self._loop = loop

    def stop(self) -> None:
        """End what waits for another attempt, and say so."""
        pending = self._deliverer.stop()
        if pending:
            durable = self._pending is not None
            logger.warning("SNS: %s", unfinished(pending, "subscriptions", durable=durable))

    def keep_in(self, journal: Journal) -> None:
        """Keep in the journal what has not come to its end."""
        self._pending = self._dispatcher.pending = PendingMessages(journal)

    def resume(self) -> None:
        """Go on with what the process before had not brought to its end."""
        if self._pending is None:
            return
        for key, arn, message in self._pending.unfinished():
            try:
                subscription, topic = self._records.subscription(arn)
            except SnsError:
                # It was unsubscribed: no subscriber waits for the message.
                self._pending.ended(key)
                continue
            self._dispatcher.notify(subscriber(topic, subscription), message, self._still_there(subscription))

    def confirm(self, kind: str, topic: Record, subscription: Record, token: str) -> None:
        """Send the request to confirm a subscription or its end."""
        self._keys.prepare()
        receiver = subscriber(topic, subscription)
        ended = kind == UNSUBSCRIBE_CONFIRMATION
        still_valid = (lambda: True) if ended else self._still_there(subscription)
        self._on_loop(lambda: self._dispatcher.confirm(kind, receiver, token, still_valid))

    def send(self, topic: Record, message_for: Callable[[str], Message]) -> None:
        """Send a message to a topic's confirmed subscriptions.

        Parameters
        ----------
        message_for
            Returns the message for a protocol.
        """
        receivers = [
            (subscriber(topic, subscription), self._still_there(subscription))
            for subscription in topic["subscriptions"]
            if subscription.get("confirmed")
        ]

        def send() -> None:
            for receiver, still_valid in receivers:
                try:
                    self._dispatcher.notify(receiver, message_for(receiver.protocol), still_valid)
                except Exception:
                    # One subscriber's fault is not the others'.
                    logger.exception("SNS: a message for %s could not be sent", receiver.arn)

        if receivers:
            self._on_loop(send)

    def _still_there(self, subscription: Record) -> Callable[[], bool]:
        _, _, _, region, account, _ = subscription["arn"].split(":", 5)

        def is_there() -> bool:
            with self._scope(account, region):
                try:
                    return self._records.subscription(subscription["arn"])[0] is subscription
                except SnsError:
                    return False

        return is_there

    def _on_loop(self, work: Callable[[], None]) -> None:
        """Do something on the event loop: at once when this is its thread, else as soon as it can."""
        if self._loop is None:
            raise RuntimeError("deliveries have no event loop yet")
        try:
            here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            here = False
        if here:
            work()
        else:
            self._loop.call_soon_threadsafe(work)
