"""Nested stacks, deployed by what deploys every stack, and taken back with the stack above them.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from xml.sax.saxutils import escape

from localcloud.engine.formation.children import (
    Wanted,
    attributes,
    by_id,
    left_over,
    record_of,
    services,
    snapshot,
    wanted_stack,
    why,
)
from localcloud.engine.formation.cleanup import Cleanup
from localcloud.engine.ministack.stack_handlers import StackHandlers
from localcloud.engine.ministack.stacks import Stacks, stacks
from localcloud.engine.patching import Function, Record

STACK = "AWS::CloudFormation::Stack"
GOING_BACK = "UPDATE_ROLLBACK_IN_PROGRESS"
Created = tuple[str, Record]


class NestedStacks:
    """Creates, updates and deletes what ``AWS::CloudFormation::Stack`` stands for.

    MiniStack calls each of these from a thread, which waits here while the nested stack is deployed on the
    event loop, where all of the engine's state is changed.
    """

    def __init__(self) -> None:
        self._stacks = stacks
        self._deploy = stacks.deploy_stack_async
        self._delete = stacks.delete_stack_async
        self._cleanup = Cleanup(stacks)
        self._loop: asyncio.AbstractEventLoop | None = None

        @Stacks.run_reentrant.wrap
        def _(before: Function) -> Function:
            async def run(function: Function, *rest: Any, **keywords: Any) -> Any:
                self._loop = asyncio.get_running_loop()
                return await before(function, *rest, **keywords)

            return run

    def describe_the_parents(self) -> None:
        """Name the stack above and the root of all in DescribeStacks and ListStacks, as AWS does."""

        @StackHandlers.stack_drift_information_xml.wrap  # ends a stack's description in both answers
        def _(before: Function) -> Function:
            def described(stack: Record) -> str:
                above = "".join(
                    f"<{name}>{escape(stack[name])}</{name}>"
                    for name in ("ParentId", "RootId")
                    if stack.get(name)
                )
                return f"{above}{before(stack)}"

            return described

    def clean_up_with_the_root(self) -> None:
        """Let the end of a root's operation be the end of all that it nests."""
        self._cleanup.install()

    def create(self, logical_id: str, props: Record, parent_name: str) -> Created:
        """Create a nested stack.

        Raises
        ------
        ValueError
            It could not be; it has been taken back, and is no more.
        """
        created: Created = self._wait(lambda: self._create(logical_id, props, parent_name))
        return created

    def update(
        self, physical_id: str, _old: Record, new: Record, parent_name: str, logical_id: str | None = None
    ) -> Created:
        """Bring a nested stack to what its resource asks for, or back where the stack above goes back.

        Raises
        ------
        ValueError
            It could not be, and is as it was.
        """
        name = logical_id or physical_id
        updated: Created = self._wait(lambda: self._update(physical_id, new, parent_name, name))
        return updated

    def delete(self, physical_id: str, _props: Record) -> None:
        """Delete a nested stack, as its own template's policies say.

        Raises
        ------
        ValueError
            A resource of it could not be deleted.
        """
        self._wait(lambda: self._delete_it(physical_id))

    def _wait(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        if self._loop is None:
            raise RuntimeError("a nested stack is deployed from a thread of CloudFormation alone")
        return asyncio.run_coroutine_threadsafe(work(), self._loop).result()

    async def _create(self, logical_id: str, props: Record, parent_name: str) -> Created:
        stacks, events = services()
        parent = stacks[parent_name]
        target = wanted_stack(props, parent)
        there = left_over(parent, logical_id)
        if there is not None:
            return await self._change(there, target, parent)
        stack = record_of(parent, logical_id)
        name, stack_id = stack["StackName"], stack["StackId"]
        target.put_into(stack)
        stack |= {"_template": target.template, "_resolved_params": target.values}
        stacks[name] = stack
        events[stack_id] = []
        self._note(parent, logical_id, "CREATE_IN_PROGRESS", "Resource creation Initiated", stack_id)
        self._note(stack, name, "CREATE_IN_PROGRESS", "", stack_id)
        with self._cleanup.own_context():
            await self._deploy(
                name, stack_id, target.template, target.values, stack["DisableRollback"], target.tags
            )
        if stack["StackStatus"] != "CREATE_COMPLETE":
            reason = why(stack, 0)
            if not stack["DisableRollback"]:
                await self._delete(name, stack_id)
            raise ValueError(f"Embedded stack {stack_id} was not successfully created: {reason}")
        return stack_id, attributes(stack)

    async def _update(self, physical_id: str, new: Record, parent_name: str, logical_id: str) -> Created:
        stacks, _events = services()
        parent, stack = stacks[parent_name], by_id(physical_id)
        if stack is None or stack["StackStatus"] == "DELETE_COMPLETE":
            return await self._create(logical_id, new, parent_name)
        if parent["StackStatus"] == GOING_BACK:
            await self._cleanup.take_back(stack)
            return stack["StackId"], attributes(stack)
        return await self._change(stack, wanted_stack(new, parent), parent)

    async def _change(self, stack: Record, target: Wanted, parent: Record) -> Created:
        _stacks, events = services()
        name, stack_id = stack["StackName"], stack["StackId"]
        if target.is_of(stack) and stack["StackStatus"].endswith("_COMPLETE"):
            return stack_id, attributes(stack)
        before, since = snapshot(stack), len(events.setdefault(stack_id, []))
        target.put_into(stack)
        stack["StackStatus"] = "UPDATE_IN_PROGRESS"
        stack["StackStatusReason"] = ""
        stack["Capabilities"] = list(parent.get("Capabilities", []))
        self._note(stack, name, "UPDATE_IN_PROGRESS", "", stack_id)
        with self._cleanup.of_an_update(stack, before):
            await self._deploy(
                *(name, stack_id, target.template, target.values, False, target.tags),
                is_update=True,
                previous_stack=before,
            )
        if stack["StackStatus"] != "UPDATE_COMPLETE":
            self._cleanup.forget(stack)
            raise ValueError(
                f"Embedded stack {stack_id} was not successfully updated. Currently in {GOING_BACK} with "
                f"reason: {why(stack, since)}"
            )
        return stack_id, attributes(stack)

    async def _delete_it(self, physical_id: str) -> None:
        _stacks, events = services()
        stack = by_id(physical_id)
        if stack is None or stack["StackStatus"] == "DELETE_COMPLETE":
            return
        since = len(events.setdefault(stack["StackId"], []))
        self._cleanup.forget(stack)
        with self._cleanup.own_context():
            await self._delete(stack["StackName"], stack["StackId"])
        if stack["StackStatus"] != "DELETE_COMPLETE":
            raise ValueError(
                f"Embedded stack {stack['StackId']} was not successfully deleted: {why(stack, since)}"
            )

    def _note(self, stack: Record, logical_id: str, status: str, reason: str, physical_id: str) -> None:
        self._stacks.add_event(
            stack["StackId"], stack["StackName"], logical_id, STACK, status, reason, physical_id
        )
