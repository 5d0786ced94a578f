"""What the parts of a running execution are to one another: service, machine, execution and state."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any, Protocol

from localcloud.states.integrations.transport import Transport
from localcloud.states.language.scope import Json
from localcloud.states.running.child import Child
from localcloud.states.running.history import History
from localcloud.states.running.map_run import MapRun
from localcloud.states.running.tokens import Activity, Tokens
from localcloud.watchtower.traces.facade import TraceHeader


class Runner(Protocol):
    """A compiled machine, as whatever runs it sees it."""

    @property
    def timeout(self) -> float | None:
        """How many seconds an execution may take; None for any."""

    def processor(self, label: str) -> Runner | None:
        """Return what the children of a distributed Map's map runs run; None where none has this label."""

    async def run(self, frame: Any, data: Json, start: str | None = None) -> Json:
        """Run in a frame, from the first state or from ``start``, to the end; return the output."""


class Host(Protocol):
    """The service, in one account and region."""

    region: str
    account: str
    tokens: Tokens
    transport: Transport

    def activity(self, arn: str) -> Activity | None:
        """Return an activity; None where there is none of that name."""

    def transition(self, machine: str) -> None:
        """Count a state transition of a machine, by its name."""

    def end_of(self, arn: str) -> Awaitable[Json]:
        """Return what DescribeExecution says of an execution once it has ended."""

    def stop(self, arn: str) -> None:
        """Stop an execution whose caller has gone."""

    def start_map_run(self, run: MapRun) -> None:
        """Take a map run, so that it can be described."""

    def map_run(self, arn: str) -> MapRun:
        """Return a map run."""

    def map_run_changed(self, run: MapRun) -> None:
        """Take note that a map run has ended, goes on, or has other limits."""

    def start_child(self, run: MapRun, machine: Runner, data: Json, place: tuple[int, int]) -> Child:
        """Start a child execution of a map run.

        Parameters
        ----------
        place
            Its number in the map run, and how many items it holds.
        """

    def redrive_child(self, child: Child) -> None:
        """Run a child execution again from the state that failed."""


class StateEntered(Protocol):
    """A state, as the frame that is in it sees it: see `localcloud.states.running.states.base.State`."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def kind(self) -> str:
        """Its type."""

    @property
    def entered_kind(self) -> str:
        """The type of the event when it is entered."""

    @property
    def exited_kind(self) -> str:
        """The type of the event when it is left."""

    @property
    def context(self) -> Mapping[str, Json]:
        """What the context object has of it besides its name."""


class Owner(Protocol):
    """An execution, as its frames and the states in them see it."""

    @property
    def arn(self) -> str:
        """Its ARN."""

    @property
    def machine_arn(self) -> str:
        """The machine's ARN."""

    @property
    def machine_name(self) -> str:
        """The machine's name."""

    @property
    def role(self) -> str:
        """The ARN of the machine's role."""

    @property
    def text(self) -> str:
        """Its input, as it was given."""

    @property
    def data(self) -> Json:
        """Its input."""

    @property
    def redrives(self) -> int:
        """How often it was redriven."""

    @property
    def host(self) -> Host:
        """The service that runs it."""

    @property
    def history(self) -> History:
        """Its events."""

    @property
    def trace(self) -> TraceHeader | None:
        """The trace that its calls belong to; None where its machine is not traced."""

    def context(self) -> dict[str, Json]:
        """Return what the context object holds whatever the state."""

    def check_size(self, name: str, output: Json) -> None:
        """Raise an error where a state's output is too large."""

    def entered(self) -> None:
        """Count a state transition."""

    def retried(self) -> None:
        """Count a state that is tried again."""

    def rest(self) -> None:
        """Take less memory while nothing happens for a while."""
