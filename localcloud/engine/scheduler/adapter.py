"""MiniStack's schedules, fired when they are due, and CloudFormation's resources of them.

MiniStack looks every ten seconds, knows no time zone, forgets with a restart that a schedule of one time has
fired, and drops half of the properties that a template gives.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from localcloud.deliveries.facade import EventsError, parse_target
from localcloud.engine.ministack.eventbridge import EventBridge, eventbridge
from localcloud.engine.ministack.provisioners import provisioners
from localcloud.engine.ministack.scheduler import Scheduler, scheduler
from localcloud.engine.patching import Function, Record, Response
from localcloud.engine.scheduler.firing import Firing
from localcloud.engine.scheduler.timing import BadSchedule, next_due, seconds_of

logger = logging.getLogger("localcloud.deliveries")
KIND: Final = "AWS::Scheduler::Schedule"
TARGETS: Final = frozenset({"lambda", "sqs", "sns", "states", "event-bus", "kinesis", "firehose"})
_FIRED: Final = "LastFired"
_LONGEST_NAME: Final = 64
# The machine may have slept meanwhile.
_LONGEST_WAIT: Final = 60.0
Created = tuple[str, dict[str, Any]]


class SchedulerAdapter:
    """Fires schedules.

    Parameters
    ----------
    scheduler, events
        MiniStack's modules.
    """

    def __init__(self, scheduler: Scheduler, events: EventBridge) -> None:
        self._scheduler, self._events = scheduler, events
        self._schedules = scheduler.schedules
        self._refuse = scheduler.error
        self._fields, self._next = events.parse_cron_fields, events.cron_next_fire
        self._firing = Firing(events)
        self._woken = threading.Event()

    def install(self) -> None:
        """Take over."""
        Scheduler.tick_schedules.replace(self.tick)
        Scheduler.ticker_loop.replace(self._follow)
        Scheduler.create_schedule.wrap(self._checked)
        Scheduler.update_schedule.wrap(self._checked)
        self._made_up = provisioners.physical_name
        handlers = provisioners.resource_handlers
        handlers[KIND] = {
            "create": self.create,
            "update": self.update,
            "update_with_logical_id": True,
            "delete": self.delete,
        }

    def tick(self) -> float:
        """Fire what is due, and return in how many seconds the next one is."""
        now, soonest = self._scheduler.time_module.time(), _LONGEST_WAIT
        for (account, region, key), schedule in list(self._schedules.all_items()):
            if schedule.get("State") != "ENABLED":
                continue
            try:
                due = next_due(schedule, schedule.get(_FIRED), self._next_of_cron)
            except BadSchedule as error:
                logger.warning("EventBridge Scheduler: %s cannot be read: %s", schedule.get("Arn"), error)
                continue
            if due is not None and due <= now:
                # As of now: what was missed while nothing ran comes once.
                schedule[_FIRED] = now
                self._firing.fire(schedule, due, account, region)
                due = next_due(schedule, now, self._next_of_cron)
            if due is not None:
                soonest = min(soonest, due - now)
            elif schedule.get("ActionAfterCompletion") == "DELETE":
                self._schedules._data.pop((account, region, key), None)
        return max(0.0, soonest)

    def create(self, logical_id: str, props: Record, stack: str) -> Created:
        """Create a schedule for CloudFormation.

        Raises
        ------
        ValueError
            Scheduler refuses it.
        """
        name = str(props.get("Name") or self._made_up(stack, logical_id, max_len=_LONGEST_NAME))
        return name, {"Arn": self._call(self._scheduler.create_schedule, name, props)["ScheduleArn"]}

    def update(
        self, physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> Created:
        """Update in place; another name or group replaces the schedule."""
        if any(old.get(name) != new.get(name) for name in ("Name", "GroupName")):
            return self.create(logical_id or physical_id, new, stack)
        return physical_id, {
            "Arn": self._call(self._scheduler.update_schedule, physical_id, new)["ScheduleArn"]
        }

    def delete(self, physical_id: str, props: Record) -> None:
        """Delete a schedule; one that has gone already is no error."""
        self._scheduler.delete_schedule(physical_id, {"groupName": props.get("GroupName") or "default"})

    def _call(self, operation: Callable[[str, Record], Response], name: str, props: Record) -> Record:
        status, _headers, body = operation(name, {**props})
        document: Record = json.loads(body)
        if status >= 300:
            code = f"Status Code: {status}, Error Code: {document.get('__type')}"
            raise ValueError(f"{document.get('Message')} (Service: Scheduler, {code})")
        return document

    def _checked(self, before: Function) -> Function:
        def run(name: str, body: Record) -> Response:
            try:
                next_due({"LastModificationDate": 0, **body}, 0.0, self._next_of_cron)
                _check_target(body.get("Target") or {})
                body = {**body, **{key: seconds_of(body.get(key)) for key in ("StartDate", "EndDate")}}
            except (BadSchedule, EventsError) as error:
                refusal: Response = self._refuse(400, "ValidationException", str(error))
                return refusal
            response: Response = before(name, body)
            self._woken.set()
            return response

        return run

    def _next_of_cron(self, expression: str, after: datetime) -> datetime | None:
        fields = self._fields(expression)
        if fields is None:
            raise BadSchedule(f"Invalid Schedule Expression {expression}.")
        moment: datetime | None = self._next(fields, after)
        return moment

    def _follow(self) -> None:
        """Sleep until the next schedule is due, or another one is there."""
        while True:
            self._woken.clear()
            try:
                seconds = self.tick()
            except Exception:
                logger.exception("EventBridge Scheduler: a look at the schedules broke")
                seconds = 10.0
            self._woken.wait(min(seconds, _LONGEST_WAIT))


def _check_target(target: Record) -> None:
    kind = parse_target({"Id": "target", **target}).arn.kind if target.get("Arn") else "lambda"
    if kind not in TARGETS:
        raise BadSchedule(f"the local cloud invokes no target of the kind {kind}")


def install() -> None:
    """Put ours in the place of MiniStack's; to be called after the mends."""
    SchedulerAdapter(scheduler, eventbridge).install()
