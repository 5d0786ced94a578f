"""Map, distributed: a child execution for each item or batch of items, in a map run."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import Iterator

from localcloud.states.language.errors import EvaluationError, StatesError
from localcloud.states.language.scope import Json
from localcloud.states.running.batching import Batcher
from localcloud.states.running.children import Children
from localcloud.states.running.fields import Field
from localcloud.states.running.frame import RUNTIME, Frame
from localcloud.states.running.host import Runner
from localcloud.states.running.item_reader import ItemReader
from localcloud.states.running.lines import Lines
from localcloud.states.running.map_run import MapRun, MapRunStatus
from localcloud.states.running.reading.items import Items
from localcloud.states.running.result_writer import ResultWriter
from localcloud.states.running.results import transformed
from localcloud.states.running.states.map_state import Map


class DistributedMap(Map):
    """A compiled Map state whose iterations are executions of their own."""

    arrays_only = False

    def __init__(self, name: str, definition: dict[str, Json], processor: Runner, *, jsonata: bool) -> None:
        super().__init__(name, definition, processor, jsonata=jsonata)
        configuration = (definition.get("ItemProcessor") or definition["Iterator"])["ProcessorConfig"]
        self.express = configuration.get("ExecutionType") == "EXPRESS"
        self.label: str | None = definition.get("Label")
        self._count = Field.read(definition, "ToleratedFailureCount", jsonata=jsonata)
        self._percentage = Field.read(definition, "ToleratedFailurePercentage", jsonata=jsonata)
        self.reader = ItemReader.read(definition, jsonata=jsonata)
        self.batcher = Batcher.read(definition, jsonata=jsonata)
        self.writer = ResultWriter.read(definition, jsonata=jsonata)

    @property
    def map_label(self) -> str:
        """Its Label; without one AWS makes one up, the same for each run of a state."""
        return self.label or str(
            uuid.UUID(hashlib.md5(self.name.encode(), usedforsecurity=False).hexdigest())
        )

    async def work(self, frame: Frame, data: Json) -> Json:
        """Run the child executions; the result is the list of their outputs, or where it was written."""
        effective = self.flow.arguments(frame, data)
        limit = self.concurrency(frame, effective)
        items = None if self.reader else self.items(frame, effective)
        frame.note("MapStateStarted", {"length": len(items or ())})
        source = None if self.reader is None else self.reader.source(frame, effective)
        lines = frame.begin_lines()
        run = lines.map_run = self._run(frame, effective, limit, lines.before)
        started = frame.last
        try:
            read = None if source is None else await source.read()
            inputs = self._inputs(frame, effective, read or items or [], run)
            results = await self._results(frame, effective, run, inputs)
        except StatesError as error:
            self._end(frame, run, "FAILED")
            details = {"error": error.error, "cause": error.cause}
            frame.note("MapRunFailed", {name: text for name, text in details.items() if text is not None})
            raise
        except asyncio.CancelledError:
            self._end(frame, run, "ABORTED")
            frame.note("MapRunAborted")
            raise
        self._end(frame, run, "SUCCEEDED")
        frame.note("MapRunSucceeded")
        frame.add("MapStateSucceeded", frame.last)
        frame.last = started
        return results

    async def _results(
        self, frame: Frame, effective: Json, run: MapRun, inputs: Iterator[tuple[Json, int]]
    ) -> Json:
        """Run the child executions and write their results; what failed is written as well."""
        children = Children(self.processor, frame.execution.host, run, inputs)
        try:
            await children.run()
        except StatesError:
            if self.writer is not None:
                pending = (data for data, _size in inputs)
                await self.writer.write(frame, effective, run, children.executions, pending)
            raise
        if self.writer is None:
            return transformed(run, children.executions)
        return await self.writer.write(frame, effective, run, children.executions)

    def _run(self, frame: Frame, effective: Json, limit: int, before: Lines[Frame] | None) -> MapRun:
        """Return a new map run; of a redriven or a restored execution its own, which goes on."""
        recorded = frame.recorded("MapRunStarted", "MapRunRedriven")
        if recorded is not None:
            frame.note("MapRunRedriven" if "redriveCount" in recorded else "MapRunStarted")
            return frame.execution.host.map_run(recorded["mapRunArn"])
        run = None if before is None else before.map_run
        if run is None or run.status == "SUCCEEDED":
            run = self._map_run(frame, effective, limit)
            frame.execution.host.start_map_run(run)
            frame.note("MapRunStarted", {"mapRunArn": run.arn})
        else:
            run.redrive()
            frame.execution.host.map_run_changed(run)
            frame.note("MapRunRedriven", {"mapRunArn": run.arn, "redriveCount": run.redrives})
        return run

    @staticmethod
    def _end(frame: Frame, run: MapRun, status: MapRunStatus) -> None:
        run.end(status)
        frame.execution.host.map_run_changed(run)

    def _map_run(self, frame: Frame, effective: Json, limit: int) -> MapRun:
        execution = frame.execution
        count, percentage = self.tolerance(frame, effective)
        base = execution.machine_arn.replace(":stateMachine:", ":mapRun:", 1)
        label = self.map_label
        return MapRun(
            arn=f"{base}/{label}:{uuid.uuid4()}",
            execution_arn=execution.arn,
            machine_arn=f"{execution.machine_arn}/{label}",
            machine_name=f"{execution.machine_name}/{label}",
            role=execution.role,
            express=self.express,
            max_concurrency=limit,
            tolerated_count=count,
            tolerated_percentage=percentage,
            items=0,
        )

    def tolerance(self, frame: Frame, effective: Json) -> tuple[int | None, float | None]:
        """Return how many iterations may fail, and how many of a hundred; None for what is not said.

        Raises
        ------
        EvaluationError
            A field is of no use.
        """
        scope = frame.scope(effective)
        count = None if self._count is None else self._count.integer(scope)
        if count is not None and count < 0:
            raise EvaluationError(RUNTIME, "ToleratedFailureCount cannot be negative.")
        percentage = None if self._percentage is None else self._percentage.number(scope)
        if percentage is not None and not 0 <= percentage <= 100:
            raise EvaluationError(RUNTIME, "ToleratedFailurePercentage must be between 0 and 100.")
        return count, percentage

    def _inputs(
        self, frame: Frame, effective: Json, items: Items | list[Json], run: MapRun
    ) -> Iterator[tuple[Json, int]]:
        """Return each child's input and how many items it holds."""
        values = items.values if isinstance(items, Items) else items
        run.items = run.item_counts.pending = len(values)
        selected = (
            self.selected(
                frame,
                effective,
                {
                    "Index": index,
                    "Value": item,
                    "Source": items.source(index) if isinstance(items, Items) else "STATE_DATA",
                },
            )
            for index, item in enumerate(values)
        )
        if self.batcher is None:
            return ((item, 1) for item in selected)
        return self.batcher.batches(frame, effective, selected)
