"""What runs when the engine is killed goes on: executions in every kind of wait."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.engine.standins import FunctionError
from tests.engine.test_durable import Home
from tests.engine.world import World, wait_until

INVOKE = "arn:aws:states:::lambda:invoke"
TOKEN = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
NESTED = "arn:aws:states:::states:startExecution.sync:2"
PAUSE = 4
RETRY = [{"ErrorEquals": ["Busy"], "IntervalSeconds": PAUSE, "MaxAttempts": 2, "BackoffRate": 1}]


def resume(world: World) -> None:
    assert world.send("POST", "/_localcloud/resume", b"", {})[0] == 200


def invoking(function: str, **fields: Any) -> dict[str, Any]:
    parameters = {"FunctionName": function, "Payload.$": "$"}
    return {
        "Type": "Task",
        "Resource": INVOKE,
        "Parameters": parameters,
        "OutputPath": "$.Payload",
        "End": True,
        **fields,
    }


def history(world: World, execution: str) -> list[dict[str, Any]]:
    answer = world.client("stepfunctions").get_execution_history(executionArn=execution, maxResults=1000)
    events: list[dict[str, Any]] = answer["events"]
    return events


def has(world: World, execution: str, kind: str) -> None:
    wait_until(lambda: any(event["type"] == kind for event in history(world, execution)))


@pytest.mark.slow
def test_executions_continue_after_kill_9(tmp_path: Path) -> None:
    home = Home(tmp_path)
    killed, calls = threading.Event(), []

    def echo(event: Any) -> Any:
        calls.append(event)
        return event

    def slow(event: Any) -> Any:
        calls.append(event)
        if event == 2 and calls.count(2) == 1:
            killed.wait(60)
        return event

    def busy(event: Any) -> Any:
        if not killed.is_set():
            calls.append("busy")
            raise FunctionError("Busy")
        return event

    with home.engine() as world:
        states = world.client("stepfunctions")
        queue = world.client("sqs").create_queue(QueueName="asked")["QueueUrl"]
        names = {handler: world.function(handler) for handler in (echo, slow, busy)}
        wait = {"Type": "Wait", "Seconds": PAUSE, "End": True}
        each = {"StartAt": "Slow", "States": {"Slow": invoking(names[slow])}}
        branches = [
            {"StartAt": name, "States": {name: state}}
            for name, state in {"E": invoking(names[echo]), "W": wait}.items()
        ]
        ask = {
            "Type": "Task",
            "Resource": TOKEN,
            "TimeoutSeconds": 600,
            "Parameters": {"QueueUrl": queue, "MessageBody.$": "$$.Task.Token"},
            "End": True,
        }
        inner = world.machine({"Wait": wait})
        nested = {
            "Type": "Task",
            "Resource": NESTED,
            "Parameters": {"StateMachineArn": inner},
            "OutputPath": "$.Status",
            "End": True,
        }
        items = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": each, "End": True}
        started = {
            "wait": (world.machine({"Wait": wait}), "WaitStateEntered"),
            "map": (world.machine({"Map": items}), "MapIterationSucceeded"),
            "parallel": (
                world.machine({"Both": {"Type": "Parallel", "Branches": branches, "End": True}}),
                "LambdaFunctionSucceeded",
            ),
            "token": (world.machine({"Ask": ask}), "TaskSubmitted"),
            "retry": (world.machine({"Busy": invoking(names[busy], Retry=RETRY)}), "TaskFailed"),
            "nested": (world.machine({"Nested": nested}), "TaskSubmitted"),
        }
        document = {"items": [1, 2, 3]}
        executions = {
            name: world.start(machine, document, name=name) for name, (machine, _kind) in started.items()
        }
        for name, (_machine, kind) in started.items():
            has(world, executions[name], kind.replace("LambdaFunction", "Task"))
        (message,) = wait_until(lambda: world.client("sqs").receive_message(QueueUrl=queue)["Messages"])
        token = message["Body"]
        before = {name: history(world, execution) for name, execution in executions.items()}
    killed.set()
    with home.engine() as world:
        states = world.client("stepfunctions")
        for handler, name in names.items():
            world.lambdas.functions[name] = handler
        for name, execution in executions.items():
            assert states.describe_execution(executionArn=execution)["status"] == "RUNNING"
            assert history(world, execution)[: len(before[name])] == before[name]
        states.send_task_success(taskToken=token, output='"approved"')
        resume(world)
        outputs = {name: world.finished(execution)["output"] for name, execution in executions.items()}
        assert outputs == {
            "wait": document,
            "map": [1, 2, 3],
            "parallel": [document, document],
            "token": "approved",
            "retry": document,
            "nested": "SUCCEEDED",
        }
        # What had ended was not run again; what had not was.
        assert sorted(calls, key=str) == sorted([document, 1, 2, 2, 3, "busy"], key=str)
        for execution in executions.values():
            events = history(world, execution)
            assert [event["id"] for event in events] == list(range(1, len(events) + 1))
            assert sum(event["type"] == "ExecutionStarted" for event in events) == 1
        again = states.start_execution
        with pytest.raises(states.exceptions.ExecutionAlreadyExists):
            again(stateMachineArn=started["wait"][0], name="wait", input=json.dumps({"other": 1}))
