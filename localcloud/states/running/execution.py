"""An execution: one run of a machine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import Json
from localcloud.states.language.text import to_text
from localcloud.states.running.clock import iso
from localcloud.states.running.frame import RUNTIME, Frame
from localcloud.states.running.history import LONGEST, History, Unrecorded

if TYPE_CHECKING:
    from localcloud.states.running.host import Host
    from localcloud.states.running.machine import Machine
    from localcloud.states.running.revision import Revision

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
# What may pass from one state to the next.
LARGEST = 262_144
TOO_LARGE = (
    "The state/task '{name}' returned a result with a size exceeding "
    "the maximum number of bytes service limit."
)


class Execution:
    """One run of a machine.

    Parameters
    ----------
    arn, name
        Its own.
    machine_arn, machine_name
        The machine's.
    machine
        What it runs.
    text, data
        Its input, as it was given and read.
    role
        The ARN of the machine's role.
    host
        The service that runs it.
    recorded
        Whether a history is kept.
    """

    __slots__ = (
        *("_context", "_ending", "_sized", "_task", "_timer", "alias_arn", "arn", "cause"),
        *("data", "error", "history", "host", "machine", "machine_arn", "machine_name"),
        *("map_run", "name", "output", "redriven", "redrives", "revision", "role"),
        *("started", "status", "stopped", "text", "top", "trace_header", "version_arn"),
    )

    def __init__(
        self,
        *,
        arn: str,
        name: str,
        machine_arn: str,
        machine_name: str,
        machine: Machine,
        text: str,
        data: Json,
        role: str,
        host: Host,
        recorded: bool = True,
    ) -> None:
        self.arn = arn
        self.name = name
        self.machine_arn = machine_arn
        self.machine_name = machine_name
        self.machine = machine
        self.text = text
        self.data = data
        self.role = role
        self.host = host
        self.status: Status = "RUNNING"
        self.started = time.time()
        self.stopped: float | None = None
        self.output: Json = None
        self.error: str | None = None
        self.cause: str | None = None
        self.redrives = 0
        self.redriven: float | None = None
        self.revision: Revision | None = None
        self.alias_arn: str | None = None
        self.map_run: str | None = None
        self.version_arn: str | None = None
        self.trace_header: str | None = None
        self.history: History = History(data) if recorded else Unrecorded()
        self._context: dict[str, Json] | None = None
        self.top = Frame(self, None, {}, 0)
        self._sized: Json = data
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ending: Status | None = None
        self.history.add("ExecutionStarted", 0, {"input": data, "roleArn": role}, self.started)

    def context(self) -> dict[str, Json]:
        """Return what the context object holds whatever the state."""
        if self._context is None:
            execution: Json = {
                "Id": self.arn,
                "Input": self.data,
                "Name": self.name,
                "RoleArn": self.role,
                "StartTime": iso(self.started),
                "RedriveCount": self.redrives,
            }
            machine = {"Id": self.machine_arn, "Name": self.machine_name}
            self._context = {"Execution": execution, "StateMachine": machine}
        return self._context

    def rest(self) -> None:
        """Take less memory while nothing happens for a while."""
        self._context = None
        self.history.pack()

    def start(self) -> None:
        """Run, as a task of the current event loop."""
        self._begin(None, self.data)

    def _begin(self, state: str | None, data: Json) -> None:
        work = self._run(self.top, state, data)
        self._task = asyncio.get_running_loop().create_task(work, name=self.name)
        if self.machine.timeout is not None:
            self.limit(self.machine.timeout)

    def limit(self, seconds: float) -> None:
        """Time it out after ``seconds`` from now."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self.time_out)

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
        self._ending = self.status = status
        self.error, self.cause, self.stopped = error, cause, time.time()
        # A task that is cancelled before its first step would never note its end.
        asyncio.get_running_loop().call_soon(self._task.cancel)

    def redrive(self) -> None:
        """Run again from the state that failed, with what it was given."""
        self.redrives += 1
        self.redriven = time.time()
        before = self.top
        last = self.history.add("ExecutionRedriven", len(self.history), {"redriveCount": self.redrives})
        self._context = None
        self.top = Frame(self, None, {}, last)
        self.top.resume(before)
        self.status, self._ending, self.stopped = "RUNNING", None, None
        self.error = self.cause = None
        self._begin(*(before.at or (None, self.data)))

    async def _run(self, frame: Frame, start: str | None, data: Json) -> None:
        try:
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
                self.status, self.stopped = "SUCCEEDED", time.time()
                self.history.add("ExecutionSucceeded", frame.last, {"output": self.output}, self.stopped)
            else:
                self._cut_off()
        finally:
            if self._timer is not None:
                self._timer.cancel()
            self.host.ended(self)

    def _failed(self, error: StatesError) -> None:
        if self.status == "RUNNING":
            self.status, self.stopped = "FAILED", time.time()
            self.error, self.cause = error.error, error.cause
            self._note_end("ExecutionFailed")
        else:
            self._cut_off()

    def _cut_off(self) -> None:
        self._note_end("ExecutionTimedOut" if self._ending == "TIMED_OUT" else "ExecutionAborted")

    def _note_end(self, kind: str) -> None:
        reason = {"error": self.error, "cause": self.cause}
        details = {name: text for name, text in reason.items() if text is not None}
        self.history.add(kind, self.top.last, details, self.stopped)

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
        if type(output) in {dict, list, str} and len(to_text(output).encode()) > LARGEST:
            raise StatesError("States.DataLimitExceeded", TOO_LARGE.format(name=name))
        self._sized = output
