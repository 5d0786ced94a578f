"""What there is of an execution, whether it runs or has ended."""

from __future__ import annotations

from typing import Literal

from localcloud.clock import CLOCK
from localcloud.states.language.scope import Json
from localcloud.states.running.clock import iso
from localcloud.states.running.frame import Frame
from localcloud.states.running.history import History, Unrecorded
from localcloud.states.running.host import Host, Runner
from localcloud.states.running.revision import Revision
from localcloud.watchtower.traces.facade import TraceHeader, parse_header

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]


class ExecutionRecord:
    """What there is of one run of a machine.

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
    started
        When, in seconds since the epoch; None for now.
    """

    __slots__ = (
        *("_context", "_ending", "_sized", "alias_arn", "arn", "cause"),
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
        machine: Runner,
        text: str,
        data: Json,
        role: str,
        host: Host,
        recorded: bool = True,
        started: float | None = None,
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
        self.started = started or CLOCK.now()
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
        self.top = self._line(0)
        self._sized: Json = data
        self._ending: Status | None = None
        self.history.add("ExecutionStarted", 0, {"input": data, "roleArn": role}, self.started)

    @property
    def trace(self) -> TraceHeader | None:
        """The trace that its calls belong to; None where its machine is not traced."""
        if self.revision is None or not self.revision.tracing.get("enabled"):
            return None
        return parse_header(self.trace_header)

    def _line(self, last: int) -> Frame:
        """Return the frame of the whole machine, to begin after an event."""
        raise NotImplementedError

    def _note(self, kind: str, previous: int, details: dict[str, Json], moment: float | None = None) -> int:
        """Add an event of the execution itself; return its id."""
        return self.history.add(kind, previous, details, moment)

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

    def close(self, status: Status, error: str | None, cause: str | None, moment: float) -> None:
        """Note that it ends from outside; its history has yet to say so."""
        self._ending = self.status = status
        self.error, self.cause, self.stopped = error, cause, moment

    def reopen(self, last: int, moment: float) -> None:
        """Go on after an event with the state that failed."""
        self.redrives += 1
        self.redriven = moment
        self._context = None
        before, self.top = self.top, self._line(last)
        self.top.resume(before)
        self.status, self._ending, self.stopped = "RUNNING", None, None
        self.error = self.cause = None
