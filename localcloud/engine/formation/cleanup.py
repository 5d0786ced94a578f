"""What an update of a nested stack removes stays until the root's update is through, and can come back."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from localcloud.engine.formation.children import descendants, services
from localcloud.engine.ministack.changesets import Changesets
from localcloud.engine.ministack.provisioners import provisioners
from localcloud.engine.ministack.stack_handlers import StackHandlers
from localcloud.engine.ministack.stacks import Stacks
from localcloud.engine.patching import Function, Record

UPDATING = "UPDATE_IN_PROGRESS"
CLEANING = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
STACK = "AWS::CloudFormation::Stack"


@dataclass
class _Update:
    """One update of a nested stack, while the root's is not through.

    Attributes
    ----------
    before
        The stack as it was.
    replaced
        The logical ids of what has a predecessor to delete.
    later
        Deletions that wait for the root: resource type, and what carries it out.
    """

    before: Record
    replaced: list[str] = field(default_factory=list)
    later: list[tuple[str, Callable[[], None]]] = field(default_factory=list)


class Cleanup:
    """Keeps the updates of nested stacks that may still be taken back."""

    def __init__(self, stacks: Stacks) -> None:
        self._stacks = stacks
        self._deferred = provisioners.deferred_predecessor_deletes
        self._retained = provisioners.retain_replaced
        self._updates: dict[str, _Update] = {}

    def install(self) -> None:
        """Stand where stacks delete, replace and end."""
        Stacks.delete_resource.wrap(self._deleting)
        Stacks.update_keeping_seed.wrap(self._replacing)
        Changesets.deploy_stack_async.wrap(self._ending)
        StackHandlers.deploy_stack_async.wrap(self._ending)

    @contextlib.contextmanager
    def own_context(self) -> Iterator[None]:
        """Keep what the stack above is doing to its own resource from what is done in the nested stack."""
        deferred, retained = self._deferred.set(None), self._retained.set(False)
        try:
            yield
        finally:
            self._retained.reset(retained)
            self._deferred.reset(deferred)

    @contextlib.contextmanager
    def of_an_update(self, stack: Record, before: Record) -> Iterator[None]:
        """Keep what an update in the block removes; what was kept of one before goes on to be kept."""
        self._updates[stack["StackId"]] = _Update(before)
        with self.own_context():
            yield

    def forget(self, stack: Record) -> None:
        """Drop an update that has been taken back already."""
        self._updates.pop(stack["StackId"], None)

    async def take_back(self, stack: Record) -> None:
        """Bring a nested stack back to before the root's update; one that did not change stays as it is."""
        update = self._updates.pop(stack["StackId"], None)
        if update is None:
            return
        operation = self._stacks.failed_operation(
            *(True, update.before, list(stack["_resources"]), None, None, update.replaced, False),
            *(stack["_template"], stack["_resolved_params"], False),
            *(stack.get("Tags") or [], update.before.get("Tags") or []),
        )
        with self.own_context():
            await self._stacks.roll_back_operation(stack["StackName"], stack["StackId"], stack, operation)
        stack["_conditions"] = update.before.get("_conditions", {})

    def _update_of(self, name: str) -> _Update | None:
        """Return the update that a nested stack is in."""
        stack = services()[0].get(name) or {}
        return self._updates.get(stack.get("StackId", "")) if stack.get("StackStatus") == UPDATING else None

    def _deleting(self, before: Function) -> Function:
        def delete(kind: str, physical_id: str, props: Record, name: str, logical_id: str) -> None:
            update = self._update_of(name)
            if update is None:
                before(kind, physical_id, props, name, logical_id)
            else:
                update.later.append((kind, lambda: before(kind, physical_id, props, name, logical_id)))

        return delete

    def _replacing(self, before: Function) -> Function:
        def replace(*arguments: Any) -> Any:
            result = before(*arguments)
            kind, name, logical_id = arguments[0], arguments[4], arguments[5]
            update, deletions = self._update_of(name), self._deferred.get()
            if update is not None and deletions:
                update.replaced.append(logical_id)
                deletions[:] = [(self._later, (update, kind, *deletion), {}) for deletion in deletions]
            return result

        return replace

    @staticmethod
    def _later(update: _Update, kind: str, delete: Function, rest: Any, keywords: Any) -> None:
        update.later.append((kind, lambda: delete(*rest, **keywords)))

    def _ending(self, before: Function) -> Function:
        async def deploy(name: str, *rest: Any, **keywords: Any) -> None:
            await before(name, *rest, **keywords)
            await self._finish(services()[0].get(name))

        return deploy

    async def _finish(self, root: Record | None) -> None:
        """Carry out what waited for a root's update; forget it where the root went back."""
        if root is None or root["StackStatus"].endswith("_FAILED"):
            return  # RollbackStack may still ask for what was
        below = [stack for stack in descendants(root) if stack["StackId"] in self._updates]
        updates = [self._updates.pop(stack["StackId"]) for stack in below]
        if root["StackStatus"] != "UPDATE_COMPLETE" or not any(update.later for update in updates):
            return
        events = services()[1][root["StackId"]]
        end = events[-1]
        end["ResourceStatus"] = root["StackStatus"] = CLEANING
        for kind, delete in [deletion for update in updates for deletion in update.later]:
            await self._carry_out(kind, delete)
        root["StackStatus"] = "UPDATE_COMPLETE"
        self._stacks.add_event(
            *(root["StackId"], root["StackName"], root["StackName"], STACK, "UPDATE_COMPLETE", ""),
            root["StackId"],
        )

    async def _carry_out(self, kind: str, delete: Callable[[], None]) -> None:
        try:
            if self._stacks.runs_on_worker_thread(kind):
                await self._stacks.run_reentrant(delete)
            else:
                delete()
        except Exception as error:
            # As in a root: the update holds all the same, and what is left is in the log.
            self._stacks.logger.error("a nested stack's %s could not be deleted: %s", kind, error)
