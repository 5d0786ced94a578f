"""PutEvents: what EventBridge takes, and what it answers for entries that it does not."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from localcloud.deliveries.facade import InvalidRequest
from localcloud.engine.ministack.eventbridge import EventBridge
from localcloud.engine.patching import Record

logger = logging.getLogger("localcloud.deliveries")

DEFAULT: Final = "default"
MOST_ENTRIES: Final = 10
# "The total entry size must be less than 1 MB"; a time counts as 14 bytes.
MOST_BYTES: Final = 1024 * 1024
TIME_BYTES: Final = 14
_REQUIRED: Final = ("Source", "DetailType", "Detail")
_MEMBER: Final = (
    "1 validation error detected: Value '{}' at 'entries' failed to satisfy constraint: Member must"
)


class Putting:
    """Takes events, in the place of MiniStack's operation.

    Parameters
    ----------
    events
        MiniStack's module.
    """

    def __init__(self, events: EventBridge) -> None:
        self._events = events
        self._bus_name = events.event_bus_name_from_ref
        self._buses = events.event_buses
        self._new_id = events.new_uuid
        self._account, self._region = events.get_account_id, events.get_region

    def put(self, request: Record, *, allow_aws_source: bool = False) -> Record:
        """Put events on their buses, and return the operation's result.

        Parameters
        ----------
        allow_aws_source
            Whether it is a service of AWS's own that puts them.

        Raises
        ------
        InvalidRequest
        """
        entries = request.get("Entries") or []
        check_request(entries)
        results = [self._put(entry, allow_aws_source=allow_aws_source) for entry in entries]
        return {"FailedEntryCount": sum("ErrorCode" in result for result in results), "Entries": results}

    def _put(self, entry: Record, *, allow_aws_source: bool) -> Record:
        bus, problem = self._bus_name(entry.get("EventBusName") or DEFAULT)
        if problem:
            return {"ErrorCode": problem[0], "ErrorMessage": problem[1]}
        refusal = entry_error(entry, allow_aws_source=allow_aws_source)
        if refusal is not None:
            return {"ErrorCode": refusal[0], "ErrorMessage": refusal[1]}
        event = {
            "EventId": self._new_id(),
            "Source": entry["Source"],
            "DetailType": entry["DetailType"],
            "Detail": entry["Detail"],
            "EventBusName": bus,
            "Time": int(event_time(entry.get("Time"))),
            "Resources": list(entry.get("Resources") or ()),
            "Account": self._account(),
            "Region": self._region(),
        }
        if entry.get("TraceHeader"):
            event["_Trace"] = entry["TraceHeader"]
        # Each account has the default bus; MiniStack creates it with the first request from outside.
        if bus != DEFAULT and bus not in self._buses:
            # AWS answers the same, and drops the event.
            logger.warning("EventBridge: there is no bus %s: the event %s is dropped", bus, event["EventId"])
            return {"EventId": event["EventId"]}
        # Both by their names at each call: they are wrapped elsewhere.
        view = self._events.pattern_event_view(event)
        self._events.dispatch_event(event, view)
        # A replay belongs to no trace.
        archived = {name: value for name, value in event.items() if not name.startswith("_")}
        self._events.archive_event(archived, view)
        return {"EventId": event["EventId"]}


def check_request(entries: list[Record]) -> None:
    """Refuse a request that is refused as a whole.

    Raises
    ------
    InvalidRequest
    """
    if not 0 < len(entries) <= MOST_ENTRIES:
        side = "greater than or equal to 1" if not entries else f"less than or equal to {MOST_ENTRIES}"
        raise InvalidRequest(f"{_MEMBER.format(len(entries))} have length {side}")
    if sum(map(entry_size, entries)) > MOST_BYTES:
        raise InvalidRequest("Total size of the entries in the request is over the limit.")


def entry_size(entry: Mapping[str, Any]) -> int:
    """Return an entry's size in bytes, as "Calculating PutEvents event entry size" has it.

    Examples
    --------
    >>> entry_size({"Source": "shop", "DetailType": "x", "Detail": "{}", "Time": 0, "Resources": ["a"]})
    22
    """
    texts = [str(entry.get(name) or "") for name in _REQUIRED] + [
        str(item) for item in entry.get("Resources") or ()
    ]
    timed = TIME_BYTES if entry.get("Time") is not None else 0
    return timed + sum(len(text.encode()) for text in texts)


def entry_error(entry: Mapping[str, Any], *, allow_aws_source: bool = False) -> tuple[str, str] | None:
    """Return code and message for an entry that is not taken.

    Examples
    --------
    >>> entry_error({"Source": "shop", "DetailType": "x", "Detail": "no JSON"})
    ('MalformedDetail', 'Detail is malformed.')
    """
    for name in _REQUIRED:
        if not entry.get(name):
            reason = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return "InvalidArgument", reason
    if not allow_aws_source and str(entry["Source"]).startswith("aws."):
        return "NotAuthorizedForSourceException", "Not authorized for the source."
    try:
        detail = json.loads(entry["Detail"])
    except (ValueError, TypeError, RecursionError):
        detail = None
    return None if isinstance(detail, dict) else ("MalformedDetail", "Detail is malformed.")


def event_time(value: Any) -> float:
    """Return an entry's time in seconds since 1970; without one this moment.

    Examples
    --------
    >>> event_time("1970-01-01T00:01:00Z")
    60.0
    """
    if isinstance(value, int | float):
        return float(value)
    try:
        return datetime.fromisoformat(str(value)).timestamp()
    except ValueError:
        return time.time()
