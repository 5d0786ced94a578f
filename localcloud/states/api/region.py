"""One account's Step Functions in one region: what it holds, and the host of its executions."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Protocol

from localcloud.states.api.records import ActivityRecord, StateMachine
from localcloud.states.api.retention import Retention
from localcloud.states.integrations.transport import Transport
from localcloud.states.language.scope import Json
from localcloud.states.language.text import to_text
from localcloud.states.running.execution import Execution
from localcloud.states.running.machine import Machine
from localcloud.states.running.map_run import MapRun
from localcloud.states.running.tokens import Activity, Tokens


class World(Protocol):
    """What the service needs of the process around it."""

    def transport(self, account: str, region: str) -> Transport:
        """Return the way to call other services from a region."""

    def transition(self, machine: str) -> None:
        """Count a state transition."""

    def changed(self, execution: Execution) -> None:
        """Take note that a Standard execution has another status, or that an Express one has ended."""

    def logged(self, execution: Execution, machine: StateMachine) -> None:
        """Take the history of an execution whose machine logs."""


class Region:
    """Machines, executions, activities and map runs of one account in one region.

    Parameters
    ----------
    account, region
        Twelve digits, and such as ``us-east-1``.
    world
        The process around it.
    """

    def __init__(self, account: str, region: str, world: World) -> None:
        self.account = account
        self.region = region
        self.world = world
        self.tokens = Tokens()
        self.transport = world.transport(account, region)
        self.machines: dict[str, StateMachine] = {}
        self.executions: dict[str, Execution] = {}
        self.activities: dict[str, ActivityRecord] = {}
        self.map_runs: dict[str, MapRun] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.retention = Retention()
        self.describe: Callable[[Execution], Json] = lambda execution: {"executionArn": execution.arn}
        self._queues: dict[str, Activity] = {}
        self._ends: dict[str, list[asyncio.Future[Json]]] = {}

    def arn(self, kind: str, name: str) -> str:
        """Return the ARN of a resource of this region."""
        return f"arn:aws:states:{self.region}:{self.account}:{kind}:{name}"

    def run(self, execution: Execution, *, kept: bool) -> None:
        """Start an execution; keep its record where it can be described."""
        if kept:
            self.executions[execution.arn] = execution
        execution.start()

    # The host of executions.

    def activity(self, arn: str) -> Activity | None:
        """Return an activity's tasks and workers; None where there is none of that name."""
        if arn not in self.activities:
            return None
        return self._queues.setdefault(arn, Activity())

    def transition(self, machine: str) -> None:
        """Count a state transition of a machine."""
        self.world.transition(machine)

    def ended(self, execution: Execution) -> None:
        """Take note that an execution has ended: tell who waits for it, and forget older ones."""
        for waiting in self._ends.pop(execution.arn, ()):
            if not waiting.done():
                waiting.set_result(self.describe(execution))
        machine = self.machines.get(execution.machine_arn)
        if machine is not None and machine.revision.logging.get("level", "OFF") != "OFF":
            self.world.logged(execution, machine)
        if execution.arn not in self.executions:
            self.world.changed(execution)
            return
        if execution.map_run is None:
            self.world.changed(execution)
        stripped, dropped = self.retention.ended(execution.arn)
        for arn in stripped:
            old = self.executions.get(arn)
            if old is not None:
                old.history.strip()
        for arn in dropped:
            self.executions.pop(arn, None)

    def end_of(self, arn: str) -> Awaitable[Json]:
        """Return what DescribeExecution says of an execution once it has ended."""
        waiting: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        execution = self.executions.get(arn)
        if execution is None or execution.status != "RUNNING":
            waiting.set_result(self.describe(execution) if execution else {"status": "ABORTED"})
        else:
            self._ends.setdefault(arn, []).append(waiting)
        return waiting

    def stop(self, arn: str) -> None:
        """Stop an execution that nobody waits for any more."""
        execution = self.executions.get(arn)
        if execution is not None:
            execution.stop()

    def start_map_run(self, run: MapRun) -> None:
        """Take a map run, so that it can be described."""
        self.map_runs[run.arn] = run

    def start_child(self, run: MapRun, machine: Machine, data: Json) -> Execution:
        """Start a child execution of a map run."""
        name = str(uuid.uuid4())
        kind = "express" if run.express else "execution"
        child = Execution(
            arn=f"{run.machine_arn.replace(':stateMachine:', f':{kind}:', 1)}:{name}",
            name=name,
            machine_arn=run.machine_arn,
            machine_name=run.machine_name,
            machine=machine,
            text=to_text(data),
            data=data,
            role=run.role,
            host=self,
            recorded=not run.express,
        )
        child.map_run = run.arn
        self.run(child, kept=not run.express)
        return child

    def redrive_child(self, child: Execution) -> None:
        """Run a child execution again from the state that failed."""
        self.retention.redriven(child.arn)
        self.executions[child.arn] = child
        child.redrive()
