"""The events of a stack and of what it nests: each once, by its name in the whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from localcloud.stack.events import STACK, EventReader, ResourceEvent, causes

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

ROOT = "arn:aws:cloudformation:us-east-1:000000000000:stack/root/1"
CHILD = "arn:aws:cloudformation:us-east-1:000000000000:stack/root-Child/2"
DEEP = "arn:aws:cloudformation:us-east-1:000000000000:stack/root-Child-Deep/3"


class FakeCloudFormation:
    """Has events by stack, newest first, two to a page."""

    def __init__(self, apart: int = 1) -> None:
        self.apart = timedelta(seconds=apart)
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.read: list[str] = []

    def happen(self, stack: str, logical_id: str, kind: str, status: str, physical_id: str = "") -> None:
        number = sum(map(len, self.events.values()))
        event = {
            "EventId": str(number), "StackId": stack, "LogicalResourceId": logical_id, "ResourceType": kind,
            "PhysicalResourceId": physical_id, "ResourceStatus": status,
            "Timestamp": datetime(2026, 11, 30, tzinfo=UTC) + number * self.apart,
        }  # fmt: skip
        self.events.setdefault(stack, []).insert(0, event)

    def get_paginator(self, name: str) -> Any:
        return Pages(self, name)


class Pages:
    def __init__(self, service: FakeCloudFormation, name: str) -> None:
        self.service, self.name = service, name

    def paginate(self, *, StackName: str) -> Iterator[dict[str, Any]]:  # noqa: N803 - boto3's name
        assert self.name == "describe_stack_events"
        self.service.read.append(StackName)
        events = self.service.events.get(StackName, [])
        for first in range(0, max(1, len(events)), 2):
            yield {"StackEvents": events[first : first + 2]}


def reader(service: FakeCloudFormation) -> EventReader:
    return EventReader(cast("CloudFormationClient", service), ROOT)


def printed(events: list[ResourceEvent]) -> list[tuple[str, str]]:
    return [(event.logical_id, event.status) for event in events]


def test_events_of_one_millisecond_start_at_the_parent_and_end_at_the_child() -> None:
    service = FakeCloudFormation(apart=0)
    service.happen(ROOT, "Child", STACK, "CREATE_IN_PROGRESS", CHILD)
    service.happen(CHILD, "Table", "AWS::DynamoDB::Table", "CREATE_IN_PROGRESS")
    service.happen(CHILD, "Table", "AWS::DynamoDB::Table", "CREATE_COMPLETE")
    service.happen(ROOT, "Child", STACK, "CREATE_COMPLETE", CHILD)
    assert printed(reader(service).fresh(final=True)) == [
        ("Child", "CREATE_IN_PROGRESS"),
        ("Child.Table", "CREATE_IN_PROGRESS"),
        ("Child.Table", "CREATE_COMPLETE"),
        ("Child", "CREATE_COMPLETE"),
    ]


def test_nested_event_is_reported_once_in_its_place() -> None:
    service = FakeCloudFormation()
    events = reader(service)
    service.happen(ROOT, "root", STACK, "CREATE_IN_PROGRESS", ROOT)
    service.happen(ROOT, "Child", STACK, "CREATE_IN_PROGRESS", CHILD)
    service.happen(CHILD, "root-Child", STACK, "CREATE_IN_PROGRESS", CHILD)
    service.happen(CHILD, "Deep", STACK, "CREATE_IN_PROGRESS", DEEP)
    service.happen(DEEP, "Queue", "AWS::SQS::Queue", "CREATE_COMPLETE", "url")
    assert printed(events.fresh()) == [
        ("root", "CREATE_IN_PROGRESS"),
        ("Child", "CREATE_IN_PROGRESS"),
        ("Child.Deep", "CREATE_IN_PROGRESS"),
        ("Child.Deep.Queue", "CREATE_COMPLETE"),
    ]
    service.happen(ROOT, "Child", STACK, "CREATE_COMPLETE", CHILD)
    assert printed(events.fresh()) == [("Child", "CREATE_COMPLETE")]
    assert events.fresh() == []


def test_earlier_events_of_nested_stacks_are_ignored() -> None:
    service = FakeCloudFormation()
    service.happen(ROOT, "Child", STACK, "CREATE_COMPLETE", CHILD)
    for number in range(5):
        service.happen(CHILD, f"Queue{number}", "AWS::SQS::Queue", "CREATE_COMPLETE", "url")
    events = reader(service)
    events.skip()
    assert events.fresh() == []
    service.happen(ROOT, "root", STACK, "UPDATE_IN_PROGRESS", ROOT)
    service.happen(ROOT, "Child", STACK, "UPDATE_IN_PROGRESS", CHILD)
    service.happen(CHILD, "Queue0", "AWS::SQS::Queue", "UPDATE_COMPLETE", "url")
    assert printed(events.fresh())[-1] == ("Child.Queue0", "UPDATE_COMPLETE")


def test_nested_stack_is_read_while_it_changes_and_at_the_end() -> None:
    service = FakeCloudFormation()
    events = reader(service)
    service.happen(ROOT, "Child", STACK, "CREATE_IN_PROGRESS", CHILD)
    events.fresh()
    service.happen(CHILD, "Queue", "AWS::SQS::Queue", "CREATE_COMPLETE", "url")
    service.happen(ROOT, "Child", STACK, "CREATE_COMPLETE", CHILD)
    assert printed(events.fresh()) == [("Child.Queue", "CREATE_COMPLETE"), ("Child", "CREATE_COMPLETE")]
    service.read.clear()
    assert events.fresh() == []
    assert service.read == [ROOT]
    service.happen(CHILD, "Queue", "AWS::SQS::Queue", "DELETE_COMPLETE", "url")
    assert printed(events.fresh(final=True)) == [("Child.Queue", "DELETE_COMPLETE")]


def test_causes_exclude_cancelled_and_nested_failures() -> None:
    def failed(logical_id: str, kind: str, reason: str) -> ResourceEvent:
        return ResourceEvent(logical_id, kind, "CREATE_FAILED", reason)

    table = failed("A.B.Table", "AWS::DynamoDB::Table", "Invalid KeySchema")
    alone = failed("C", STACK, "Parameters: [X] must have values")
    others = [
        failed("A", STACK, "Embedded stack"),
        failed("A.B", STACK, "Embedded stack"),
        failed("A.B.Queue", "AWS::SQS::Queue", "Resource creation cancelled"),
        ResourceEvent("A.B.Topic", "AWS::SNS::Topic", "CREATE_COMPLETE"),
    ]
    assert causes([table, *others, alone]) == [table, alone]
