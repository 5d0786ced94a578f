"""What CloudFormation tells of a stack's resources, one step after the other, with those of nested stacks."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef

STACK: Final = "AWS::CloudFormation::Stack"
# "cancelled" is what CloudFormation says of the others once one has failed.
_CANCELLED: Final = "cancelled"


@dataclass(frozen=True)
class ResourceEvent:
    """One step of the deployment, as CloudFormation tells it.

    Attributes
    ----------
    logical_id
        Of a nested stack's resource, behind the logical ids of the stacks that lead to it, with dots.
    """

    logical_id: str
    resource_type: str
    status: str
    reason: str | None = None


@dataclass
class _Followed:
    """A stack whose events are read."""

    stack_id: str
    name: str
    seen: set[str] = field(default_factory=set)

    def named(self, logical_id: str) -> str:
        return f"{self.name}.{logical_id}" if self.name else logical_id


class EventReader:
    """Reads the events of a stack, and of each nested stack that they speak of.

    Parameters
    ----------
    stack
        The stack's name or id; it need not be there yet.
    """

    def __init__(self, cloudformation: CloudFormationClient, stack: str) -> None:
        self._cloudformation = cloudformation
        self._root = _Followed(stack, "")
        self._followed: dict[str, _Followed] = {}

    def skip(self) -> None:
        """Pass over what has happened so far, in the stack and in those that it nests now."""
        events = self._skip(self._root)
        # Most stacks nest none, and what they have may be many pages.
        if any(_names_another(event) for event in events):
            for name, stack_id in nested_ids(self._cloudformation, self._root.stack_id):
                self._followed[stack_id] = _Followed(stack_id, name)
                self._skip(self._followed[stack_id])

    def _skip(self, followed: _Followed) -> list[StackEventTypeDef]:
        events = all_events(self._cloudformation, followed.stack_id)
        followed.seen.update(event["EventId"] for event in events)
        return events

    def fresh(self) -> list[ResourceEvent]:
        """Return the events since the last call, oldest first, those of nested stacks among them."""
        waiting = [self._root, *self._followed.values()]
        events: list[tuple[StackEventTypeDef, _Followed]] = []
        while waiting:
            events += self._fresh(waiting.pop(), waiting)
        events.sort(key=lambda pair: pair[0]["Timestamp"])
        return [
            ResourceEvent(
                logical_id=followed.named(event.get("LogicalResourceId", followed.stack_id)),
                resource_type=event.get("ResourceType", ""),
                status=event.get("ResourceStatus", ""),
                reason=event.get("ResourceStatusReason"),
            )
            for event, followed in events
            # What a nested stack says of itself, its resource in the stack above says too.
            if followed is self._root or event.get("PhysicalResourceId") != event["StackId"]
        ]

    def _fresh(
        self, followed: _Followed, waiting: list[_Followed]
    ) -> Iterator[tuple[StackEventTypeDef, _Followed]]:
        events = all_events(self._cloudformation, followed.stack_id, followed.seen)[::-1]
        followed.seen.update(event["EventId"] for event in events)
        for event in events:
            inner = event.get("PhysicalResourceId", "")
            if _names_another(event) and inner not in self._followed:
                name = followed.named(event.get("LogicalResourceId", ""))
                self._followed[inner] = _Followed(inner, name)
                waiting.append(self._followed[inner])
            yield event, followed


def _names_another(event: StackEventTypeDef) -> bool:
    """Say whether an event tells of a nested stack that is there."""
    inner = event.get("PhysicalResourceId", "")
    return event.get("ResourceType") == STACK and inner.startswith("arn:") and inner != event["StackId"]


def causes(events: list[ResourceEvent]) -> list[ResourceEvent]:
    """Return the failures that others follow from: of a nested stack that failed, its resource's own.

    Examples
    --------
    >>> stack = ResourceEvent("Figures", "AWS::CloudFormation::Stack", "CREATE_FAILED", "Embedded stack ...")
    >>> table = ResourceEvent("Figures.Table", "AWS::DynamoDB::Table", "CREATE_FAILED", "Invalid KeySchema")
    >>> [event.logical_id for event in causes([table, stack])]
    ['Figures.Table']
    """
    failed = [
        event
        for event in events
        if event.status.endswith("FAILED") and _CANCELLED not in (event.reason or "")
    ]
    return [
        event
        for event in failed
        if event.resource_type != STACK
        or not any(other.logical_id.startswith(f"{event.logical_id}.") for other in failed)
    ]


def nested_ids(cloudformation: CloudFormationClient, stack: str, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the nested stacks of one, as deep as they go: name in the whole, and id."""
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
        for resource in page["StackResourceSummaries"]:
            stack_id = resource.get("PhysicalResourceId", "")
            if (
                resource["ResourceType"] == STACK
                and stack_id
                and resource["ResourceStatus"] != "DELETE_COMPLETE"
            ):
                below = f"{name}.{resource['LogicalResourceId']}" if name else resource["LogicalResourceId"]
                yield below, stack_id
                yield from nested_ids(cloudformation, stack_id, below)


def all_events(
    cloudformation: CloudFormationClient, name: str, seen: Set[str] = frozenset()
) -> list[StackEventTypeDef]:
    """Return events, newest first, back to those seen: a stack's life may be many pages."""
    events: list[StackEventTypeDef] = []
    for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=name):
        fresh = [event for event in page["StackEvents"] if event["EventId"] not in seen]
        events += fresh
        if len(fresh) < len(page["StackEvents"]):
            break
    return events
