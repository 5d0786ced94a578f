"""Long queues: what looks at each of their messages at every receive looks only where it may find something.

MiniStack passes over a queue five times for a receive. With ten thousand messages that wait, as while a file
of orders is imported, these passes took four fifths of the engine's time.
"""

from __future__ import annotations

import json
import time
from functools import lru_cache
from typing import Final

from localcloud.engine.ministack.sqs import SQS
from localcloud.engine.patching import Function, Record

LOOK_SECONDS: Final = 1.0
"""Messages that are too old are looked for no more often; AWS deletes them within a minute."""
FEW: Final = 100
"""Shorter queues are looked at whenever they are read."""


def take_short_cuts() -> None:
    """Put the short ways before MiniStack's."""

    @SQS.ensure_msg_fields.wrap
    def _(before: Function) -> Function:
        def ensure(message: Record) -> None:
            # Messages that other services have put there lack the first, until this has added both.
            if "first_receive_at" not in message or "seq" not in message:
                before(message)

        return ensure

    looked: dict[str, float] = {}

    @SQS.expire_retained.wrap
    def _(before: Function) -> Function:
        def expire(queue: Record) -> None:
            now, arn = time.time(), queue["attributes"].get("QueueArn", "")
            if not 0 <= now - looked.get(arn, 0.0) < LOOK_SECONDS or len(queue["messages"]) < FEW:
                looked[arn] = now
                before(queue)

        return expire

    @SQS.sweep_dead_letters.wrap
    def _(before: Function) -> Function:
        def sweep(queue: Record) -> None:
            most = most_receives(queue["attributes"].get("RedrivePolicy") or "")
            if most and any([message.get("receive_count", 0) >= most for message in queue["messages"]]):  # noqa: C419 - half the time
                before(queue)

        return sweep


@lru_cache
def most_receives(policy: str) -> int:
    """Return after how many receives a message becomes a dead letter; 0 where none does.

    Examples
    --------
    >>> most_receives('{"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:1:d", "maxReceiveCount": "3"}')
    3
    >>> most_receives(""), most_receives("[]")
    (0, 0)
    """
    try:
        read = json.loads(policy)
        return int(read["maxReceiveCount"])
    except (ValueError, TypeError, KeyError):
        return 0
