"""Open-loop load: what is due is sent when it is due, not when the last one was answered.

A client that waits for answers sends less the slower the server is, and so measures the server at its
best. Here a request has its own time from the start. Where this client cannot keep it (too many answers
outstanding, or no processor), the request goes out late and says by how much; nothing is left out to look
better.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

BREATH = 16
"""Requests that are overdue go out in bunches of so many, between which answers are read."""


@dataclass(frozen=True, slots=True)
class Load:
    """What to send: so many, so many a second.

    Attributes
    ----------
    at_once
        The most that are unanswered at a time: what this machine has connections for.
    seconds
        When to stop sending; what is due later is never sent.
    """

    count: int
    rate: float
    at_once: int = 800
    seconds: float = 120.0

    def due(self, number: int) -> float:
        """Return when a request is due, in seconds from the beginning.

        Examples
        --------
        >>> Load(3000, 1000).due(500)
        0.5
        """
        return number / self.rate


async def send_openly(load: Load, send: Callable[[int, float], Awaitable[None]]) -> int:
    """Send each request at its time, and return how many were sent before the time was over.

    Parameters
    ----------
    send
        Called with a request's number and when it was due, on the event loop's clock; it raises nothing.
        It is cancelled where it has no answer when the time is over.
    """
    loop = asyncio.get_running_loop()
    start = loop.time()
    end = start + load.seconds
    under_way: set[asyncio.Task[None]] = set()

    async def run(number: int, due: float) -> None:
        await send(number, due)

    sent = 0
    try:
        while sent < load.count and loop.time() < end:
            due = start + load.due(sent)
            wait = due - loop.time()
            if wait > 0 or sent % BREATH == 0:
                await asyncio.sleep(max(0.0, min(wait, end - loop.time())))
            if len(under_way) >= load.at_once:
                remaining = max(0.0, end - loop.time())
                await asyncio.wait(under_way, timeout=remaining, return_when=asyncio.FIRST_COMPLETED)
                continue
            if loop.time() >= end:
                break
            task = asyncio.create_task(run(sent, due))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            sent += 1
        if under_way:
            await asyncio.wait(under_way, timeout=max(0.0, end - loop.time()))
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
    return sent
