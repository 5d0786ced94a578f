"""What CloudFormation tells of a stack's resources, one step after the other."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef


@dataclass(frozen=True)
class ResourceEvent:
    """One step of the deployment, as CloudFormation tells it."""

    logical_id: str
    resource_type: str
    status: str
    reason: str | None = None


def all_events(
    cloudformation: CloudFormationClient, name: str, seen: Set[str] = frozenset()
) -> list[StackEventTypeDef]:
    """Return events, newest first, back to those seen: a stack's life may be many pages."""
    found: list[StackEventTypeDef] = []
    for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=name):
        fresh = [event for event in page["StackEvents"] if event["EventId"] not in seen]
        found += fresh
        if len(fresh) < len(page["StackEvents"]):
            break
    return found


def new_events(cloudformation: CloudFormationClient, name: str, seen: set[str]) -> list[ResourceEvent]:
    """Return the events not in ``seen``, oldest first, and add them to it."""
    fresh = all_events(cloudformation, name, seen)[::-1]
    seen.update(event["EventId"] for event in fresh)
    return [
        ResourceEvent(
            logical_id=event.get("LogicalResourceId", name),
            resource_type=event.get("ResourceType", ""),
            status=event.get("ResourceStatus", ""),
            reason=event.get("ResourceStatusReason"),
        )
        for event in fresh
    ]
