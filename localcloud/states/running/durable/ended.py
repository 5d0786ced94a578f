"""Executions that had ended before a restart: what they left is read on request."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Unpack

from localcloud.states.language.scope import Json
from localcloud.states.running.durable.execution import DurableExecution
from localcloud.states.running.durable.frame import DurableFrame
from localcloud.states.running.durable.journal import ExecutionJournal
from localcloud.states.running.durable.restoring import ENDS, apply, begin
from localcloud.states.running.durable.values import Values
from localcloud.states.running.execution import ExecutionFields
from localcloud.states.running.history import History


def end_of(entries: Sequence[bytes]) -> list[Json] | None:
    """Return the operation with which an execution ended; None of one that has not.

    Parameters
    ----------
    entries
        What the journal has of it, as it stands there.
    """
    last: list[Json] = json.loads(entries[-1])[-1]
    return last if last[0] == "E" and last[1] in ENDS else None


class EndedExecution(DurableExecution):
    """An execution that has ended.

    Parameters
    ----------
    entries
        What the journal has of it.
    """

    __slots__ = ("_entries", "_history", "_last", "_top")

    def __init__(
        self,
        *,
        entries: Sequence[bytes],
        journal: ExecutionJournal,
        number: int,
        place: tuple[int, int] | None = None,
        **fields: Unpack[ExecutionFields],
    ) -> None:
        self._entries: Sequence[bytes] | None = None
        super().__init__(journal=journal, number=number, place=place, **fields)
        self._entries = entries
        end = end_of(entries)
        assert end is not None
        self._last = end
        _code, kind, _previous, moment, written, references, redrives, redriven = end
        self.closed(ENDS[kind], moment, Values(self.data).read(dict(written), references or {}))
        self.redrives, self.redriven = redrives, redriven

    @property
    def history(self) -> History:
        """Its history."""
        self._read()
        return self._history

    @history.setter
    def history(self, history: History) -> None:
        self._history = history

    @property  # type: ignore[override] # read when it is asked for, as the history
    def top(self) -> DurableFrame:
        """Where it stood: a redrive goes on from there."""
        self._read()
        return self._top

    @top.setter
    def top(self, top: DurableFrame) -> None:
        self._top = top

    def moment(self) -> float:
        """Return when something happened to it last."""
        return self.stopped or 0.0

    def strip(self) -> None:
        """Keep of its history the first and the last event alone."""
        if self._entries is None:
            super().strip()
            return
        operations: list[list[Json]] = [["s", self.identity()], ["z"], self._last]
        self._entries = [json.dumps(operations).encode()]
        self.journal.rewrite(self.number, operations)

    def _read(self) -> None:
        entries, self._entries = self._entries, None
        if entries is None:
            return
        self.redrives = 0
        begin(self)
        for operation in operations_of(entries)[1:]:
            apply(self, operation)


def operations_of(entries: Sequence[bytes]) -> list[list[Json]]:
    """Return what an execution did; the first operation says what it is."""
    return [operation for entry in entries for operation in json.loads(entry)]
