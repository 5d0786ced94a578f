"""Parallel: branches side by side; the first that fails ends the others."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING

from localcloud.states.language.scope import Json
from localcloud.states.running.frame import Frame
from localcloud.states.running.lines import end, first_failure
from localcloud.states.running.states.working import Working

if TYPE_CHECKING:
    from localcloud.states.running.machine import Machine


class Parallel(Working):
    """A compiled Parallel state."""

    kind = "Parallel"
    failed_kind = "ParallelStateFailed"

    def __init__(
        self, name: str, definition: dict[str, Json], branches: list[Machine], *, jsonata: bool
    ) -> None:
        super().__init__(name, definition, jsonata=jsonata)
        self.branches = branches

    async def work(self, frame: Frame, data: Json) -> Json:
        """Run the branches with the same input; the result is the list of their outputs."""
        effective = self.flow.arguments(frame, data)
        frame.note("ParallelStateStarted")
        frames = [frame.inner() for _ in self.branches]
        lines = zip(self.branches, frames, strict=True)
        try:
            results = await together([branch.run(inner, effective) for branch, inner in lines])
        except BaseException:
            # What failed first is the last thing that happened on this line.
            frame.last = max(inner.last for inner in frames)
            raise
        frame.last = max(inner.last for inner in frames)
        frame.execution.history.add("ParallelStateSucceeded", frame.last)
        return results


async def together(work: list[Coroutine[None, None, Json]]) -> list[Json]:
    """Return the results of coroutines; when one fails, end the others and raise what it raised."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in work]
    try:
        await first_failure(tasks)
        return [task.result() for task in tasks]
    finally:
        await end(tasks)
