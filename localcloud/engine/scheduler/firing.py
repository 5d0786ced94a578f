"""One occurrence of a schedule: its input, and the way to its target."""

from __future__ import annotations

import logging
import time
import uuid

from localcloud.engine.ministack.eventbridge import EventBridge
from localcloud.engine.ministack.responses import responses
from localcloud.engine.patching import Record

logger = logging.getLogger("localcloud.deliveries")


class Firing:
    """Hands occurrences to EventBridge's deliveries, with retries and dead letters.

    Parameters
    ----------
    events
        MiniStack's module.
    """

    def __init__(self, events: EventBridge) -> None:
        self._events, self._scope = events, responses.request_scope

    def fire(self, schedule: Record, due: float, account: str, region: str) -> None:
        """Invoke a schedule's target."""
        target = dict(schedule.get("Target") or {})
        if "Input" in target:
            target["Input"] = filled(str(target["Input"]), schedule, due)
        event = {
            "EventId": str(uuid.uuid4()),
            "Source": "aws.scheduler",
            "DetailType": "Scheduled Event",
            "Detail": "{}",
            "Time": due,
            "Resources": [schedule.get("Arn", "")],
            "Account": account,
            "Region": region,
        }
        with self._scope(account, region):
            try:
                if ":event-bus/" in str(target.get("Arn")):
                    self._put(target)
                else:
                    # By its name at each call: deliveries have taken its place.
                    self._events.invoke_target(target, event, schedule)
            except Exception:
                logger.exception("EventBridge Scheduler: %s could not be invoked", schedule.get("Arn"))

    def _put(self, target: Record) -> None:
        """Put an event of the schedule's own on a bus."""
        own = target.get("EventBridgeParameters") or {}
        entry = {
            "EventBusName": target["Arn"],
            "Source": own.get("Source", ""),
            "DetailType": own.get("DetailType", ""),
            "Detail": target.get("Input") or "{}",
        }
        self._events.put_events({"Entries": [entry]})


def filled(text: str, schedule: Record, due: float) -> str:
    """Return an input with the context attributes of Scheduler.

    Examples
    --------
    >>> filled('{"at": "<aws.scheduler.scheduled-time>"}', {"Arn": "a"}, 60)
    '{"at": "1970-01-01T00:01:00Z"}'
    """
    if "<aws.scheduler." not in text:
        return text
    values = {
        "schedule-arn": str(schedule.get("Arn", "")),
        "scheduled-time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(due)),
        "execution-id": str(uuid.uuid4()),
        "attempt-number": "1",
    }
    for name, value in values.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text
