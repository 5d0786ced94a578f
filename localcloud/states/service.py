"""The whole service: an operation's name and a request in, an answer out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from localcloud.states.api import descriptions, executions, machines, map_runs, tags, tasks, versions
from localcloud.states.api.errors import ApiError
from localcloud.states.api.region import Region, World
from localcloud.states.api.requests import check
from localcloud.states.keeping import Restored, restore, write_control
from localcloud.states.language.scope import Json
from localcloud.states.running.durable import ExecutionJournal, JournalStore
from localcloud.states.testing import test_state

Operation = Callable[[Region, dict[str, Json]], Json]

OPERATIONS: Final[dict[str, Operation]] = {
    "CreateActivity": tasks.create_activity,
    "CreateStateMachine": machines.create,
    "CreateStateMachineAlias": versions.create_alias,
    "DeleteActivity": tasks.delete_activity,
    "DeleteStateMachine": machines.delete,
    "DeleteStateMachineAlias": versions.delete_alias,
    "DeleteStateMachineVersion": versions.delete_version,
    "DescribeActivity": tasks.describe_activity,
    "DescribeExecution": descriptions.describe,
    "DescribeMapRun": map_runs.describe,
    "DescribeStateMachine": machines.describe,
    "DescribeStateMachineAlias": versions.describe_alias,
    "DescribeStateMachineForExecution": descriptions.machine_of,
    "GetExecutionHistory": descriptions.history,
    "ListActivities": tasks.list_activities,
    "ListExecutions": descriptions.listed,
    "ListMapRuns": map_runs.listed,
    "ListStateMachineAliases": versions.list_aliases,
    "ListStateMachineVersions": versions.list_versions,
    "ListStateMachines": machines.listed,
    "ListTagsForResource": tags.listed,
    "PublishStateMachineVersion": versions.publish_version,
    "RedriveExecution": executions.redrive,
    "SendTaskFailure": tasks.fail,
    "SendTaskHeartbeat": tasks.beat,
    "SendTaskSuccess": tasks.succeed,
    "StartExecution": executions.start,
    "StopExecution": executions.stop,
    "TagResource": tags.tag,
    "UntagResource": tags.untag,
    "UpdateMapRun": map_runs.update,
    "UpdateStateMachine": machines.update,
    "UpdateStateMachineAlias": versions.update_alias,
    "ValidateStateMachineDefinition": machines.validate,
}
# Operations whose answer may take a while.
SLOW: Final[dict[str, Callable[[Region, dict[str, Json]], Awaitable[Json]]]] = {
    "GetActivityTask": tasks.take,
    "StartSyncExecution": executions.start_sync,
    "TestState": test_state,
}


class StepFunctions:
    """Step Functions, in every account and region.

    Parameters
    ----------
    world
        The process around it.

    Attributes
    ----------
    journal
        Where everything is written down that is to survive the process; None where nothing is.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.journal: ExecutionJournal | None = None
        self._restored = Restored()
        self.regions: dict[tuple[str, str], Region] = {}

    def region(self, account: str, region: str) -> Region:
        """Return what an account has in a region."""
        key = (account, region)
        if key not in self.regions:
            self.regions[key] = Region(account, region, self.world, self.journal)
            self.regions[key].describe = descriptions.description
        return self.regions[key]

    def restore(self, store: JournalStore) -> None:
        """Be as the process was when it ended, and write down from now on all that happens.

        To be called before anything else; what ran at the end goes on with :meth:`resume`.
        """
        self.journal = ExecutionJournal(store)
        self._restored = restore(self.region, self.journal)

    def resume(self) -> None:
        """Let go on what the end of the process cut off, once what it calls is there."""
        self._restored.resume()

    def close(self) -> None:
        """Write what there is, and no more: the process ends, and executions with it."""
        if self.journal is not None:
            self.journal.close()

    def moved(self) -> None:
        """Take note that the clock was put ahead."""
        if self.journal is not None:
            self.journal.moved()

    def flush(self) -> None:
        """Make durable what has happened so far."""
        if self.journal is not None:
            self.journal.flush()

    def answer(self, region: Region, operation: str, request: Json) -> Json:
        """Return the answer of an operation that waits for nothing.

        Raises
        ------
        ApiError
            It is refused.
        """
        carry_out = OPERATIONS.get(operation)
        if carry_out is None:
            raise ApiError("UnknownOperationException", f"Step Functions has no operation {operation}")
        answer = carry_out(region, check(operation, request))
        if self.journal is not None:
            write_control(region, operation, request, answer)
            self.journal.flush()
        return answer

    async def answer_slowly(self, region: Region, operation: str, request: Json) -> Json:
        """Return the answer of any operation.

        Raises
        ------
        ApiError
            It is refused.
        """
        slow = SLOW.get(operation)
        if slow is None:
            return self.answer(region, operation, request)
        answer = await slow(region, check(operation, request))
        if self.journal is not None:
            self.journal.flush()
        return answer
