"""How many messages a queue was given: a local cloud's meter counts them, AWS does not publish them."""

from __future__ import annotations

import aiohttp

from clients import reading


async def queued(meter: str | None, queue: str | None) -> int | None:
    """Return how many messages were put in a queue so far; None where nothing counts them.

    Parameters
    ----------
    meter
        A local cloud's meter; None on AWS.
    queue
        The queue's name.
    """
    if meter is None or queue is None:
        return None
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
            session.get(meter) as answer,
        ):
            document = reading.document(await answer.text(), "the meter")
        if "queues" not in document:
            return None
        return reading.whole(reading.mapping(document["queues"], "queues").get(queue, 0), queue)
    except (aiohttp.ClientError, TimeoutError, OSError, reading.Unexpected):
        return None
