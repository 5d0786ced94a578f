"""MiniStack's alarms, evaluated on time: one timer, and only while there are alarms."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

from localcloud.engine.ministack.cloudwatch import CloudWatch
from localcloud.engine.ministack.facade import Patch
from localcloud.engine.ministack.responses import responses
from localcloud.engine.patching import Function, Record, Response
from localcloud.engine.watchtower.changes import Changes
from localcloud.watchtower.facade import (
    Alarm,
    AlarmCondition,
    AlarmError,
    MetricStore,
    alarm_of,
    look,
    short,
    step_of,
)

logger = logging.getLogger("localcloud.watchtower")
# Members of PutMetricAlarm that MiniStack leaves out.
LEFT_OUT: Final = ("Metrics", "InsufficientDataActions", "EvaluateLowSampleCountPercentile")
OF_A_METRIC: Final = (
    *("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Unit", "Dimensions"),
)
# Counts that arrive right at a period's end belong to it.
GRACE_SECONDS: Final = 0.05


class Alarms:
    """Evaluates alarms and carries out what they do.

    Parameters
    ----------
    cloudwatch
        MiniStack's module.
    collect
        Brings the store up to date.
    store
        Returns the metrics of an account and Region.

    Attributes
    ----------
    factor : int
        How many times faster than time alarms run: at 60, a period of a minute is over in a second.
    """

    def __init__(
        self,
        cloudwatch: CloudWatch,
        collect: Callable[[], Awaitable[None]],
        store: Callable[[str, str], MetricStore],
        changes: Changes,
    ) -> None:
        self.factor = 1
        self._cloudwatch = cloudwatch
        self._collect, self._store, self._changes = collect, store, changes
        self._scope = responses.request_scope
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._evaluating: asyncio.Task[None] | None = None
        self._refused: set[str] = set()

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Evaluate on this event loop."""
        self._loop = loop
        self._changes.attach(loop)
        self.arm()

    def install(self) -> None:
        """Take over from MiniStack."""
        module = self._cloudwatch
        CloudWatch.evaluate_alarm.replace(lambda _alarm: None)
        CloudWatch.evaluate_all_alarms.replace(lambda: None)
        CloudWatch.dispatch_alarm_actions.replace(self._changes.changed)
        self._arm_after(CloudWatch.cloudformation_put_metric_alarm)
        self._arm_after(CloudWatch.put_composite_alarm)
        self._arm_after(CloudWatch.restore_state)

        @CloudWatch.put_metric_alarm.wrap
        def _(before: Function) -> Function:
            def put(params: Any, members: Record, *protocol: bool) -> Response:
                try:
                    alarm_of(members)
                except AlarmError as error:
                    refused: Response = module.error("ValidationError", str(error), 400, use_json=True)
                    return refused
                response: Response = before(params, members, *protocol)
                if response[0] == 200:
                    complete(module.alarms[members["AlarmName"]], members)
                    self.arm()
                return response

            return put

    def _arm_after(self, name: Patch[Any]) -> None:
        @name.wrap
        def _(before: Function) -> Function:
            def put(*arguments: Any) -> Any:
                result = before(*arguments)
                self.arm()
                return result

            return put

    def all(self) -> Iterator[tuple[str, str, Record]]:
        """Return each metric alarm with its account and Region."""
        for (account, region, _name), record in list(self._cloudwatch.alarms.all_items()):
            yield account, region, record

    def describe(self) -> dict[str, object]:
        """Return the factor and each alarm's state."""
        composites = [item for _, item in self._cloudwatch.composite_alarms.all_items()]
        return {
            "factor": self.factor,
            "alarms": {
                record["AlarmName"]: {"state": record["StateValue"], "reason": record["StateReason"]}
                for record in [*(record for _, _, record in self.all()), *composites]
            },
        }

    # ── time ──────────────────────────────────────────────────────────────

    def arm(self) -> None:
        """See to it that alarms are evaluated; to be called when there may be a new one."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._arm)

    def run_faster(self, factor: int) -> None:
        """Run faster than time, or as fast as it again."""
        self.factor = factor
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.arm()

    def _arm(self) -> None:
        if self._loop is None or self._timer is not None or self._evaluating is not None:
            return
        step = self._step()
        if step is None:
            return
        now = time.time()
        at = int(now // step + 1) * step
        self._timer = self._loop.call_later(at - now + GRACE_SECONDS, self._tick, at)

    def _step(self) -> int | None:
        """Return the seconds between two evaluations; None where there are no alarms."""
        steps = [step_of(int(record.get("Period") or 60)) for _, _, record in self.all()]
        return short(min(steps), self.factor) if steps else None

    def _tick(self, at: int) -> None:
        self._timer = None
        self._evaluating = asyncio.get_running_loop().create_task(self._evaluate(at))

    async def _evaluate(self, at: int) -> None:
        try:
            await self.evaluate(at)
        except Exception:
            logger.exception("the alarms could not be evaluated")
        finally:
            self._evaluating = None
            self._arm()

    async def evaluate_now(self) -> None:
        """Evaluate all alarms as if the period that is running were over."""
        step = self._step()
        if step is not None:
            await self.evaluate(int(time.time() // step + 1) * step)

    async def evaluate(self, at: int) -> None:
        """Evaluate all alarms at the end of a period."""
        await self._collect()
        for account, region, record in self.all():
            alarm = self._read(record)
            if alarm is not None and at % short(step_of(alarm.period), self.factor) == 0:
                now = time.time()
                verdict = look(alarm, self._store(account, region), at, now, scale=self.factor)
                if verdict is not None and verdict.state != record["StateValue"]:
                    with self._scope(account, region):
                        after = AlarmCondition(verdict.state, verdict.reason, now, verdict.data)
                        self._changes.move(record, after)

    def _read(self, record: Record) -> Alarm | None:
        try:
            return alarm_of(record)
        except AlarmError as error:
            if record["AlarmArn"] not in self._refused:
                self._refused.add(record["AlarmArn"])
                logger.warning("alarm %s is not evaluated: %s", record["AlarmName"], error)
            return None


def complete(record: Record, members: Record) -> None:
    """Give a stored alarm the members that MiniStack left out of it."""
    for name in LEFT_OUT:
        if members.get(name):
            record[name] = members[name]
    if record.get("Metrics"):
        for name in OF_A_METRIC:
            record.pop(name, None)
