"""An execution: one run of a machine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, Required, TypedDict, Unpack

from localcloud.clock import CLOCK, Timer
from localcloud.states.integrations.transport import acting_as
from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import Json
from localcloud.states.running.frame import RUNTIME, Frame
from localcloud.states.running.history import LONGEST
from localcloud.states.running.host import Host, Runner
from localcloud.states.running.limits import TOO_LARGE, is_larger
from localcloud.states.running.record import ExecutionRecord, Status


class ExecutionHost(Host, Protocol):
    """The service, as the executions that it runs see it."""

    def ended(self, execution: Execution) -> None:
        """Take note that an execution has ended."""

    def turn(self, execution: Execution) -> Awaitable[None] | None:
        """Return what an execution waits for before it begins; None for nothing."""


class ExecutionFields(TypedDict, total=False):
    """What an execution starts with."""

    arn: Required[str]
    name: Required[str]
    machine_arn: Required[str]
    machine_name: Required[str]
    machine: Required[Runner]
    text: Required[str]
    data: Required[Json]
    role: Required[str]
    host: Required[ExecutionHost]
    recorded: bool
    started: float | None


class Execution(ExecutionRecord):
    """One run of a machine."""

    __slots__ = ("_task", "_timer")
    host: ExecutionHost

    def __init__(self, **fields: Unpack[ExecutionFields]) -> None:
        super().__init__(**fields)
        self._task: asyncio.Task[None] | None = None
        self._timer: Timer | None = None

    def _line(self, last: int) -> Frame:
        return Frame(self, None, {}, last)

    def start(self) -> None:
        """Run, as a task of the current event loop."""
        self._begin(None, self.data)

    def _begin(self, state: str | None, data: Json) -> None:
        work = self._run(self.top, state, data)
        with acting_as(self.role):
            self._task = asyncio.get_running_loop().create_task(work, name=self.name)
        if self.machine.timeout is not None:
            self.limit(self.machine.timeout - self._spent())

    def _spent(self) -> float:
        """Return how much of the machine's time has gone by."""
        return 0.0

    def strip(self) -> None:
        """Keep of its history the first and the last event alone."""
        self.history.strip()

    def limit(self, seconds: float) -> None:
        """Time it out after ``seconds`` from now."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = CLOCK.call_later(seconds, self.time_out)

    @property
    def over(self) -> bool:
        """Whether nothing of it runs any more."""
        return self._task is None or self._task.done()

    def when_ended(self, note: Callable[[], None]) -> None:
        """Call ``note`` when it has ended."""
        if self._task is not None:
            self._task.add_done_callback(lambda _task: note())

    async def ended(self) -> None:
        """Wait until it has ended."""
        if self._task is not None:
            await asyncio.wait([self._task])

    def stop(self, error: str | None = None, cause: str | None = None) -> None:
        """End it from outside: status ABORTED. One that has ended stays as it is."""
        self._end_with("ABORTED", error, cause)

    def time_out(self) -> None:
        """End it: its machine's time is up."""
        self._end_with("TIMED_OUT", "States.Timeout", None)

    def _end_with(self, status: Status, error: str | None, cause: str | None) -> None:
        if self.status != "RUNNING" or self._task is None:
            return
        self.close(status, error, cause, CLOCK.now())
        # A task that is cancelled before its first step would never note its end.
        asyncio.get_running_loop().call_soon(self._task.cancel)

    def redrive(self) -> None:
        """Run again from the state that failed, with what it was given."""
        before = self.top
        details = {"redriveCount": self.redrives + 1}
        self.reopen(self._note("ExecutionRedriven", len(self.history), details), CLOCK.now())
        self._begin(*(before.at or (None, self.data)))

    async def _run(self, frame: Frame, start: str | None, data: Json) -> None:
        try:
            turn = self.host.turn(self)
            if turn is not None:
                await turn
            if self._ending is None:
                self.output = await self.machine.run(frame, data, start)
        except StatesError as error:
            self._failed(error)
        except asyncio.CancelledError:
            if self._ending is None:
                # The loop ends, and nothing is left to be noted for.
                raise
            self._cut_off()
        except Exception as error:
            # A fault of ours ends this execution in words, and no other.
            self._failed(StatesError(RUNTIME, f"An internal error occurred: {error!r}"))
        else:
            if self.status == "RUNNING":
                self.status, self.stopped = "SUCCEEDED", CLOCK.now()
                self._note("ExecutionSucceeded", frame.last, {"output": self.output}, self.stopped)
            else:
                self._cut_off()
        finally:
            if self._timer is not None:
                self._timer.cancel()
            self.host.ended(self)

    def _failed(self, error: StatesError) -> None:
        if self.status == "RUNNING":
            self.status, self.stopped = "FAILED", CLOCK.now()
            self.error, self.cause = error.error, error.cause
            self._note_end("ExecutionFailed")
        else:
            self._cut_off()

    def _cut_off(self) -> None:
        self._note_end("ExecutionTimedOut" if self._ending == "TIMED_OUT" else "ExecutionAborted")

    def _note_end(self, kind: str) -> None:
        reason = {"error": self.error, "cause": self.cause}
        details = {name: text for name, text in reason.items() if text is not None}
        self._note(kind, self.top.last, details, self.stopped)

    def entered(self) -> None:
        """Take note that a state is entered.

        Raises
        ------
        StatesError
            The history would become too long.
        """
        self.host.transition(self.machine_name)
        if self.history.full:
            reason = f"The execution reached the maximum number of history events ({LONGEST})."
            raise StatesError(RUNTIME, reason)

    def retried(self) -> None:
        """Count a state that is tried again: AWS bills it as a transition."""
        self.host.transition(self.machine_name)

    def check_size(self, name: str, output: Json) -> None:
        """Refuse an output that is too large to pass on.

        Raises
        ------
        StatesError
            It is.
        """
        if output is self._sized:
            return
        if type(output) in {dict, list, str} and is_larger(output):
            raise StatesError("States.DataLimitExceeded", TOO_LARGE.format(name=name))
        self._sized = output
