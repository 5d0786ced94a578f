"""Schedules of rules and of EventBridge Scheduler, by a clock that is set: their targets get the events."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from tests.engine.world import ACCOUNT, ROOT

FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:tick"
DEAD = f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead"


# Run by the engine's interpreter, which alone has MiniStack: its tickers see a clock that is set, and what
# would go to the dispatcher is printed, a line of JSON each.
SCRIPT = """
import json
from typing import Any

from ministack.services import eventbridge, scheduler

from localcloud.deliveries.facade import Invocation
from localcloud.engine.events.invoking import Invoking
from localcloud.engine.ministack.eventbridge import eventbridge as facade

MINUTE, HOUR = 60, 3600
# 2026-01-31 11:59:30 UTC, a Saturday.
START = 1_769_860_770.0
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:tick"
DEAD = "arn:aws:sqs:us-east-1:000000000000:dead"


class Printing:

    def now(self) -> float:
        return 0.0

    def dispatch(self, invocation: Invocation) -> None:
        target = invocation.target
        line = {
            "rule": invocation.rule.arn,
            "target": target.arn.text,
            "payload": json.loads(invocation.payload),
            "retries": target.retries.retries,
            "dead": target.dead_letters,
            "moment": clock.seconds - START,
        }
        print(json.dumps(line))


class Clock:

    def __init__(self) -> None:
        self.seconds = START

    def time(self) -> float:
        return self.seconds


def at_once(work: Any) -> None:
    work()


clock = Clock()
invoking = Invoking(facade, Printing())
invoking._on_loop = at_once
eventbridge._invoke_target = invoking.invoke
eventbridge._now_ts = clock.time
scheduler.time = clock

target = {
    "Id": "t",
    "Arn": FUNCTION,
    "DeadLetterConfig": {"Arn": DEAD},
    "RetryPolicy": {"MaximumRetryAttempts": 3},
}
eventbridge._ensure_default_bus()
for name, expression in (("rate", "rate(5 minutes)"), ("cron", "cron(0 12 ? * SAT *)")):
    eventbridge._put_rule({"Name": name, "ScheduleExpression": expression})
    eventbridge._put_targets({"Rule": name, "Targets": [target]})
eventbridge._put_rule({"Name": "off", "ScheduleExpression": "rate(1 minute)", "State": "DISABLED"})
eventbridge._put_targets({"Rule": "off", "Targets": [target]})
body = {
    "ScheduleExpression": "at(2026-01-31T12:01:00)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {key: target[key] for key in target if key != "Id"} | {"Input": '{"once": true}'},
}
body["Target"]["RoleArn"] = "arn:aws:iam::000000000000:role/any"
scheduler._create_schedule("once", body)
for _ in range(11):
    eventbridge._tick_scheduled_rules()
    scheduler._tick_schedules()
    clock.seconds += MINUTE
"""


def ticks() -> list[dict[str, Any]]:
    done = subprocess.run(
        [str(ROOT / ".venv-engine/bin/python"), "-c", SCRIPT],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "PERSIST_STATE": "0",
            "LOG_LEVEL": "ERROR",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_due_schedules_reach_their_targets() -> None:
    lines = ticks()
    names = [(line["rule"].rpartition("/")[2], line["moment"]) for line in lines]
    # Every five minutes from the rule's creation on; at noon on Saturday; once, a minute after noon.
    assert names == [("cron", 60), ("once", 120), ("rate", 300), ("rate", 600)]
    assert all((line["target"], line["retries"], line["dead"]) == (FUNCTION, 3, DEAD) for line in lines)
    cron, once, *_ = lines
    assert (cron["payload"]["source"], cron["payload"]["detail-type"]) == ("aws.events", "Scheduled Event")
    assert cron["payload"]["resources"] == [cron["rule"]]
    assert (once["payload"], ":scheduler:" in once["rule"]) == ({"once": True}, True)
