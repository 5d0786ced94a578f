"""A service as it was when the process ended."""

from __future__ import annotations

import gc
import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from localcloud.states.api.executions import limit_express
from localcloud.states.api.records import compiled
from localcloud.states.api.region import Region
from localcloud.states.keeping.control import REVISIONS, read_control, read_revision
from localcloud.states.language.scope import Json
from localcloud.states.running.durable import DurableExecution, ExecutionJournal, apply, begin
from localcloud.states.running.durable.ended import EndedExecution, end_of, operations_of
from localcloud.states.running.durable.identity import SET
from localcloud.states.running.durable.journal import EXECUTION, KEY, SERVICE
from localcloud.states.running.durable.records import CHILDREN, EXPRESS, NAMES, RUNS, read_map_run
from localcloud.states.running.execution import Execution, ExecutionFields
from localcloud.states.running.host import Runner
from localcloud.states.running.revision import Revision
from localcloud.watchtower.traces.facade import working_for

Regions = Callable[[str, str], Region]
# What an execution runs whose machine no longer exists; it has ended, too.
GONE = '{"StartAt": "Gone", "States": {"Gone": {"Type": "Succeed"}}}'


@dataclass
class Restored:
    """Executions that the end of the process has cut off."""

    standard: list[DurableExecution] = field(default_factory=list)
    express: list[Execution] = field(default_factory=list)

    def resume(self) -> None:
        """Let them go on, on the current event loop; to be called once what they call is there.

        A Standard execution goes on where it was. An Express one runs again from its beginning.
        """
        for execution in self.standard:
            with working_for(execution.trace):
                execution.resume()
        for once_more in self.express:
            with working_for(once_more.trace):
                once_more.start()
            limit_express(once_more)
        self.standard, self.express = [], []


def restore(regions: Regions, journal: ExecutionJournal) -> Restored:
    """Bring a service to where it was; what had ended has ended, and the rest waits to be resumed."""
    # All that is read stays: to look for what does not, again and again, takes as long as reading.
    collects = gc.isenabled()
    gc.disable()
    try:
        return _Restoring(regions, journal).run()
    finally:
        if collects:
            gc.enable()


class _Restoring:
    def __init__(self, regions: Regions, journal: ExecutionJournal) -> None:
        self._regions = regions
        self._journal = journal
        self._store = journal.store
        self._executions: list[DurableExecution] = []
        self._children: dict[str, dict[int, tuple[Execution, int]]] = defaultdict(dict)
        self._last = 0.0

    def run(self) -> Restored:
        service = self._store.take(SERVICE)
        self._last = service.pop("alive", 0.0)
        spans = [(start, end) for start, end in service.pop("pauses", ())]
        for name, key in service.items():
            self._journal.keys[name.removeprefix(KEY)] = bytes.fromhex(key)
        revisions = {name: read_revision(record) for name, record in self._store.take(REVISIONS).items()}
        read_control(self._region, self._store, revisions)
        for arn in self._store.take(NAMES):
            self._region(arn).retention.remember([arn])
        for arn, record in self._store.take(RUNS).items():
            self._region(arn).map_runs[arn] = read_map_run(record)
        self._read_executions(revisions)
        express = [self._express(record, revisions) for record in self._store.take(EXPRESS).values()]
        self._read_express_children()
        self._retain()
        running = [execution for execution in self._executions if not execution.noted]
        for execution in running:
            execution.restore_tokens()
        if running:
            self._journal.pauses.spans = spans
            self._journal.resumed(self._last)
        return Restored(running, express)

    def _region(self, arn: str) -> Region:
        _, _, _, region, account, _ = arn.split(":", 5)
        return self._regions(account, region)

    def _read_executions(self, revisions: Mapping[str, Revision]) -> None:
        spaces = self._store.spaces(EXECUTION)
        # One that was rewritten is behind others that started later.
        for number in sorted(int(space.removeprefix(EXECUTION)) for space in spaces):
            texts = self._store.take_texts(f"{EXECUTION}{number}")
            self._journal.go_on(number, max(map(int, texts)))
            execution = self._execution(number, list(texts.values()), revisions)
            self._executions.append(execution)
            self._region(execution.arn).executions[execution.arn] = execution
            self._last = max(self._last, execution.moment())

    def _execution(
        self, number: int, entries: list[bytes], revisions: Mapping[str, Revision]
    ) -> DurableExecution:
        ended = end_of(entries) is not None
        (code, identity), *operations = operations_of(entries[:1] if ended else entries)
        assert code == "s"
        region, place = self._region(identity["arn"]), identity["place"]
        revision = revisions.get(identity["revision"])
        fields = self._fields(region, identity, revision)
        own = None if place is None else (place[0], place[1])
        execution: DurableExecution
        if not ended:
            execution = DurableExecution(journal=self._journal, number=number, place=own, **fields)
            begin(execution)
            for operation in operations:
                apply(execution, operation)
        else:
            execution = EndedExecution(
                entries=entries, journal=self._journal, number=number, place=own, **fields
            )
        _set(execution, identity, revision)
        self._place(region, execution, place)
        return execution

    def _fields(
        self,
        region: Region,
        identity: Mapping[str, Json],
        revision: Revision | None,
        *,
        recorded: bool = True,
    ) -> ExecutionFields:
        if revision is not None:
            machine = revision.machine
        else:
            machine = self._processor(region, identity["map_run"]) or compiled(GONE)
        return ExecutionFields(
            arn=identity["arn"],
            name=identity["name"],
            machine_arn=identity["machine_arn"],
            machine_name=identity["machine_name"],
            machine=machine,
            text=identity["text"],
            data=json.loads(identity["text"]),
            role=identity["role"],
            host=region,
            recorded=recorded,
            started=identity["started"],
        )

    @staticmethod
    def _processor(region: Region, map_run: str | None) -> Runner | None:
        """Return what the children of a map run run: part of what its execution runs."""
        run = region.map_runs.get(map_run or "")
        parent = None if run is None else region.executions.get(run.execution_arn)
        if run is None or parent is None:
            return None
        return parent.machine.processor(run.machine_arn.rpartition("/")[2])

    def _place(self, region: Region, child: Execution, place: list[int] | None) -> None:
        run = region.map_runs.get(child.map_run or "")
        if run is None or place is None:
            return
        number, size = place
        self._children[run.arn][number] = (child, size)
        # In the order of the items; one that is missing was never written down.
        run.children = [child for _number, child in sorted(self._children[run.arn].items())]
        run.executions = len(run.children)

    def _read_express_children(self) -> None:
        for space in self._store.spaces(CHILDREN):
            region = self._region(space.removeprefix(CHILDREN))
            for record in self._store.take(space).values():
                identity, end = record["identity"], record["end"]
                child = Execution(**self._fields(region, identity, None, recorded=False))
                _set(child, identity, None)
                if end is not None:
                    child.status, child.stopped, child.output, child.error, child.cause = end
                self._place(region, child, identity["place"])

    def _express(self, identity: dict[str, Json], revisions: Mapping[str, Revision]) -> Execution:
        region, revision = self._region(identity["arn"]), revisions.get(identity["revision"])
        machine = region.machines.get(identity["machine_arn"])
        recorded = machine is not None and machine.recorded
        fields = self._fields(region, {**identity, "started": None}, revision, recorded=recorded)
        execution = Execution(**fields)
        _set(execution, identity, revision)
        return execution

    def _retain(self) -> None:
        ended = [execution for execution in self._executions if execution.noted]
        for execution in sorted(ended, key=lambda execution: execution.stopped or 0):
            region = self._region(execution.arn)
            for arn in region.retention.ended(execution.arn)[1]:
                region.executions.pop(arn, None)


def _set(execution: Execution, identity: Mapping[str, Json], revision: Revision | None) -> None:
    for name in SET:
        setattr(execution, name, identity[name])
    execution.revision = revision
