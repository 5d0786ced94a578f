"""A durable execution: written down as it goes, so that it can go on after the end of the process.

Its own operations, beside those of its lines of control (see `localcloud.states.running.durable.frame`):

======  ================================================  ===========================================
code    members                                           meaning
======  ================================================  ===========================================
``s``   what it is                                        it was started
``E``   type, previous id, time, details, known values,   an event of the execution itself
        how often it was redriven, and when last
``x``   status, error, cause, time                        it was ended from outside
``z``                                                     its history is its first and its last event
======  ================================================  ===========================================
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Unpack

from localcloud.clock import CLOCK
from localcloud.states.language.scope import Json
from localcloud.states.running.durable.frame import DurableFrame
from localcloud.states.running.durable.identity import identity
from localcloud.states.running.durable.values import Values
from localcloud.states.running.execution import Execution, ExecutionFields
from localcloud.states.running.record import Status

if TYPE_CHECKING:
    from localcloud.states.running.durable.journal import ExecutionJournal


class DurableExecution(Execution):
    """An execution that is written down.

    Parameters
    ----------
    journal, number
        Where, and its number there.
    place
        Of a child execution: its number in the map run, and how many items it holds.

    Attributes
    ----------
    noted
        Whether a restored one has its end in its history.
    """

    __slots__ = ("journal", "noted", "number", "place")
    top: DurableFrame

    def __init__(
        self,
        *,
        journal: ExecutionJournal,
        number: int,
        place: tuple[int, int] | None = None,
        **fields: Unpack[ExecutionFields],
    ) -> None:
        self.journal, self.number, self.place = journal, number, place
        self.noted = False
        super().__init__(**fields)

    def _line(self, last: int) -> DurableFrame:
        return DurableFrame(self, None, {}, last)

    def lines(self) -> Iterator[DurableFrame]:
        """Return all lines of control that there are."""
        pending = [self.top]
        while pending:
            frame = pending.pop()
            yield frame
            if frame.lines is not None:
                pending += [inner for inner in frame.lines.frames.values() if isinstance(inner, DurableFrame)]

    def _write(self, code: str, *members: Json) -> None:
        self.journal.append(self.number, [code, *members])

    def start(self) -> None:
        """Run, as a task of the current event loop."""
        self._write("s", self.identity())
        super().start()

    def identity(self) -> dict[str, Json]:
        """Return what it is."""
        return identity(self, self.place)

    def closed(self, status: Status, moment: float, details: Mapping[str, Json]) -> None:
        """Have ended as the last event of the history says."""
        self.status, self.stopped, self.noted = status, moment, True
        self.output, self.error, self.cause = (details.get(name) for name in ("output", "error", "cause"))

    def reopen(self, last: int, moment: float) -> None:
        """Go on after an event with the state that failed."""
        self.noted = False
        super().reopen(last, moment)

    def moment(self) -> float:
        """Return when something happened to it last."""
        return self.history.events[-1].timestamp

    def restore_tokens(self) -> None:
        """Let the tokens of its tasks be answered again."""
        for frame in self.lines():
            frame.restore_token()

    def resume(self) -> None:
        """Run on from where it was when the process ended."""
        events = self.history.events
        for frame in self.lines():
            if frame.standing is not None:
                frame.standing.expect(events, frame.last)
        self._begin(None, self.data)

    def _begin(self, state: str | None, data: Json) -> None:
        self.journal.runs(self.number)
        super()._begin(state, data)

    def _spent(self) -> float:
        return self.journal.pauses.spent(self.redriven or self.started, CLOCK.now())

    def _end_with(self, status: Status, error: str | None, cause: str | None) -> None:
        if self.status != "RUNNING":
            return
        self.close(status, error, cause, CLOCK.now())
        self._write("x", status, error, cause, self.stopped)
        # One that a restart has cut off and that has not gone on yet ends when it does.
        if self._task is not None:
            asyncio.get_running_loop().call_soon(self._task.cancel)

    def _note(self, kind: str, previous: int, details: dict[str, Json], moment: float | None = None) -> int:
        moment = moment or CLOCK.now()
        # Whole, but for its input: the end of an execution is read without the rest of it.
        written, references = Values(self.data).written(details)
        self._write("E", kind, previous, moment, written, references or None, self.redrives, self.redriven)
        return super()._note(kind, previous, details, moment)

    def strip(self) -> None:
        """Keep of its history the first and the last event alone."""
        super().strip()
        last = self.history.events[-1]
        values = Values(self.data)
        end = ["E", last.kind, last.previous, last.timestamp, *values.written(last.details or {})]
        end += [self.redrives, self.redriven]
        self.journal.rewrite(self.number, [["s", self.identity()], ["z"], end])
