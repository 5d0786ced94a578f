"""Express executions at the meter, and which executions tell EventBridge of their end."""

from __future__ import annotations

import json

from localcloud.engine.meter import Meter
from tests.engine.rules import ask
from tests.engine.world import World


def test_express_duration_is_billed_per_started_100_ms() -> None:
    meter = Meter()
    for seconds in (0.0, 0.1, 0.101):
        meter.express("orders", seconds)
    gb_seconds = (0.1 + 0.1 + 0.2) / 16
    assert meter.snapshot()["express"] == {"orders": {"requests": 3, "gb_seconds": gb_seconds}}


def test_express_execution_is_counted_once_it_has_ended(world: World) -> None:
    states, name = world.client("stepfunctions"), world.name("metered")
    definition = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
    machines = {
        kind: states.create_state_machine(
            name=f"{name}-{kind}",
            type=kind,
            definition=json.dumps(definition),
            roleArn="arn:aws:iam::000000000000:role/any",
        )["stateMachineArn"]
        for kind in ("STANDARD", "EXPRESS")
    }
    ask(world, "DELETE", "meter")
    for arn in machines.values():
        states.start_execution(stateMachineArn=arn)
    counted = ask(world, "GET", "meter")[1]["express"]
    assert counted == {f"{name}-EXPRESS": {"requests": 1, "gb_seconds": 0.00625}}
