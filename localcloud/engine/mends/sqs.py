"""SQS: a waiting ReceiveMessage returns when a message comes, and the feed reports it."""

from __future__ import annotations

import asyncio
import json
import math
import threading
import time
from contextlib import suppress
from typing import Any

from localcloud.engine.ministack.eventbridge import EventBridge
from localcloud.engine.ministack.facade import Patch
from localcloud.engine.ministack.s3 import S3
from localcloud.engine.ministack.sqs import SQS, Action, SyncAction, sqs
from localcloud.engine.patching import Context, Function, Record, mend

# Longest wait between two looks although nothing was signalled.
LOOK_SECONDS = 1.0


class Arrivals:
    """Notifies waiting receivers, on the event loop, that a queue may hold something for them."""

    def __init__(self) -> None:
        self._waiting: dict[int, set[asyncio.Future[None]]] = {}
        self._lock = threading.Lock()

    def signal(self, queue: Record) -> None:
        """Wake the receivers that wait for ``queue``; callable from any thread."""
        with self._lock:
            waiting = self._waiting.pop(id(queue), set())
        for future in waiting:
            with suppress(RuntimeError):
                future.get_loop().call_soon_threadsafe(_settle, future)

    def expect(self, queue: Record) -> asyncio.Future[None]:
        """Return a future that the next signal for ``queue`` settles."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._lock:
            self._waiting.setdefault(id(queue), set()).add(future)
        return future

    def forget(self, queue: Record, future: asyncio.Future[None]) -> None:
        """Stop expecting."""
        with self._lock:
            waiting = self._waiting.get(id(queue), set())
            waiting.discard(future)
            if not waiting:
                self._waiting.pop(id(queue), None)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


ARRIVALS = Arrivals()


@mend("sqs.long_poll")
def long_polls_wake_at_once(context: Context) -> None:
    """Return a waiting ReceiveMessage as soon as a message is there.

    MiniStack looks every 100 ms. A message that becomes visible later (delay, visibility timeout)
    is looked for when it does.
    """
    find = sqs.get_queue

    def until_visible(queue: Record) -> float:
        now = time.time()
        moments = [message.get("visible_at", now) - now for message in queue["messages"]]
        # A message of a blocked FIFO group is visible and yet not to be had: never spin on it.
        return max(0.005, min((moment for moment in moments if moment > 0), default=LOOK_SECONDS))

    @SQS.receive_message.wrap
    def _(before: Function) -> Function:
        async def receive(data: Record, url: str) -> Record:
            requested = data.get("WaitTimeSeconds")
            queue: Record = find(data.get("QueueUrl", url))
            if requested is None:
                requested = queue["attributes"].get("ReceiveMessageWaitTimeSeconds", "0")
            deadline = time.monotonic() + int(requested)
            while True:
                arrival = ARRIVALS.expect(queue)
                try:
                    answer: Record = await before({**data, "WaitTimeSeconds": 0}, url)
                    remaining = deadline - time.monotonic()
                    if answer or remaining <= 0:
                        return answer
                    wait = min(remaining, LOOK_SECONDS, until_visible(queue))
                    await asyncio.wait([arrival], timeout=wait)
                finally:
                    ARRIVALS.forget(queue, arrival)

        return receive


@mend("sqs.arrivals")
def arrivals_are_reported(context: Context) -> None:
    """Notify receivers and the feed of each message that becomes available.

    Sent, by SNS as well, delivered by EventBridge or S3, moved to a dead-letter queue, given back, or visible
    again after its delay or visibility timeout.

    This is no fault of MiniStack's: it is where the feed's ``queue`` lines come from.
    """
    find, by_arn = sqs.get_queue, sqs.queue_by_arn

    def notify(queue: Record | None) -> None:
        if queue is not None:
            ARRIVALS.signal(queue)
            context.feed.publish({"kind": "queue", "arn": queue["attributes"]["QueueArn"]})

    timers: set[tuple[str, int]] = set()

    def notify_later(queue: Record, seconds: float) -> None:
        if seconds <= 0:
            notify(queue)
            return
        # Receivers that wait look for themselves at that moment; the timer is for the feed, and a
        # busy queue needs no more than ten a second.
        with suppress(RuntimeError):
            loop = asyncio.get_running_loop()
            tenth = math.ceil((loop.time() + seconds) * 10)
            timer = (queue["attributes"]["QueueArn"], tenth)
            if timer not in timers:
                timers.add(timer)
                loop.call_at(tenth / 10, ring, timer, queue)

    def ring(timer: tuple[str, int], queue: Record) -> None:
        timers.discard(timer)
        notify(queue)

    @SQS.send_message.wrap
    def _(before: Function) -> Function:
        def send(data: Record, url: str) -> Record:
            answer: Record = before(data, url)
            queue = find(data.get("QueueUrl", url))
            delay = data.get("DelaySeconds")
            notify_later(queue, sqs.queue_delay(queue) if delay is None or queue["is_fifo"] else int(delay))
            return answer

        return send

    @SQS.collect_messages.wrap
    def _(before: Function) -> Function:
        def collect(queue: Record, limit: int, visibility: int) -> list[Record]:
            received: list[Record] = before(queue, limit, visibility)
            if received:
                notify_later(queue, visibility)
            return received

        return collect

    def notify_after(action: Action[SyncAction]) -> None:
        @action.wrap
        def _(before: Function) -> Function:
            def change(data: Record, url: str) -> Any:
                answer = before(data, url)
                entries = data.get("Entries") or [data]
                queue = find(data.get("QueueUrl", url))
                for seconds in {int(entry.get("VisibilityTimeout", 30)) for entry in entries}:
                    notify_later(queue, seconds)
                return answer

            return change

    notify_after(SQS.change_visibility)
    notify_after(SQS.change_visibility_batch)

    @SQS.sweep_dead_letters.wrap
    def _(before: Function) -> Function:
        def sweep(queue: Record) -> None:
            count = len(queue["messages"])
            before(queue)
            if len(queue["messages"]) < count:
                notify(by_arn(json.loads(queue["attributes"]["RedrivePolicy"])["deadLetterTargetArn"]))

        return sweep

    _report_deliveries(notify)


def _report_deliveries(notify: Function) -> None:
    """Report what other services put into queues directly."""
    by_arn = sqs.queue_by_arn

    def notify_after(delivery: Patch[Any]) -> None:
        @delivery.wrap
        def _(before: Function) -> Function:
            def deliver(arn: Any, *rest: Any, **keywords: Any) -> Any:
                answer = before(arn, *rest, **keywords)
                notify(by_arn(str(arn)))
                return answer

            return deliver

    notify_after(EventBridge.dispatch_to_sqs)
    notify_after(S3.deliver_event_to_sqs)
