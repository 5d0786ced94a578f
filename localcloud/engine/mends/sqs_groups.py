"""SQS: the order in which a FIFO queue gives out its groups, and a receive that is tried again.

Source: ReceiveMessage in the SQS API reference, "FIFO queue delivery logic" and "Using the receive request
attempt ID" in the developer guide, and orders of receipt as AWS was seen to give them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from localcloud.engine.mends.sqs_actions import refuse_value
from localcloud.engine.ministack.sqs import SQS, sqs
from localcloud.engine.patching import Context, Function, Record, mend

# How long a receive may be repeated by its attempt's id.
ATTEMPT_SECONDS = 300.0
_ATTEMPT: ContextVar[str | None] = ContextVar("attempt", default=None)


def available(messages: list[Record], now: float) -> dict[str, list[Record]]:
    """Return each group's messages that may be received, in their order.

    A message that is in flight or delayed holds back those behind it, never those before it.

    Examples
    --------
    >>> sent = [{"group_id": "a", "visible_at": 0}, {"group_id": "b", "visible_at": 9},
    ...         {"group_id": "a", "visible_at": 9}, {"group_id": "a", "visible_at": 0}]
    >>> [(group, len(ready)) for group, ready in available(sent, now=5).items()]
    [('a', 1)]
    """
    ready: dict[str, list[Record]] = {}
    blocked: set[str] = set()
    for message in messages:
        group = message["group_id"]
        if group in blocked:
            continue
        if message["visible_at"] > now:
            blocked.add(group)
        else:
            ready.setdefault(group, []).append(message)
    return ready


def take(queue: Record, limit: int, now: float) -> list[Record]:
    """Return the messages of the next receive: as many of one group as there are, then of the next.

    The group that was served the longest ago comes first, so that none starves.
    """
    ready = available(queue["messages"], now)
    turns: dict[str, int] = {
        group: turn for group, turn in queue.get("group_turns", {}).items() if group in ready
    }
    served = queue.get("group_served", 0)
    received: list[Record] = []
    # Sorting is stable: groups that were never served keep the order of their first messages.
    for group in sorted(ready, key=lambda name: turns.get(name, 0)):
        if len(received) >= limit:
            break
        served += 1
        turns[group] = served
        received += ready[group][: limit - len(received)]
    queue["group_turns"], queue["group_served"] = turns, served
    return received


def repeated(queue: Record, attempt: str, now: float) -> list[Record] | None:
    """Return the messages of an earlier receive under the same id, unless they were touched since."""
    attempts: Record = queue.setdefault("receive_attempts", {})
    for old in [key for key, entry in attempts.items() if entry["at"] + ATTEMPT_SECONDS <= now]:
        del attempts[old]
    entry = attempts.get(attempt)
    if entry is None:
        return None
    by_handle = {message.get("receipt_handle"): message for message in queue["messages"]}
    messages = [by_handle.get(handle) for handle in entry["handles"]]
    untouched = [
        message
        for message in messages
        if message is not None and message["visible_at"] == entry["until"] and entry["until"] > now
    ]
    return untouched if len(untouched) == len(messages) else None


@contextmanager
def _attempting(attempt: str | None) -> Iterator[None]:
    token = _ATTEMPT.set(attempt)
    try:
        yield
    finally:
        _ATTEMPT.reset(token)


@mend("sqs.groups")
def groups_are_kept_together(context: Context) -> None:
    """Give out as many messages of one group as possible at once, and the same again for the same attempt.

    MiniStack mixes groups in the order of their messages, holds back a message that was given back while a
    later one of its group is in flight, and ignores ReceiveRequestAttemptId.
    """
    find = sqs.get_queue

    def collect_fifo(queue: Record, limit: int, visibility: int, now: float) -> list[Record]:
        for message in queue["messages"]:
            sqs.ensure_msg_fields(message)
        received = take(queue, limit, now)
        for message in received:
            message["receipt_handle"] = sqs.new_uuid()
            message["visible_at"] = now + visibility
            message["receive_count"] += 1
            if message.get("first_receive_at") is None:
                message["first_receive_at"] = now
        return received

    SQS.collect_fifo.replace(collect_fifo)

    @SQS.collect_messages.wrap
    def _(before: Function) -> Function:
        def collect(queue: Record, limit: int, visibility: int) -> list[Record]:
            attempt = _ATTEMPT.get()
            if attempt is None:
                received: list[Record] = before(queue, limit, visibility)
                return received
            now = time.time()
            again = repeated(queue, attempt, now)
            received = before(queue, limit, visibility) if again is None else again
            until = now + visibility
            for message in received:
                message["visible_at"] = until
            if received:
                handles = [message["receipt_handle"] for message in received]
                # The five minutes count from the first receive.
                at = now if again is None else queue["receive_attempts"][attempt]["at"]
                queue["receive_attempts"][attempt] = {"at": at, "until": until, "handles": handles}
            return received

        return collect

    @SQS.receive_message.wrap
    def _(before: Function) -> Function:
        async def receive(data: Record, url: str) -> Record:
            attempt = data.get("ReceiveRequestAttemptId")
            queue: Record = find(data.get("QueueUrl", url))
            if attempt is not None and not queue["is_fifo"]:
                refuse_value(
                    "ReceiveRequestAttemptId",
                    attempt,
                    "The request include parameter that is not valid for this queue type.",
                )
            with _attempting(attempt):
                answer: Record = await before(data, url)
            return answer

        return receive

    by_arn = sqs.queue_by_arn

    @SQS.sweep_dead_letters.wrap
    def _(before: Function) -> Function:
        def sweep(queue: Record) -> None:
            waiting = len(queue["messages"])
            before(queue)
            if queue["is_fifo"] and len(queue["messages"]) < waiting:
                policy = json.loads(queue["attributes"]["RedrivePolicy"])
                # Two messages may share a deduplication id, in time or in two queues: among dead letters,
                # and when it is moved back, each goes by its own id.
                target: Record = by_arn(policy["deadLetterTargetArn"]) or {"messages": []}
                for message in target["messages"]:
                    if message["sys"].get("DeadLetterQueueSourceArn"):
                        message["dedup_id"] = message["id"]

        return sweep
