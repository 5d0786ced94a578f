"""Rules: schedules that PutRule takes, and those that it refuses."""

from __future__ import annotations

import pytest

from localcloud.deliveries.events.errors import InvalidRequest
from localcloud.deliveries.events.rules import check_rule


@pytest.mark.parametrize(
    "schedule",
    [
        "rate(1 minute)",
        "rate(7 days)",
        "cron(0 10 * * ? *)",
        "cron(15 12 ? * MON-FRI *)",
        "cron(0/90 8-17 ? JAN,DEC 6#3 2026-2199)",
        "cron(0 0 15W,L * ? *)",
        "cron(59 23 31 12 ? 1970/30)",
    ],
)
def test_valid_schedule_is_accepted(schedule: str) -> None:
    check_rule({"Name": "tick", "ScheduleExpression": schedule}, "default")


@pytest.mark.parametrize(
    "schedule",
    [
        "every minute",
        "rate(1 minutes)",
        "rate(0 minutes)",
        "at(2026-01-01T00:00:00)",
        "cron(0 10 * * *)",
        "cron(0 10 * * * *)",
        "cron(60 10 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 0 32 * ? *)",
        "cron(0 0 ? 13 * *)",
        "cron(0 0 ? * 8 *)",
        "cron(0 0 ? * 1 2200)",
        "cron(0 10 * * ? *",
    ],
)
def test_schedule_that_never_fires_is_refused(schedule: str) -> None:
    with pytest.raises(InvalidRequest, match="Parameter ScheduleExpression is not valid"):
        check_rule({"Name": "tick", "ScheduleExpression": schedule}, "default")
