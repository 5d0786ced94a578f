"""One account's Step Functions in one region: what it holds, and the host of its executions."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Protocol, Unpack

from localcloud.states.api.records import ActivityRecord, StateMachine
from localcloud.states.api.retention import Retention
from localcloud.states.api.turns import Turns
from localcloud.states.integrations.transport import Transport
from localcloud.states.language.scope import Json
from localcloud.states.language.text import to_text
from localcloud.states.running.child import Child
from localcloud.states.running.durable import DurableExecution, ExecutionJournal
from localcloud.states.running.execution import Execution, ExecutionFields
from localcloud.states.running.host import Runner
from localcloud.states.running.map_run import MapRun
from localcloud.states.running.tokens import Activity, Tokens
from localcloud.watchtower.traces.facade import TraceHeader, working_for


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

    def begin_trace(self, execution: Execution, header: TraceHeader | None) -> TraceHeader:
        """Return the trace that an execution belongs to, and whether it is recorded."""

    def traced(self, execution: Execution, *, whole: bool) -> None:
        """Record an execution's segment: its beginning, or whole at its end."""


class Region:
    """Machines, executions, activities and map runs of one account in one region.

    Parameters
    ----------
    account, region
        Twelve digits, and such as ``us-east-1``.
    world
        The process around it.
    journal
        Where executions are written down, if they are to survive the process.
    """

    def __init__(
        self, account: str, region: str, world: World, journal: ExecutionJournal | None = None
    ) -> None:
        self.account = account
        self.region = region
        self.world = world
        self.journal = journal
        self.tokens = Tokens()
        if journal is not None:
            self.tokens.key = journal.key(f"{account}/{region}", self.tokens.key)
        self._turns = Turns(world.transport(account, region))
        self.transport: Transport = self._turns
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

    def new(
        self, *, durable: bool, place: tuple[int, int] | None = None, **fields: Unpack[ExecutionFields]
    ) -> Execution:
        """Return an execution that is to be run, durable where those that are kept are.

        Parameters
        ----------
        durable
            Whether it is kept where it can be described, as Standard ones are.
        place
            Of a child execution: its number in the map run, and how many items it holds.
        """
        if not durable or self.journal is None:
            return Execution(**fields)
        return DurableExecution(journal=self.journal, number=self.journal.number(), place=place, **fields)

    def run(self, execution: Execution, *, durable: bool) -> None:
        """Start an execution; keep its record where it can be described."""
        if durable:
            self.executions[execution.arn] = execution
        if execution.trace is not None and execution.trace.sampled:
            self.world.traced(execution, whole=False)
        with working_for(execution.trace):
            execution.start()

    # The host of executions.

    def activity(self, arn: str) -> Activity | None:
        """Return an activity's tasks and workers; None where there is none of that name."""
        if arn not in self.activities:
            return None
        return self._queues.setdefault(arn, Activity())

    def turn(self, execution: Execution) -> Awaitable[None] | None:
        """Return what an execution waits for before it begins; a map run has a limit of its own."""
        standard = execution.arn in self.executions
        return self._turns.turn() if standard and execution.map_run is None else None

    def transition(self, machine: str) -> None:
        """Count a state transition of a machine."""
        self.world.transition(machine)

    def ended(self, execution: Execution) -> None:
        """Take note that an execution has ended: notify its waiters, and forget older ones."""
        for waiting in self._ends.pop(execution.arn, ()):
            if not waiting.done():
                waiting.set_result(self.describe(execution))
        if execution.trace is not None and execution.trace.sampled:
            self.world.traced(execution, whole=True)
        machine = self.machines.get(execution.machine_arn)
        if machine is not None and machine.revision.logging.get("level", "OFF") != "OFF":
            self.world.logged(execution, machine)
        if execution.arn not in self.executions:
            self.world.changed(execution)
            if self.journal is not None:
                self.journal.records.express_ended(execution)
            return
        if execution.map_run is None:
            self.world.changed(execution)
        stripped, dropped = self.retention.ended(execution.arn)
        for arn in stripped:
            old = self.executions.get(arn)
            if old is not None:
                old.strip()
        for arn in dropped:
            forgotten = self.executions.pop(arn, None)
            if isinstance(forgotten, DurableExecution):
                self._forget(forgotten)
        # A thousand histories are kept, and few are ever read.
        execution.rest()

    def _forget(self, execution: DurableExecution) -> None:
        journal, run = execution.journal, self.map_runs.get(execution.map_run or "")
        journal.records.record_taken(execution.arn)
        # A map run needs its children until it has ended.
        if run is None or run.status != "RUNNING":
            journal.drop(execution.number)
        for own in [run for run in self.map_runs.values() if run.execution_arn == execution.arn]:
            del self.map_runs[own.arn]
            journal.records.forget_map_run(own)

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
        """Stop an execution whose caller has gone."""
        execution = self.executions.get(arn)
        if execution is not None:
            execution.stop()

    def start_map_run(self, run: MapRun) -> None:
        """Take a map run, so that it can be described."""
        self.map_runs[run.arn] = run
        self.map_run_changed(run)

    def map_run(self, arn: str) -> MapRun:
        """Return a map run."""
        return self.map_runs[arn]

    def map_run_changed(self, run: MapRun) -> None:
        """Take note that a map run has ended, goes on, or has other limits."""
        if self.journal is not None:
            self.journal.records.map_run(run)

    def start_child(self, run: MapRun, machine: Runner, data: Json, place: tuple[int, int]) -> Execution:
        """Start a child execution of a map run."""
        name = str(uuid.uuid4())
        kind = "express" if run.express else "execution"
        child = self.new(
            durable=not run.express,
            place=place,
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
        self.run(child, durable=not run.express)
        if self.journal is not None and run.express:
            records = self.journal.records
            records.child(run, child, place)
            child.when_ended(lambda: records.child_ended(run, child, place))
        return child

    def redrive_child(self, child: Child) -> None:
        """Run a child execution again from the state that failed."""
        assert isinstance(child, Execution)
        self.retention.redriven(child.arn)
        self.executions[child.arn] = child
        child.redrive()
