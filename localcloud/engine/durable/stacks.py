"""CloudFormation's stacks: what a start makes of an operation that an end of the process cut off."""

from __future__ import annotations

from typing import Any

from localcloud.engine.ministack.cloudformation import cloudformation
from localcloud.engine.ministack.types import Store
from localcloud.engine.patching import Record

# Not under way: it waits for a change set to be executed.
WAITING = "REVIEW_IN_PROGRESS"
REASON = "The local cloud ended during the operation; update the stack to go on"
CREATED = ("CREATE_IN_PROGRESS", "IMPORT_IN_PROGRESS")


def _stores() -> tuple[Store, Store, Store]:
    return cloudformation.stacks, cloudformation.stack_events, cloudformation.change_sets


def in_progress() -> bool:
    """Say whether any stack is being created, updated or deleted."""
    stacks, _events, _change_sets = _stores()
    return any(_under_way(stack) for stack in stacks.all_values())


def _under_way(stack: Record) -> bool:
    status = str(stack.get("StackStatus", ""))
    return status.endswith("_IN_PROGRESS") and status != WAITING


def settle_stacks() -> None:
    """Leave no stack under way: one that has resources can be updated, one that has none is no stack."""
    stacks, events, change_sets = _stores()
    for place, stack in stacks.all_items():
        if not _under_way(stack):
            continue
        status = stack["StackStatus"]
        if status in CREATED and not stack.get("_resources"):
            del stacks._data[place]
            _forget(events, lambda entry, of=stack: entry.get("StackId") == of.get("StackId"))
            _forget(change_sets, lambda entry, of=stack: entry.get("StackId") == of.get("StackId"))
        else:
            stack["StackStatus"] = settled(status)
            stack["StackStatusReason"] = REASON
            if status in CREATED:
                stack["_template"] = _of_what_there_is(stack)


def settled(status: str) -> str:
    """Return the status that an operation is left in.

    Examples
    --------
    >>> settled("UPDATE_IN_PROGRESS"), settled("DELETE_IN_PROGRESS"), settled("ROLLBACK_IN_PROGRESS")
    ('UPDATE_ROLLBACK_COMPLETE', 'DELETE_FAILED', 'ROLLBACK_FAILED')
    """
    if status.startswith("DELETE"):
        return "DELETE_FAILED"
    return "ROLLBACK_FAILED" if status.startswith("ROLLBACK") else "UPDATE_ROLLBACK_COMPLETE"


def _of_what_there_is(stack: Record) -> Record:
    """Return the template without what was not created yet: an update then adds it."""
    template = stack.get("_template") or {}
    resources = template.get("Resources") or {}
    there: Record = stack["_resources"]
    return {**template, "Resources": {name: part for name, part in resources.items() if name in there}}


def _forget(store: Any, belongs: Any) -> None:
    for place, entry in store.all_items():
        entries = entry if isinstance(entry, list) else [entry]
        if any(isinstance(part, dict) and belongs(part) for part in entries):
            del store._data[place]
