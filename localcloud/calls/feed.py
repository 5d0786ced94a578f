"""The engine's feed of changes: one endless answer, a JSON object a line."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
from collections.abc import Callable
from dataclasses import dataclass

from localcloud.calls import NoAnswer
from localcloud.calls.lines import follow_lines

# The engine writes a line at least every 10 s; three missed ones mean that it hangs.
SILENCE_SECONDS = 30.0
RETRY_SECONDS = 0.2


@dataclass(frozen=True)
class FeedEvent:
    """Something changed in the engine.

    Attributes
    ----------
    kind
        ``hello`` (the feed was opened: what happened before was missed), ``stream`` (records or shards
        of a stream), ``queue`` (a message became available), ``functions``, ``mappings``, ``pipes``,
        ``appsync`` or ``gateway`` (their control planes), ``iam`` (policies may be others).
    arn
        Of the stream or queue.
    api
        The AppSync API's id.
    shard
        The shard of a stream that has records, where just one has.
    """

    kind: str
    arn: str | None = None
    api: str | None = None
    shard: str | None = None


@functools.lru_cache(maxsize=64)  # a stream's lines are all alike, and one comes for each change
def parse_line(line: bytes) -> FeedEvent | None:
    """Return the event of one line, or None for those that only show that the feed lives.

    Examples
    --------
    >>> parse_line(b'{"kind": "queue", "arn": "arn:aws:sqs:us-east-1:000000000000:orders"}').arn
    'arn:aws:sqs:us-east-1:000000000000:orders'
    >>> parse_line(b'{"kind": "ka"}')
    """
    try:
        change = json.loads(line)
    except ValueError:
        return None
    if not isinstance(change, dict) or change.get("kind") in {None, "ka"}:
        return None
    names = (change.get(key) for key in ("arn", "api", "shard"))
    return FeedEvent(str(change["kind"]), *(name if isinstance(name, str) else None for name in names))


async def follow(endpoint: str, on_event: Callable[[FeedEvent], None]) -> None:
    """Pass every event of the engine at ``endpoint`` to ``on_event``, for ever; cancel to end.

    A feed that breaks or falls silent is opened again. What was missed meanwhile does not
    matter: a feed event only says "look now", and ``hello`` has everyone look.
    """

    def hear(line: bytes) -> None:
        event = parse_line(line)
        if event is not None:
            on_event(event)

    while True:
        with contextlib.suppress(NoAnswer):
            await follow_lines(f"{endpoint}/_localcloud/feed", hear, silence=SILENCE_SECONDS)
        await asyncio.sleep(RETRY_SECONDS)
