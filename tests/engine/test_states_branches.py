"""Step Functions: Parallel and Map."""

from __future__ import annotations

import threading
import time
from typing import Any

from tests.engine.asl import DONE, invoke, raiser
from tests.engine.world import World


def check_branches(world: World) -> None:
    def branch(name: str) -> dict[str, Any]:
        named = {"Type": "Pass", "Parameters": {"state.$": "$$.State.Name"}, "End": True}
        return {
            "StartAt": f"{name}Wait",
            "States": {f"{name}Wait": {"Type": "Wait", "Seconds": 0, "Next": name}, name: named},
        }

    names = [f"B{n}" for n in range(8)]
    both = {"Type": "Parallel", "Branches": [branch(name) for name in names], "End": True}
    described = world.run({"Both": both})
    assert described["output"] == [{"state": name} for name in names]
    history = world.client("stepfunctions").get_execution_history(executionArn=described["executionArn"])
    entered = {
        event["stateEnteredEventDetails"]["name"]
        for event in history["events"]
        if event["type"] == "PassStateEntered"
    }
    assert entered == set(names)


def test_parallel_branches_return_their_results_in_order(world: World) -> None:
    check_branches(world)


def check_fail_fast(world: World) -> None:
    both = {
        "Type": "Parallel",
        "Branches": [
            {"StartAt": "Slow", "States": {"Slow": {"Type": "Wait", "Seconds": 600, "End": True}}},
            {
                "StartAt": "No",
                "States": {"No": {"Type": "Fail", "Error": "Declined", "Cause": "by the bank"}},
            },
        ],
        "Catch": [{"ErrorEquals": ["Declined"], "ResultPath": "$.error", "Next": "Compensate"}],
        "End": True,
    }
    described = world.run({"Both": both, "Compensate": DONE}, {"n": 1})
    assert described["output"] == {"n": 1, "error": {"Error": "Declined", "Cause": "by the bank"}}


def test_failing_branch_ends_the_parallel_at_once(world: World) -> None:
    check_fail_fast(world)


def test_failed_map_item_ends_the_others(world: World) -> None:
    each = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemProcessor": {
            "StartAt": "Which",
            "States": {
                "Which": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "No"}],
                    "Default": "Slow",
                },
                "No": {"Type": "Fail", "Error": "One"},
                "Slow": {"Type": "Wait", "Seconds": 600, "End": True},
            },
        },
        "End": True,
    }
    assert world.run({"Each": each}, {"items": [0, 1, 2]})["error"] == "One"


def test_map_keeps_order_and_limits_concurrency(world: World) -> None:
    running: list[int] = []
    most: list[int] = []
    lock = threading.Lock()

    def double(event: Any) -> Any:
        with lock:
            running.append(event["n"])
            most.append(len(running))
        time.sleep(0.02)
        with lock:
            running.remove(event["n"])
        return event["n"] * 2 + event["index"]

    task = invoke(world.function(double))
    each = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "MaxConcurrency": 2,
        "ItemSelector": {"n.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index"},
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": "Double",
            "States": {"Double": task},
        },
        "ResultPath": "$.doubled",
        "End": True,
    }
    described = world.run({"Each": each}, {"items": [5, 6, 7]})
    assert described["output"] == {
        "items": [5, 6, 7],
        "doubled": [{"answer": 10}, {"answer": 13}, {"answer": 16}],
    }
    assert max(most) <= 2


def test_catch_in_a_branch_handles_its_error(world: World) -> None:
    task = invoke(
        world.function(raiser("OutOfStock")),
        Catch=[{"ErrorEquals": ["OutOfStock"], "ResultPath": "$.error", "Next": "Noted"}],
    )
    noted = {"Type": "Pass", "Result": {"ok": False}, "End": True}
    fine = {"StartAt": "Fine", "States": {"Fine": {"Type": "Pass", "Result": {"ok": True}, "End": True}}}
    both = {
        "Type": "Parallel",
        "Branches": [{"StartAt": "Try", "States": {"Try": task, "Noted": noted}}, fine],
        "ResultSelector": {"stock.$": "$[0].ok", "payment.$": "$[1].ok"},
        "ResultPath": "$.both",
        "OutputPath": "$.both",
        "End": True,
    }
    assert world.run({"Both": both}, {"n": 1})["output"] == {"stock": False, "payment": True}
