"""What an execution asks of the service that runs it."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Protocol

from localcloud.states.integrations.transport import Transport
from localcloud.states.language.scope import Json
from localcloud.states.running.tokens import Activity, Tokens

if TYPE_CHECKING:
    from localcloud.states.running.execution import Execution
    from localcloud.states.running.machine import Machine
    from localcloud.states.running.map_run import MapRun


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

    def ended(self, execution: Execution) -> None:
        """Take note that an execution has ended."""

    def end_of(self, arn: str) -> Awaitable[Json]:
        """Return what DescribeExecution says of an execution once it has ended."""

    def stop(self, arn: str) -> None:
        """Stop an execution that nobody waits for any more."""

    def start_map_run(self, run: MapRun) -> None:
        """Take a map run, so that it can be described."""

    def map_run(self, arn: str) -> MapRun:
        """Return a map run."""

    def map_run_changed(self, run: MapRun) -> None:
        """Take note that a map run has ended, goes on, or has other limits."""

    def start_child(self, run: MapRun, machine: Machine, data: Json, place: tuple[int, int]) -> Execution:
        """Start a child execution of a map run.

        Parameters
        ----------
        place
            Its number in the map run, and how many items it holds.
        """

    def redrive_child(self, child: Execution) -> None:
        """Run a child execution again from the state that failed."""
