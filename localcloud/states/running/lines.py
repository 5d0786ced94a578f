"""Lines of control side by side: branches of a Parallel, iterations of a Map."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any


async def first_failure(lines: Sequence[asyncio.Task[Any]]) -> None:
    """Wait until all lines have ended, or one has failed.

    Raises
    ------
    StatesError
        What the first one failed with.
    """
    if lines:
        await asyncio.wait(lines, return_when=asyncio.FIRST_EXCEPTION)
    for line in lines:
        if line.done():
            line.result()


async def end(lines: Sequence[asyncio.Task[Any]]) -> None:
    """End the lines that still run."""
    pending = [line for line in lines if not line.done()]
    for line in pending:
        line.cancel()
    if pending:
        await asyncio.wait(pending)
    for line in lines:
        # The error of one is told; asyncio complains of those that nobody looks at.
        if line.done() and not line.cancelled():
            line.exception()
