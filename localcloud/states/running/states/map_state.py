"""Map, inline: a machine for each item, so many at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from localcloud.states.language.errors import EvaluationError, StatesError
from localcloud.states.language.scope import Evaluator, Json
from localcloud.states.language.templates import compile_template
from localcloud.states.language.text import to_text
from localcloud.states.running.dataflow import JsonataFlow, PathFlow
from localcloud.states.running.fields import Field
from localcloud.states.running.frame import QUERY, RUNTIME, Frame
from localcloud.states.running.host import Runner
from localcloud.states.running.lines import end, first_failure
from localcloud.states.running.states.working import Working

if TYPE_CHECKING:
    from localcloud.states.language.jsonata import Expected

# How many iterations AWS runs at a time where MaxConcurrency says 0 or nothing.
INLINE_CONCURRENCY = 40


class Pair(dict[str, Json]):
    """An item of an object: its Key and Value, which the context object shows beside each other."""


class Map(Working):
    """A compiled Map state.

    Attributes
    ----------
    processor
        The machine that each item goes through.
    limited
        Whether it says how many items may be processed at a time.
    """

    kind = "Map"
    failed_kind = "MapStateFailed"
    # A distributed Map takes an object as well.
    arrays_only = True

    def __init__(self, name: str, definition: dict[str, Json], processor: Runner, *, jsonata: bool) -> None:
        super().__init__(name, definition, jsonata=jsonata)
        self.processor = processor
        self.jsonata = jsonata
        expects: Expected | None = "array" if self.arrays_only else None
        self._items = Field.read(definition, "Items", jsonata=jsonata, path="ItemsPath", expects=expects)
        self._concurrency = Field.read(definition, "MaxConcurrency", jsonata=jsonata, expects="integer")
        self.limited = self._concurrency is not None
        self._selector = self._compiled_selector(definition, jsonata=jsonata)

    def _compiled_flow(self, definition: dict[str, Json], *, jsonata: bool) -> PathFlow | JsonataFlow:
        # A Map's Parameters are an older name of its ItemSelector.
        return JsonataFlow(definition, work=False) if jsonata else PathFlow(definition, template=None)

    @staticmethod
    def _compiled_selector(definition: dict[str, Json], *, jsonata: bool) -> Evaluator | None:
        from localcloud.states.language.jsonata import compile_jsonata  # noqa: PLC0415

        field = "ItemSelector" if "ItemSelector" in definition else "Parameters"
        if field not in definition:
            return None
        if jsonata:
            return compile_jsonata(definition[field], field=field)
        return compile_template(definition[field], field=field)

    @property
    def machines(self) -> list[Runner]:
        """What each item goes through."""
        return [self.processor]

    async def work(self, frame: Frame, data: Json) -> Json:
        """Run the iterations; the result is the list of their outputs."""
        effective = self.flow.arguments(frame, data)
        items = self.items(frame, effective)
        limit = self.concurrency(frame, effective) or INLINE_CONCURRENCY
        started = frame.note("MapStateStarted", {"length": len(items)})
        return await _Iterations(self, frame, effective, items, started).run(limit)

    def items(self, frame: Frame, effective: Json) -> list[Json]:
        """Return what to iterate over.

        Raises
        ------
        EvaluationError
            It is not an array.
        """
        items = effective if self._items is None else self._items.evaluate(frame.scope(effective))
        if isinstance(items, list):
            return items
        if isinstance(items, dict) and not self.arrays_only:
            return [Pair(Key=key, Value=value) for key, value in items.items()]
        if self.jsonata:
            raise EvaluationError(QUERY, f"Map state input must be an array but was: {to_text(items)}")
        path = self._items.text if self._items is not None else "$"
        reason = f'Reference path "{path}" must point to array.'
        raise EvaluationError(RUNTIME, reason)

    def concurrency(self, frame: Frame, effective: Json) -> int:
        """Return MaxConcurrency; 0 where it is left to the service."""
        if self._concurrency is None:
            return 0
        value = self._concurrency.integer(frame.scope(effective))
        if value < 0:
            raise EvaluationError(RUNTIME, f"Value ({value}) for MaxConcurrencyPath must be non-negative")
        return value

    def selected(self, frame: Frame, effective: Json, item: dict[str, Json]) -> Json:
        """Return the input of an iteration: the item's Value, or what ItemSelector makes of it."""
        pair = item["Value"]
        if isinstance(pair, Pair):
            if self._selector is None:
                return dict(pair)
            item = {**item, **pair}
        if self._selector is None:
            return item["Value"]
        scope = frame.scope(effective)
        scope.context = {**frame.context, "Map": {"Item": item}}
        return self._selector(scope)


class _Iterations:
    """One attempt's iterations."""

    def __init__(self, state: Map, frame: Frame, effective: Json, items: list[Json], started: int) -> None:
        self._state = state
        self._frame = frame
        self._effective = effective
        self._items = items
        self._started = started
        self._running: dict[int, Frame] = {}
        self._lines = frame.begin_lines()

    async def run(self, limit: int) -> list[Json]:
        # Where one has ended, the next has begun: restored ones fill the places that there are.
        results, restored = self._lines.results, list(self._lines.frames)
        started = {*results, *restored}
        others = [index for index in range(len(self._items)) if index not in started]
        pending = iter([*restored, *others])

        async def line(parent: int) -> None:
            """Run iterations one after another: a line for each that may run at a time."""
            for index in pending:
                results[index], parent = await self._iterate(index, parent)

        lines = [asyncio.ensure_future(line(self._started)) for _ in range(min(limit, len(self._items)))]
        try:
            await first_failure(lines)
        finally:
            await self._end(lines)
        self._frame.add("MapStateSucceeded", self._frame.last)
        return [results[index] for index in range(len(self._items))]

    async def _iterate(self, index: int, parent: int) -> tuple[Json, int]:
        state, frame = self._state, self._frame
        item = {"Index": index, "Value": self._items[index]}
        details = {"index": index, "name": state.name}
        restored = index in self._lines.frames
        inner = self._running[index] = frame.line(index, Map={"Item": item})
        if not restored:
            inner.last = inner.add("MapIterationStarted", parent, details)
        try:
            name = None
            if inner.at is None:
                value = state.selected(frame, self._effective, item)
            else:
                name, value = inner.at
            result = await state.processor.run(inner, value, name)
        except StatesError as error:
            if error.error != RUNTIME:
                inner.add("MapIterationFailed", inner.last, details)
            frame.last = inner.last
            del self._running[index]
            raise
        del self._running[index], self._lines.frames[index]
        frame.last = inner.add("MapIterationSucceeded", inner.last, details)
        return result, inner.last

    async def _end(self, lines: list[asyncio.Task[None]]) -> None:
        """End the iterations that still run."""
        await end(lines)
        for index, inner in self._running.items():
            details = {"index": index, "name": self._state.name}
            inner.add("MapIterationAborted", inner.last, details)
        self._running.clear()
