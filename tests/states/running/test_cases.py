"""Small machines that a local Step Functions got wrong, and their neighbours."""

from __future__ import annotations

import pytest

from localcloud.states.language.scope import Json
from tests.states.world import World, chain, invocation, jsonata

KEEP: Json = {"Type": "Pass"}
TEXTS: Json = {"Type": "Pass", "Result": "yes", "End": True}, {"Type": "Pass", "Result": "no", "End": True}


def reading(path: str) -> dict[str, Json]:
    """Return a machine whose output holds what a path reads."""
    return chain(Read={"Type": "Pass", "Parameters": {"value.$": path}})


def choosing(**rule: Json) -> dict[str, Json]:
    """Return a machine whose output says whether a rule holds."""
    yes, no = TEXTS
    choice = {"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}], "Default": "No"}
    return chain(Choose=choice, Yes=yes, No=no)


def batching(**fields: Json) -> dict[str, Json]:
    """Return a machine whose distributed Map hands its children's inputs back."""
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **chain(Keep=KEEP)}
    return chain(Each={"Type": "Map", "ItemProcessor": processor, **fields})


SKUS: Json = {"skus": ["soap", "salt", "rice", "tea"]}
LINES: Json = {"lines": [{"sku": "soap", "n": 1}, {"sku": "salt", "n": 5}, {"n": 9}]}

CASES: dict[str, tuple[dict[str, Json], Json, Json]] = {
    # Variables in JSONPath states.
    "a variable stands for a path": (
        chain(
            Keep={"Type": "Pass", "Assign": {"total.$": "$.n"}},
            Read={"Type": "Pass", "Parameters": {"total.$": "$total"}},
        ),
        {"n": 1},
        {"total": 1},
    ),
    "a variable has members": (
        chain(
            Keep={"Type": "Pass", "Assign": {"order.$": "$", "fixed": [1, 2]}},
            Read={"Type": "Pass", "Parameters": {"n.$": "$order.lines[1].n", "two.$": "$fixed[1]"}},
        ),
        LINES,
        {"n": 5, "two": 2},
    ),
    "a variable stands in an intrinsic function": (
        chain(
            Keep={"Type": "Pass", "Assign": {"n.$": "$.n"}},
            Read={"Type": "Pass", "Parameters": {"sum.$": "States.MathAdd($n, $.n)"}},
        ),
        {"n": 2},
        {"sum": 4},
    ),
    "a variable stands in a choice": (
        chain(
            Keep={"Type": "Pass", "Assign": {"n.$": "$.n"}},
            Choose={
                "Type": "Choice",
                "Choices": [{"Variable": "$n", "NumericGreaterThan": 1, "Next": "Yes"}],
                "Default": "No",
            },
            Yes=TEXTS[0],
            No=TEXTS[1],
        ),
        {"n": 2},
        "yes",
    ),
    "a variable stands for the input": (
        chain(Keep={"Type": "Pass", "Assign": {"n.$": "$.n"}}, Read={"Type": "Pass", "InputPath": "$n"}),
        {"n": {"deep": 1}},
        {"deep": 1},
    ),
    "assignment reads the variables of before": (
        chain(
            First={"Type": "Pass", "Assign": {"a": 1, "b": 2}},
            Swap={"Type": "Pass", "Assign": {"a.$": "$b", "b.$": "$a"}},
            Read={"Type": "Pass", "Parameters": {"a.$": "$a", "b.$": "$b"}},
        ),
        {},
        {"a": 2, "b": 1},
    ),
    # One language reads what the other assigned.
    "jsonata reads what jsonpath assigned": (
        chain(
            Keep={"Type": "Pass", "Assign": {"n.$": "$.n"}},
            Read={"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $n + 1 %}"},
        ),
        {"n": 1},
        2,
    ),
    "jsonpath reads what jsonata assigned": (
        chain(
            Keep={"Type": "Pass", "QueryLanguage": "JSONata", "Assign": {"n": "{% $states.input.n * 2 %}"}},
            Read={"Type": "Pass", "Parameters": {"n.$": "$n"}},
        ),
        {"n": 4},
        {"n": 8},
    ),
    # Output is a field of every state.
    "a choice without a match has its own output": (
        jsonata(
            Choose={
                "Type": "Choice",
                "Choices": [{"Condition": "{% $states.input.n > 9 %}", "Next": "End", "Output": "rule"}],
                "Default": "End",
                "Output": {"from": "default"},
                "Assign": {"by": "default"},
            },
            End={"Type": "Pass", "Output": {"input": "{% $states.input %}", "by": "{% $by %}"}},
        ),
        {"n": 1},
        {"input": {"from": "default"}, "by": "default"},
    ),
    "a rule that holds has its output": (
        jsonata(
            Choose={
                "Type": "Choice",
                "Choices": [
                    {
                        "Condition": "{% $states.input.n < 9 %}",
                        "Next": "End",
                        "Output": {"from": "rule"},
                        "Assign": {"by": "rule"},
                    }
                ],
                "Default": "End",
                "Output": {"from": "default"},
                "Assign": {"by": "default"},
            },
            End={"Type": "Pass", "Output": {"input": "{% $states.input %}", "by": "{% $by %}"}},
        ),
        {"n": 1},
        {"input": {"from": "rule"}, "by": "rule"},
    ),
    "succeed has an output": (
        jsonata(End={"Type": "Succeed", "Output": "{% $states.input.n + 1 %}"}),
        {"n": 1},
        2,
    ),
    "wait has an output": (
        jsonata(Pause={"Type": "Wait", "Seconds": 0, "Output": "{% $states.input.n %}"}),
        {"n": 1},
        1,
    ),
    "parallel has an output": (
        jsonata(
            Both={
                "Type": "Parallel",
                "Branches": [chain(A=KEEP), chain(B={"Type": "Pass", "Output": 2})],
                "Output": "{% $states.result[1] + $states.input.n %}",
            }
        ),
        {"n": 1},
        3,
    ),
    "map has an output": (
        jsonata(
            Each={
                "Type": "Map",
                "Items": "{% $states.input.skus %}",
                "ItemProcessor": chain(Keep=KEEP),
                "Output": "{% $count($states.result) %}",
            }
        ),
        SKUS,
        4,
    ),
    # A distributed Map with items of its own.
    "batches hold items of the input": (
        batching(ItemsPath="$.skus", ItemBatcher={"MaxItemsPerBatch": 3, "BatchInput": {"shop": 7}}),
        SKUS,
        [
            {"BatchInput": {"shop": 7}, "Items": ["soap", "salt", "rice"]},
            {"BatchInput": {"shop": 7}, "Items": ["tea"]},
        ],
    ),
    "batches hold what the selector makes of items": (
        batching(
            ItemsPath="$.skus",
            ItemSelector={"sku.$": "$$.Map.Item.Value", "n.$": "$$.Map.Item.Index"},
            ItemBatcher={"MaxItemsPerBatch": 4},
        ),
        {"skus": ["soap", "salt"]},
        [{"Items": [{"sku": "soap", "n": 0}, {"sku": "salt", "n": 1}]}],
    ),
    # JSONPath, whole.
    # localstack: test_base.py::TestSnfBase::test_json_path_array_access
    "a filter selects items": (reading("$.lines[?(@.n > 1)].sku"), LINES, {"value": ["salt"]}),
    "a filter wants a member": (
        reading("$.lines[?(@.sku)]"),
        LINES,
        {"value": [{"sku": "soap", "n": 1}, {"sku": "salt", "n": 5}]},
    ),
    "a filter compares texts": (
        reading("$.lines[?(@.sku != 'soap')].n"),
        LINES,
        {"value": [5, 9]},
    ),
    "a slice selects items": (reading("$.skus[1:3]"), SKUS, {"value": ["salt", "rice"]}),
    # AWS's JSONPath is Jayway's, which takes no steps.
    "a slice leaves steps alone": (reading("$.skus[0:3:2]"), SKUS, {"value": ["soap", "salt", "rice"]}),
    "a slice counts from the end": (reading("$.skus[-2:]"), SKUS, {"value": ["rice", "tea"]}),
    "a union selects items": (reading("$.skus[0,3]"), SKUS, {"value": ["soap", "tea"]}),
    "two dots look everywhere": (reading("$..n"), LINES, {"value": [1, 5, 9]}),
    "a star of nothing is nothing": (reading("$.absent[*]"), LINES, {"value": []}),
    # Choice on null and on types.
    # localstack: test_choice_operators.py::TestIsOperators::test_is_present
    "null is present": (choosing(Variable="$.sku", IsPresent=True), {"sku": None}, "yes"),
    "what is absent is not present": (choosing(Variable="$.sku", IsPresent=True), {}, "no"),
    "null is not absent": (choosing(Variable="$.sku", IsPresent=False), {"sku": None}, "no"),
    "null is null": (choosing(Variable="$.sku", IsNull=True), {"sku": None}, "yes"),
    "zero is not null": (choosing(Variable="$.sku", IsNull=True), {"sku": 0}, "no"),
    # localstack: test_choice_operators.py::TestBooleanEquals::test_boolean_equals
    "one is not true": (choosing(Variable="$.sku", BooleanEquals=True), {"sku": 1}, "no"),
    "true is no number": (choosing(Variable="$.sku", IsNumeric=True), {"sku": True}, "no"),
    "a star of a pattern may be meant": (
        choosing(Variable="$.sku", StringMatches="a\\*c"),
        {"sku": "abc"},
        "no",
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_a_machine_succeeds_with_its_output(world: World, case: str) -> None:
    definition, data, output = CASES[case]
    run = await world.run(definition, data)
    assert (run.status, run.cause, run.output) == ("SUCCEEDED", None, output)


ALL: Json = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
PATHS: dict[str, dict[str, Json]] = {
    "Parameters": invocation("price", {"n.$": "$.absent"}),
    "InputPath": invocation("price", InputPath="$.absent"),
    "ResultSelector": invocation("price", ResultSelector={"n.$": "$.absent"}),
    "ItemSelector": {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemSelector": {"n.$": "$.absent"},
        "ItemProcessor": chain(Keep=KEEP),
    },
    "ItemsPath": {"Type": "Map", "ItemsPath": "$.absent", "ItemProcessor": chain(Keep=KEEP)},
    "OutputPath": invocation("price", OutputPath="$.absent"),
    "Assign": invocation("price", Assign={"n.$": "$.absent"}),
}


# localstack: test_base.py::TestSnfBase::test_query_runtime_memory, test_task_lambda::test_raise_exception
@pytest.mark.parametrize("field", PATHS)
async def test_missing_path_ends_the_execution_despite_a_catch(world: World, field: str) -> None:
    world.functions["price"] = lambda _event: 1
    run = await world.run(
        chain(Price={**PATHS[field], "Retry": [{"ErrorEquals": ["States.ALL"]}], "Catch": ALL}, Caught=KEEP),
        {"items": [1]},
    )
    assert (run.status, run.error) == ("FAILED", "States.Runtime")
    assert run.cause is not None
    assert run.cause.startswith(
        "An error occurred while executing the state 'Price' (entered at the event id #2). "
    )
    assert "absent" in run.cause
    assert run.kinds[-1] == "ExecutionFailed"
    assert "PassStateEntered" not in run.kinds


async def test_a_choice_on_a_missing_variable_ends_the_execution(world: World) -> None:
    run = await world.run(choosing(Variable="$.absent", NumericEquals=1), {})
    assert (run.status, run.error) == ("FAILED", "States.Runtime")
    assert run.cause == (
        "An error occurred while executing the state 'Choose' (entered at the event id #2). "
        "Invalid path '$.absent': The choice state's condition path references an invalid value."
    )
