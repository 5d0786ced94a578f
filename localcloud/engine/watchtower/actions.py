"""What an alarm does when its state changes: messages to topics, functions, and the event bus."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any, Final

from localcloud.engine.deliveries.calling import Calling
from localcloud.engine.deliveries.targets import EngineFunctions
from localcloud.engine.ministack.eventbridge import eventbridge
from localcloud.engine.ministack.sns import sns
from localcloud.watchtower.facade import Change, stamp

logger = logging.getLogger("localcloud.watchtower")
# Takes an action's ARN, and None or why it failed.
Outcome = Callable[[str, str | None], None]
SERVED: Final = ("sns", "lambda")
# Who invokes a function for an alarm.
ALARMS: Final = "lambda.alarms.cloudwatch.amazonaws.com"


class Actions:
    """Carries actions out.

    Parameters
    ----------
    calling
        How functions are invoked.
    """

    def __init__(self, calling: Calling) -> None:
        self._functions = EngineFunctions(calling)
        self._tasks: set[asyncio.Task[None]] = set()

    def announce(self, change: Change) -> None:
        """Publish a change on the default bus, as CloudWatch does of every alarm."""
        if not eventbridge.rules.has_any():
            return
        entry = {
            "Source": "aws.cloudwatch",
            "DetailType": "CloudWatch Alarm State Change",
            "Detail": json.dumps(change.detail()),
            "Resources": [change.arn],
        }
        eventbridge.put_events({"Entries": [entry]}, allow_aws_source=True)

    def carry_out(self, change: Change, done: Outcome) -> None:
        """Carry out the actions of an alarm's new state."""
        for arn in change.actions:
            service = arn.split(":")[2] if arn.count(":") >= 5 else ""
            if service == "sns":
                done(arn, self._publish(change, arn))
            elif service == "lambda":
                task = asyncio.get_running_loop().create_task(self._invoke(change, arn, done))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            else:
                done(arn, "the local cloud carries out actions of SNS and Lambda alone")

    @staticmethod
    def _publish(change: Change, topic: str) -> str | None:
        try:
            receipt = sns.publish_internal(topic, change.notification(), change.subject())
        except sns.SnsPublishError as error:
            return str(error)
        return None if receipt else "there is no such topic"

    async def _invoke(self, change: Change, function: str, done: Outcome) -> None:
        payload, alarm = json.dumps(change.event()).encode(), str(change.record["AlarmArn"])
        outcome = await self._functions.invoke(function, payload, alarm, service=ALARMS)
        done(function, getattr(outcome, "reason", None))


def history_of(change: Change, action: str, failure: str | None) -> dict[str, Any]:
    """Return an action's item of an alarm's history."""
    data = {
        "actionState": "Failed" if failure else "Succeeded",
        "notificationResource": action,
        "stateUpdateTimestamp": int(change.after.moment * 1000),
        **({"error": failure} if failure else {}),
    }
    verb = "Failed to execute" if failure else "Successfully executed"
    return {
        "AlarmName": change.record["AlarmName"],
        "AlarmType": "CompositeAlarm" if "AlarmRule" in change.record else "MetricAlarm",
        "Timestamp": stamp(change.after.moment)[:19] + "Z",
        "HistoryItemType": "Action",
        "HistorySummary": f"{verb} action {action}",
        "HistoryData": json.dumps(data),
    }
