"""Rules: what PutRule refuses. Patterns and cron expressions beyond their form are the engine's to read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from localcloud.deliveries.events.errors import InvalidRequest, unmet
from localcloud.deliveries.events.patterns import check_pattern

_NAME: Final = re.compile(r"[\.\-_A-Za-z0-9]+", re.ASCII)
_RATE: Final = re.compile(r"rate\((\d+) (minute|hour|day)(s?)\)")
# Minutes, hours, days of the month, months, days of the week, years.
_CRON_RANGES: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199))
_NUMBERS: Final = re.compile(r"(?<![/\d])\d+", re.ASCII)  # the steps behind a slash are none
_STATES: Final = ("ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")
MOST_NAME: Final = 64


def check_rule(request: Mapping[str, Any], bus: str) -> None:
    """Refuse a rule that AWS refuses.

    Parameters
    ----------
    bus
        The name of the rule's bus.

    Raises
    ------
    EventsError

    Examples
    --------
    >>> check_rule({"Name": "tick", "ScheduleExpression": "rate(1 minutes)"}, "default")
    Traceback (most recent call last):
    localcloud.deliveries.events.errors.InvalidRequest: Parameter ScheduleExpression is not valid.
    """
    name = str(request.get("Name") or "")
    if len(name) > MOST_NAME:
        raise unmet(name, "name", f"Member must have length less than or equal to {MOST_NAME}")
    if not _NAME.fullmatch(name):
        raise unmet(name, "name", r"Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+")
    schedule = request.get("ScheduleExpression")
    if not schedule and not request.get("EventPattern"):
        raise InvalidRequest("Parameter(s) EventPattern or ScheduleExpression must be specified.")
    if request.get("EventPattern"):
        check_pattern(request["EventPattern"])
    if schedule and bus != "default":
        raise InvalidRequest("ScheduleExpression is supported only on the default event bus.")
    if schedule and not (_is_rate(str(schedule)) or _is_cron(str(schedule))):
        raise InvalidRequest("Parameter ScheduleExpression is not valid.")
    state = request.get("State")
    if state and state not in _STATES:
        raise unmet(state, "state", f"Member must satisfy enum value set: [{', '.join(_STATES)}]")


def _is_rate(text: str) -> bool:
    match = _RATE.fullmatch(text)
    # One minute is a minute, and everything else minutes.
    return match is not None and int(match[1]) > 0 and (int(match[1]) == 1) == (not match[3])


def _is_cron(text: str) -> bool:
    """Return whether there are six fields, a question mark for a kind of day, and numbers in their ranges."""
    fields = text[5:-1].split() if text.startswith("cron(") and text.endswith(")") else []
    if len(fields) != len(_CRON_RANGES) or "?" not in {fields[2], fields[4]}:
        return False
    return all(
        least <= int(number) <= most
        for field, (least, most) in zip(fields, _CRON_RANGES, strict=True)
        for number in _NUMBERS.findall(field)
    )
