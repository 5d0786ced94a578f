"""A time limit that costs nothing where nothing is waited for: most requests are answered at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Generator
from typing import Generic, TypeVar

T = TypeVar("T")


async def within(seconds: float, work: Awaitable[T]) -> T:
    """Await ``work``, for so many seconds once it waits for something.

    A timer and its end take longer than many a resolver. What does not wait cannot be interrupted by a
    timer either.

    Raises
    ------
    TimeoutError
        The time is over; the work has been cancelled.

    Examples
    --------
    >>> asyncio.run(within(0.01, asyncio.sleep(0, "done")))
    'done'
    """
    steps: Generator[object, None, T] = work.__await__()
    try:
        first = steps.send(None)
    except StopIteration as end:
        answer: T = end.value
        return answer
    async with asyncio.timeout(seconds):
        return await _Rest(steps, first)


class _Rest(Generic[T]):
    """What is left of work that waits for ``first``."""

    def __init__(self, steps: Generator[object, None, T], first: object) -> None:
        self._steps = steps
        self._first = first

    def __await__(self) -> Generator[object, None, T]:
        waits_for = self._first
        while True:
            try:
                try:
                    yield waits_for
                except BaseException as error:
                    waits_for = self._steps.throw(error)
                else:
                    waits_for = self._steps.send(None)
            except StopIteration as end:
                answer: T = end.value
                return answer
