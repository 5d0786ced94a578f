"""Step Functions: paths, selectors and intrinsic functions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.asl import DONE, invoke
from tests.engine.world import World


def test_paths_and_selectors_shape_the_data_of_a_task(world: World) -> None:
    task = invoke(
        world.function(lambda event: {"got": event, "more": [1, 2, 3]}),
        InputPath="$.order",
        Parameters={"FunctionName": "", "Payload": {"id.$": "$.id", "list": [{"n.$": "$.n"}], "at": "here"}},
        ResultSelector={
            "id.$": "$.Payload.got.id",
            "n.$": "$.Payload.got.list[0].n",
            "last.$": "$.Payload.more[2]",
        },
        ResultPath="$.task.result",
        OutputPath="$.task",
    )
    task["Parameters"]["FunctionName"] = world.function(lambda event: {"got": event, "more": [1, 2, 3]})
    described = world.run({"Do": task}, {"order": {"id": "a", "n": 7}, "task": {"kept": True}})
    assert described["output"] == {"kept": True, "result": {"id": "a", "n": 7, "last": 3}}


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("States.Format('ORDER#{} of {}', $.id, $.n)", "ORDER#a of 2"),
        ("States.StringToJson('{\"x\": 1}')", {"x": 1}),
        ("States.JsonToString($.list)", "[3,1,3]"),
        ("States.JsonMerge($.map, $.other, false)", {"k": 1, "l": 2}),
        ("States.Array($.id, 1, 'x', null, true)", ["a", 1, "x", None, True]),
        ("States.ArrayPartition($.list, 2)", [[3, 1], [3]]),
        ("States.ArrayContains($.list, 1)", True),
        ("States.ArrayRange(1, 7, 3)", [1, 4, 7]),
        ("States.ArrayGetItem($.list, 1)", 1),
        ("States.ArrayLength($.list)", 3),
        ("States.ArrayUnique($.list)", [3, 1]),
        ("States.Base64Encode('hi')", "aGk="),
        ("States.Base64Decode('aGk=')", "hi"),
        ("States.Hash('a', 'MD5')", "0cc175b9c0f1b6a831c399e269772661"),
        ("States.MathAdd($.n, 40)", 42),
        ("States.StringSplit('a,b', ',')", ["a", "b"]),
        ("States.MathAdd(States.StringToJson('2'), 5)", 7),
    ],
)
def test_intrinsic_function_has_its_value(world: World, call: str, value: Any) -> None:
    document = {"id": "a", "n": 2, "list": [3, 1, 3], "map": {"k": 1}, "other": {"l": 2}}
    described = world.run({"Do": {"Type": "Pass", "Parameters": {"v.$": call}, "End": True}}, document)
    assert described.get("output") == {"v": value}


def check_missing_paths(world: World) -> None:
    task = invoke("any", Parameters={"FunctionName": "any", "Payload.$": "$.nothing"})
    described = world.run({"Do": task}, {"n": 1})
    assert described.get("error") == "States.Runtime"
    caught = {**task, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]}
    assert world.run({"Do": caught, "Caught": DONE}).get("error") == "States.Runtime"
    for state in (
        {"Type": "Pass", "InputPath": "$.nothing", "End": True},
        {"Type": "Pass", "OutputPath": "$.nothing", "End": True},
        {
            "Type": "Choice",
            "Choices": [{"Variable": "$.nothing", "NumericEquals": 1, "Next": "End"}],
            "Default": "End",
        },
    ):
        described = world.run({"Do": state, **({"End": DONE} if state["Type"] == "Choice" else {})}, {"n": 1})
        assert described.get("error") == "States.Runtime", state


def test_missing_path_is_a_runtime_error(world: World) -> None:
    check_missing_paths(world)


def test_is_present_is_false_for_a_missing_path(world: World) -> None:
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.nothing", "IsPresent": True, "Next": "Wrong"}],
        "Default": "Done",
    }
    described = world.run({"Which": choice, "Wrong": {"Type": "Fail"}, "Done": DONE})
    assert described["status"] == "SUCCEEDED"


def check_intrinsic_failures(world: World) -> None:
    described = world.run(
        {"Do": {"Type": "Pass", "Parameters": {"v.$": "States.StringToJson('{')"}, "End": True}}
    )
    assert described["error"] == "States.Runtime"


def test_failing_intrinsic_is_a_runtime_error(world: World) -> None:
    check_intrinsic_failures(world)
