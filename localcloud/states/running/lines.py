"""Lines of control side by side: branches of a Parallel, iterations of a Map."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from localcloud.states.language.scope import Json
from localcloud.states.running.map_run import MapRun

Line = TypeVar("Line")


@dataclass(slots=True)
class Lines(Generic[Line]):
    """How far the lines of a state are, by number: a redrive runs those alone that did not succeed.

    Attributes
    ----------
    frames
        Of those that run, or have failed.
    results
        Of those that have ended well.
    before
        Those of the execution before it was redriven: lines that start go on from there.
    map_run
        That of a distributed Map.
    """

    frames: dict[int, Line] = field(default_factory=dict)
    results: dict[int, Json] = field(default_factory=dict)
    before: Lines[Line] | None = None
    map_run: MapRun | None = None


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
        # One error is reported; asyncio complains of those that are never read.
        if line.done() and not line.cancelled():
            line.exception()
