"""Changes of alarms' states: the history, a line in the log, and what they set off."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from typing import Final

from localcloud.engine.ministack.cloudwatch import CloudWatch
from localcloud.engine.ministack.responses import responses
from localcloud.engine.patching import Record
from localcloud.engine.watchtower.actions import Actions, history_of
from localcloud.watchtower.facade import AlarmCondition, Change

logger = logging.getLogger("localcloud.watchtower")
MOST_HISTORY: Final = 2000


class Changes:
    """Takes changes of states, from evaluations, SetAlarmState and composite alarms alike.

    Parameters
    ----------
    cloudwatch
        MiniStack's module.
    """

    def __init__(self, cloudwatch: CloudWatch, actions: Actions) -> None:
        self._cloudwatch, self._actions = cloudwatch, actions
        self._scope = responses.request_scope
        self._loop: asyncio.AbstractEventLoop | None = None
        self._conditions: dict[str, AlarmCondition] = {}

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Act on this event loop."""
        self._loop = loop

    # ── changes ───────────────────────────────────────────────────────────

    def move(self, record: Record, after: AlarmCondition) -> None:
        """Change an alarm's state, and those of the composite alarms that depend on it."""
        module, before = self._cloudwatch, record["StateValue"]
        self._before(record, before)
        record.update(
            StateValue=after.value,
            StateReason=after.reason,
            StateReasonData=after.data,
            StateUpdatedTimestamp=after.moment,
            StateTransitionedTimestamp=after.moment,
        )
        data = json.loads(after.data) if after.data else None
        module.record_history(record["AlarmName"], before, after.value, after.reason, reason_data=data)
        self.changed(record, before, after.value, after.reason)
        module.evaluate_parent_alarms(record)

    def _before(self, record: Record, state: str) -> AlarmCondition:
        """Return what an alarm was like; the first time, what it is like still."""
        condition = self._conditions.get(record["AlarmArn"])
        if condition is None or condition.value != state:
            moment = record.get("AlarmConfigurationUpdatedTimestamp") or time.time()
            reason = str(record.get("StateReason") or "") if record["StateValue"] == state else ""
            condition = AlarmCondition(state, reason or "Unchecked: Initial alarm creation", moment)
            self._conditions[record["AlarmArn"]] = condition
        return condition

    def changed(self, record: Record, before: str, after: str, reason: str) -> None:
        """Say and do what a change of state asks for; MiniStack calls this as well."""
        moment = float(record.get("StateUpdatedTimestamp") or time.time())
        condition = AlarmCondition(after, reason, moment, str(record.get("StateReasonData") or ""))
        change = Change(dict(record), self._before(record, before), condition)
        self._conditions[record["AlarmArn"]] = condition
        level = logging.WARNING if after == "ALARM" else logging.INFO
        logger.log(level, "alarm %s: %s -> %s: %s", record["AlarmName"], before, after, reason)
        entries = self._cloudwatch.history_entries()
        del entries[:-MOST_HISTORY]

        def done(action: str, failure: str | None) -> None:
            if failure:
                logger.warning("alarm %s: %s: %s", record["AlarmName"], action, failure)
            entries.append(history_of(change, action, failure))

        self._on_loop(lambda: self._act(change, done))

    def _act(self, change: Change, done: Callable[[str, str | None], None]) -> None:
        with self._scope(change.account, change.region):
            try:
                self._actions.announce(change)
                self._actions.carry_out(change, done)
            except Exception:
                logger.exception("alarm %s: its actions failed", change.record["AlarmName"])

    def _on_loop(self, work: Callable[[], None]) -> None:
        assert self._loop is not None
        try:
            here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            here = False
        if here:
            work()
        else:
            self._loop.call_soon_threadsafe(work)
