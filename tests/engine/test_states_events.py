"""The events of executions' statuses, and who waits for them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud.engine.states.listening import may_match
from tests.engine.event_rules import Mailbox
from tests.engine.world import World, wait_until

SOURCE = {"source": ["aws.states"]}


def status_rule(world: World, *statuses: str) -> Mailbox:
    events, box, name = world.client("events"), Mailbox(world), world.name("rule")
    pattern = {**SOURCE, "detail": {"status": [*statuses]}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "t", "Arn": box.arn}])
    return box


def test_rule_receives_the_statuses_that_it_names(world: World) -> None:
    box = status_rule(world, "FAILED")
    world.run({"Good": {"Type": "Succeed"}})
    failed = world.run({"Bad": {"Type": "Fail"}})
    event = json.loads(box.next()["Body"])
    assert event["detail"]["executionArn"] == failed["executionArn"]
    assert (event["detail"]["status"], box.empty()) == ("FAILED", True)


def test_archive_keeps_statuses_that_no_rule_names(world: World) -> None:
    events, name = world.client("events"), world.name("archive")
    bus = events.describe_event_bus()["Arn"]
    events.create_archive(ArchiveName=name, EventSourceArn=bus, EventPattern=json.dumps(SOURCE))
    world.run({"Good": {"Type": "Succeed"}})

    def count() -> bool:
        return bool(events.describe_archive(ArchiveName=name)["EventCount"] >= 2)

    try:
        wait_until(count)
    finally:
        events.delete_archive(ArchiveName=name)


@pytest.mark.parametrize(
    ("pattern", "may"),
    [
        ({}, True),
        (SOURCE, True),
        ({"source": ["shop", "aws.states"]}, True),
        ({"source": ["shop"]}, False),
        ({"source": [{"prefix": "aws."}]}, True),
        ({"source": ["shop", {"prefix": "aws."}]}, True),
        ({"source": [{"anything-but": "aws.states"}]}, True),
        ({"detail-type": ["Step Functions Execution Status Change"]}, True),
        ({"detail-type": ["Object Created"]}, False),
        ({**SOURCE, "detail": {"status": ["FAILED", "SUCCEEDED"]}}, True),
        ({**SOURCE, "detail": {"status": ["FAILED"]}}, False),
        ({**SOURCE, "detail": {"status": {"no": ["FAILED"]}}}, True),
        ({**SOURCE, "detail": {"$or": [{"status": ["FAILED"]}, {"name": ["a"]}]}}, True),
        ({"region": ["us-east-1"]}, True),
    ],
)
def test_pattern_that_names_others_matches_no_success(pattern: dict[str, Any], may: bool) -> None:
    assert may_match(json.dumps(pattern), "SUCCEEDED") is may
