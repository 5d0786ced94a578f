"""When a schedule comes due.

Source: "Schedule types in EventBridge Scheduler": a rate begins with its start date, or at once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_AT: Final = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_RATE: Final = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_SECONDS: Final = {"minute": 60, "hour": 3600, "day": 86_400}
NextOfCron = Callable[[str, datetime], datetime | None]
"""Returns the first moment after another that fits an expression; None where there is none to come."""


class BadSchedule(ValueError):
    """The schedule is refused; the message is AWS's."""


def next_due(schedule: Mapping[str, Any], fired: float | None, next_of_cron: NextOfCron) -> float | None:
    """Return when a schedule comes due next, in seconds since 1970; None where it has come to its end.

    Parameters
    ----------
    schedule
        A record of GetSchedule's.
    fired
        When it came due last; None where it has not yet.
    next_of_cron
        Reads expressions of ``cron``.

    Raises
    ------
    BadSchedule

    Examples
    --------
    >>> berlin = {"ScheduleExpressionTimezone": "Europe/Berlin", "LastModificationDate": 0.0}
    >>> next_due({**berlin, "ScheduleExpression": "at(1970-01-01T02:00:00)"}, None, lambda *_: None)
    3600.0
    >>> next_due({"ScheduleExpression": "rate(5 minutes)", "StartDate": 60}, 400.0, lambda *_: None)
    660.0
    """
    expression, zone = str(schedule.get("ScheduleExpression")), _zone(schedule)
    start = seconds_of(schedule.get("StartDate"))
    begin = float(schedule.get("LastModificationDate") or 0) if start is None else start
    end = seconds_of(schedule.get("EndDate"))
    if once := _AT.fullmatch(expression):
        moment = datetime.fromisoformat(once[1]).replace(tzinfo=zone).timestamp()
        return moment if fired is None else None
    if rate := _RATE.fullmatch(expression):
        pace = int(rate[1]) * _SECONDS[rate[2]]
        due: float | None = (
            begin if fired is None else begin + (math.floor((fired - begin) / pace) + 1) * pace
        )
    elif expression.startswith("cron("):
        after = datetime.fromtimestamp(begin if fired is None else max(fired, begin), zone)
        following = next_of_cron(expression, after)
        due = None if following is None else following.timestamp()
    else:
        raise BadSchedule(f"Invalid Schedule Expression {expression}.")
    return None if due is None or (end is not None and due > end) else due


def seconds_of(value: Any) -> float | None:
    """Return a date of the API (seconds) or of a template (ISO 8601) in seconds since 1970.

    Examples
    --------
    >>> seconds_of("1970-01-01T00:01:00Z"), seconds_of(60), seconds_of(None)
    (60.0, 60.0, None)
    """
    if value is None or isinstance(value, int | float):
        return None if value is None else float(value)
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise BadSchedule(f"{value} is not a date.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _zone(schedule: Mapping[str, Any]) -> ZoneInfo:
    name = str(schedule.get("ScheduleExpressionTimezone") or "UTC")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadSchedule(f"Invalid Schedule Expression Timezone {name}.") from None
