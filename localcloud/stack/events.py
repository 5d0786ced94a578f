"""CloudFormation's reports on a stack's resources, one step after the other, with those of nested stacks."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef

STACK: Final = "AWS::CloudFormation::Stack"
# "cancelled" is what CloudFormation says of the others once one has failed.
_CANCELLED: Final = "cancelled"


@dataclass(frozen=True)
class ResourceEvent:
    """One step of the deployment, as CloudFormation reports it.

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
    """A stack whose events are read.

    Attributes
    ----------
    active
        Whether there may be more: the stack above says that something happens in it, or has just ended.
    ended
        Whether it has ended, by the stack above: one look more is enough.
    """

    stack_id: str
    name: str
    reported: set[str] = field(default_factory=set)
    active: bool = True
    ended: bool = False

    def display_name(self, logical_id: str) -> str:
        return f"{self.name}.{logical_id}" if self.name else logical_id

    @property
    def depth(self) -> int:
        """How many stacks are above it."""
        return len(self.name.split(".")) if self.name else 0


DEEPEST: Final = 1000

_Entry: TypeAlias = "tuple[StackEventTypeDef, _Followed]"


class EventReader:
    """Reads the events of one operation on a stack, and of each nested stack that they speak of.

    Parameters
    ----------
    stack
        The stack's name or id; it need not be there yet.
    """

    def __init__(self, cloudformation: CloudFormationClient, stack: str) -> None:
        self._cloudformation = cloudformation
        self._root = _Followed(stack, "")
        self._nested: dict[str, _Followed] = {}
        self._since: datetime | None = None

    def skip(self) -> None:
        """Pass over what has happened so far."""
        pages = self._cloudformation.get_paginator("describe_stack_events")
        # One page will do: newer events are read back to one of these.
        for page in pages.paginate(StackName=self._root.stack_id):
            self._root.reported.update(event["EventId"] for event in page["StackEvents"])
            break

    def fresh(self, *, final: bool = False) -> list[ResourceEvent]:
        """Return the events since the last call, oldest first, those of nested stacks among them.

        Parameters
        ----------
        final
            Look everywhere once more: the operation has ended.
        """
        events: list[_Entry] = []
        waiting = [self._root]
        # A nested stack is looked at after the one above, which shows whether something happens in it.
        looked: set[str] = set()
        while waiting:
            events += self._fresh(waiting.pop())
            for stack_id, followed in self._nested.items():
                if stack_id not in looked and (followed.active or final):
                    looked.add(stack_id)
                    waiting.append(followed)
        events.sort(key=_order)
        return [
            ResourceEvent(
                logical_id=followed.display_name(event.get("LogicalResourceId", followed.stack_id)),
                resource_type=event.get("ResourceType", ""),
                status=event.get("ResourceStatus", ""),
                reason=event.get("ResourceStatusReason"),
            )
            for event, followed in events
            # What a nested stack says of itself, its resource in the stack above says too.
            if followed is self._root or event.get("PhysicalResourceId") != event["StackId"]
        ]

    def _fresh(self, followed: _Followed) -> list[_Entry]:
        since = None if followed is self._root else self._since
        events = all_events(self._cloudformation, followed.stack_id, followed.reported, since)[::-1]
        followed.reported.update(event["EventId"] for event in events)
        if followed is self._root and self._since is None and events:
            # What nested stacks did before the operation began is old news.
            self._since = events[0]["Timestamp"]
        followed.active = not followed.ended
        for event in events:
            inner = event.get("PhysicalResourceId", "")
            if _names_another(event):
                name = followed.display_name(event.get("LogicalResourceId", ""))
                below = self._nested.setdefault(inner, _Followed(inner, name))
                below.active = True
                below.ended = not event.get("ResourceStatus", "").endswith("IN_PROGRESS")
        return [(event, followed) for event in events]


def _order(entry: _Entry) -> tuple[datetime, int]:
    """Return where an event stands: of one millisecond, what begins above is first, what ends above last."""
    event, followed = entry
    begins = event.get("ResourceStatus", "").endswith("IN_PROGRESS")
    return event["Timestamp"], followed.depth if begins else DEEPEST - followed.depth


def _names_another(event: StackEventTypeDef) -> bool:
    """Say whether an event is about a nested stack that is there."""
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


def all_events(
    cloudformation: CloudFormationClient,
    name: str,
    reported: Set[str] = frozenset(),
    since: datetime | None = None,
) -> list[StackEventTypeDef]:
    """Return events, newest first, back to those seen or too old: a stack's life may be many pages."""
    events: list[StackEventTypeDef] = []
    for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=name):
        fresh = [
            event
            for event in page["StackEvents"]
            if event["EventId"] not in reported and (since is None or event["Timestamp"] >= since)
        ]
        events += fresh
        if len(fresh) < len(page["StackEvents"]):
            break
    return events
