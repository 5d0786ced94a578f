"""Where a state is tested: an execution that is neither listed nor billed."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Awaitable
from typing import Final

from localcloud.states.api.region import Region
from localcloud.states.integrations import Transport
from localcloud.states.language.scope import Json
from localcloud.states.running.child import Child
from localcloud.states.running.execution import Execution
from localcloud.states.running.frame import Frame
from localcloud.states.running.host import Runner
from localcloud.states.running.map_run import MapRun
from localcloud.states.running.states.distributed_map import DistributedMap
from localcloud.states.running.states.map_state import Map
from localcloud.states.running.states.task import Task
from localcloud.states.running.tokens import Activity
from localcloud.states.testing.mock import TrialRequest
from localcloud.states.testing.subject import Subject

NAME: Final = "TestState"
# Where the items of a distributed Map come from that are in its input.
SOURCE: Final = "STATE_DATA"


class Bench:
    """The host of an execution under test: the region, without its bookkeeping.

    Parameters
    ----------
    transport
        How the state reaches services.
    """

    def __init__(self, region: Region, transport: Transport) -> None:
        self._region = region
        self.region = region.region
        self.account = region.account
        self.tokens = region.tokens
        self.transport = transport

    def activity(self, arn: str) -> Activity | None:
        """Return an activity of the region."""
        return self._region.activity(arn)

    def transition(self, machine: str) -> None:
        """Count nothing: tests cost no transitions."""

    def turn(self, execution: Execution) -> None:
        """Let it begin: there is but one."""

    def ended(self, execution: Execution) -> None:
        """Keep nothing of the execution."""

    def end_of(self, arn: str) -> Awaitable[Json]:
        """Return what becomes of an execution of the region."""
        return self._region.end_of(arn)

    def stop(self, arn: str) -> None:
        """Stop an execution of the region."""
        self._region.stop(arn)

    def start_map_run(self, run: MapRun) -> None:
        """Take a map run."""
        self._region.start_map_run(run)

    def map_run(self, arn: str) -> MapRun:
        """Return a map run."""
        return self._region.map_run(arn)

    def map_run_changed(self, run: MapRun) -> None:
        """Keep nothing of the map run."""

    def start_child(self, run: MapRun, machine: Runner, data: Json, place: tuple[int, int]) -> Execution:
        """Start a child execution of a map run."""
        return self._region.start_child(run, machine, data, place)

    def redrive_child(self, child: Child) -> None:
        """Run a child execution again from the state that failed."""
        self._region.redrive_child(child)


def entered(bench: Bench, subject: Subject, request: TrialRequest, role: str) -> Frame:
    """Return the frame of an execution that has just entered the state."""
    name = str(uuid.uuid4())
    base = f"arn:aws:states:{bench.region}:{bench.account}"
    execution = Execution(
        arn=f"{base}:execution:{NAME}:{name}",
        name=name,
        machine_arn=f"{base}:stateMachine:{NAME}",
        machine_name=NAME,
        machine=subject.machine,
        text=request.text,
        data=request.data,
        role=role,
        host=bench,
        recorded=False,
    )
    frame = execution.top
    frame.variables.update(request.variables)
    frame.stages = {"input": request.data}
    frame.enter(subject.state, request.data)
    if request.context is not None:
        frame.context = request.context
        return frame
    if request.configuration.retries:
        frame.retried(request.configuration.retries)
    frame.context = {**frame.context, **_more(subject, request.data)}
    return frame


def _more(subject: Subject, data: Json) -> dict[str, Json]:
    """Return what the context of the state has beside that of any."""
    more: dict[str, Json] = {}
    state = subject.state
    if isinstance(state, Task) and state.target.pattern == "WAIT_FOR_TASK_TOKEN":
        more["Task"] = {"Token": secrets.token_urlsafe(64)}
    around = next((each for each in subject.around if isinstance(each, Map)), None)
    if around is not None:
        # The first iteration.
        source = {"Source": SOURCE} if isinstance(around, DistributedMap) else {}
        more["Map"] = {"Item": {"Index": 0, "Value": data, **source}}
    return more
