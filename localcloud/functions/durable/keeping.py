"""What keeps executions over the end of the process: nothing, or the journal of ``--data``.

Each change is one record: the execution's head, the operations that it changed, its new events.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Final, Protocol, cast

from localcloud.functions.durable.execution import Execution
from localcloud.functions.durable.model import Document, DurableOperation, Event
from localcloud.functions.model import JSON, DurableConfig

if TYPE_CHECKING:
    from localcloud.journal import Journal

SPACE: Final = "functions/durable/"
_HEAD: Final = (
    *("arn", "name", "id", "function", "version", "function_arn", "input", "started", "status", "ended"),
    *("result", "error", "deadline", "generation", "serial", "failures", "paused", "remaining", "caller"),
    *("reported", "trace"),
)
_OPERATION: Final = tuple(field.name for field in fields(DurableOperation))


class ExecutionStore(Protocol):
    """Keeps executions; it receives each change before any caller does."""

    def load(self) -> list[Execution]:
        """Return the executions of an earlier run, as they were."""

    def save(self, execution: Execution) -> None:
        """Write down what has changed since the last time."""

    def forget(self, execution: Execution) -> None:
        """Take note that an execution is deleted."""


class VolatileExecutions:
    """An `ExecutionStore` that keeps nothing."""

    def load(self) -> list[Execution]:
        """See `ExecutionStore.load`."""
        return []

    def save(self, execution: Execution) -> None:
        """See `ExecutionStore.save`."""

    def forget(self, execution: Execution) -> None:
        """See `ExecutionStore.forget`."""


class JournaledExecutions(VolatileExecutions):
    """Writes each change of an execution as a record of its own space, in one frame."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._records: dict[str, int] = {}
        self._heads: dict[str, list[JSON]] = {}

    def load(self) -> list[Execution]:
        """See `ExecutionStore.load`; raise ValueError where the journal holds something else."""
        executions = []
        for space in self._journal.spaces(SPACE):
            records = list(self._journal.take(space).values())
            execution = _restored([cast("Document", record) for record in records])
            self._records[execution.arn] = len(records)
            executions.append(execution)
        return sorted(executions, key=lambda execution: execution.started)

    def save(self, execution: Execution) -> None:
        """See `ExecutionStore.save`."""
        arn = execution.arn
        head = _head(execution)
        new = execution.events[execution.saved_events :]
        if not new and not execution.unsaved and self._heads.get(arn) == head:
            return
        record: Document = {
            "head": head,
            "operations": [_values(execution.operations[key]) for key in execution.unsaved],
            "events": [[event.type, event.at, event.operation, event.details] for event in new],
            "external": [*execution.external],
        }
        execution.unsaved.clear()
        execution.saved_events = len(execution.events)
        number = self._records.get(arn, 0)
        if number == 0:
            record["config"] = asdict(execution.config)
        self._records[arn] = number + 1
        self._heads[arn] = head
        self._journal.put(SPACE + execution.id, f"{number:08d}", record)

    def forget(self, execution: Execution) -> None:
        """See `ExecutionStore.forget`."""
        self._records.pop(execution.arn, None)
        self._heads.pop(execution.arn, None)
        self._journal.clear(SPACE + execution.id)


def _head(execution: Execution) -> list[JSON]:
    values: list[JSON] = [getattr(execution, name) for name in _HEAD]
    # An invocation that the end of the process interrupts is repeated.
    return [*values, execution.due or execution.invoking]


def _values(operation: DurableOperation) -> list[JSON]:
    return [getattr(operation, name) for name in _OPERATION]


def _restored(records: list[Document]) -> Execution:
    if not records or "config" not in records[0]:
        raise ValueError("the journal's durable execution has no beginning")
    head = cast("list[JSON]", records[-1]["head"])
    values = dict(zip(_HEAD, head, strict=False))
    for name in ("paused", "caller"):
        if values[name] is not None:
            values[name] = tuple(cast("list[JSON]", values[name]))  # type: ignore[assignment] # as it was
    if not isinstance(values["trace"], str):  # a record from before there were any
        values["trace"] = ""
    config = DurableConfig(**cast("dict[str, int]", records[0]["config"]))  # type: ignore[arg-type] # as it was
    execution = Execution(**values, config=config, due=bool(head[-1]))  # type: ignore[arg-type] # as it was
    for record in records:
        for row in cast("list[list[JSON]]", record["operations"]):
            operation = DurableOperation(*row)  # type: ignore[arg-type] # as it was
            execution.operations[operation.id] = operation
            if operation.open and operation.type != "EXECUTION":
                execution.open[operation.id] = None
            else:
                execution.open.pop(operation.id, None)
        for row in cast("list[list[JSON]]", record["events"]):
            execution.events.append(Event(len(execution.events) + 1, *row))  # type: ignore[arg-type] # as it was
    if not execution.live:
        execution.open.clear()
    execution.external = dict.fromkeys(cast("list[str]", records[-1]["external"]))
    execution.saved_events = len(execution.events)
    return execution
