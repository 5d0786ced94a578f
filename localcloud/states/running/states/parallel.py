"""Parallel: branches side by side; the first that fails ends the others."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from localcloud.states.language.scope import Json
from localcloud.states.running.frame import Frame
from localcloud.states.running.host import Runner
from localcloud.states.running.lines import Lines, end, first_failure
from localcloud.states.running.states.working import Working


class Parallel(Working):
    """A compiled Parallel state."""

    kind = "Parallel"
    failed_kind = "ParallelStateFailed"

    def __init__(
        self, name: str, definition: dict[str, Json], branches: list[Runner], *, jsonata: bool
    ) -> None:
        super().__init__(name, definition, jsonata=jsonata)
        self.branches = branches

    @property
    def machines(self) -> list[Runner]:
        """Its branches."""
        return self.branches

    async def work(self, frame: Frame, data: Json) -> Json:
        """Run the branches with the same input; the result is the list of their outputs."""
        effective = self.flow.arguments(frame, data)
        frame.note("ParallelStateStarted")
        lines = frame.begin_lines()
        work: list[Coroutine[None, None, None]] = []
        for number in range(len(self.branches)):
            if number not in lines.results:
                work.append(self._branch(number, frame.line(number), effective, lines))
        try:
            await together(work)
        finally:
            # What failed first is the last thing that happened on this line.
            frame.last = max((inner.last for inner in lines.frames.values()), default=frame.last)
        frame.add("ParallelStateSucceeded", frame.last)
        return [lines.results[number] for number in range(len(self.branches))]

    async def _branch(self, number: int, inner: Frame, effective: Json, lines: Lines[Frame]) -> None:
        name, data = inner.at or (None, effective)
        lines.results[number] = await self.branches[number].run(inner, data, name)


async def together(work: list[Coroutine[None, None, None]]) -> None:
    """Await coroutines; when one fails, end the others and raise what it raised."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in work]
    try:
        await first_failure(tasks)
    finally:
        await end(tasks)
