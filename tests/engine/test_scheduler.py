"""EventBridge Scheduler: due on time, in a time zone, with what a template says of it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.engine.scheduler.timing import BadSchedule, next_due
from tests.engine.event_rules import ROLE, Mailbox
from tests.engine.world import World

NOON = 1_795_953_600.0  # 2026-11-29T12:00:00Z


def whole_hours(_expression: str, after: datetime) -> datetime:
    return after.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


@pytest.mark.parametrize(
    ("schedule", "fired", "due"),
    [
        ({"ScheduleExpression": "at(2026-11-29T13:00:00)"}, None, NOON + 3600),
        ({"ScheduleExpression": "at(2026-11-29T13:00:00)"}, NOON + 3600, None),
        (
            {"ScheduleExpression": "at(2026-11-29T13:00:00)", "ScheduleExpressionTimezone": "Europe/Berlin"},
            None,
            NOON,
        ),
        ({"ScheduleExpression": "rate(1 hour)"}, None, NOON),
        ({"ScheduleExpression": "rate(1 hour)"}, NOON + 10, NOON + 3600),
        ({"ScheduleExpression": "rate(5 minutes)", "StartDate": NOON + 600}, None, NOON + 600),
        ({"ScheduleExpression": "rate(1 day)", "EndDate": "2026-11-30T00:00:00Z"}, NOON + 1, None),
        ({"ScheduleExpression": "cron(0 * * * ? *)"}, None, NOON + 3600),
    ],
)
def test_due_schedule_reaches_its_target(
    schedule: dict[str, Any], fired: float | None, due: float | None
) -> None:
    assert next_due({"LastModificationDate": NOON, **schedule}, fired, whole_hours) == due


@pytest.mark.parametrize(
    "values",
    [
        {"ScheduleExpression": "every day"},
        {"ScheduleExpression": "at(2026-11-29T13:00:00)", "ScheduleExpressionTimezone": "Mars/Olympus"},
        {"ScheduleExpression": "rate(1 hour)", "EndDate": "soon"},
    ],
)
def test_invalid_schedule_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(BadSchedule):
        next_due(values, None, whole_hours)


def test_template_rate_starts_at_once_with_its_context(world: World) -> None:
    box, scheduler = Mailbox(world), world.client("scheduler")
    target = {"Arn": box.arn, "RoleArn": ROLE, "Input": '{"by": "<aws.scheduler.schedule-arn>"}'}
    properties = {
        "ScheduleExpression": "rate(1 hour)",
        "ScheduleExpressionTimezone": "Europe/Berlin",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "EndDate": "2199-01-01T00:00:00Z",
        "Target": target,
    }
    stack = world.deploy({"Tick": {"Type": "AWS::Scheduler::Schedule", "Properties": properties}})
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    name = stack.physical_ids()["Tick"]
    described = scheduler.get_schedule(Name=name)
    assert json.loads(box.next()["Body"]) == {"by": described["Arn"]}
    assert (described["ScheduleExpressionTimezone"], described["EndDate"].year) == ("Europe/Berlin", 2199)
    stack.delete()
    with pytest.raises(ClientError):
        scheduler.get_schedule(Name=name)


def test_universal_target_is_refused(world: World) -> None:
    with pytest.raises(ClientError, match="invokes no target of the kind scheduler"):
        world.client("scheduler").create_schedule(
            Name=world.name("schedule"),
            ScheduleExpression="rate(1 hour)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "RoleArn": ROLE, "Input": "{}"},
        )
