"""How data flows through states, in both languages, and what variables are where."""

from __future__ import annotations

import json

import pytest

from localcloud.states.language.scope import Json
from tests.states.world import FunctionFailure, World, chain, invocation, jsonata

KEEP: Json = {"Type": "Pass"}
INVOKE = "arn:aws:states:::lambda:invoke"


def call(**fields: Json) -> dict[str, Json]:
    """Return a JSONata Task that invokes ``price``."""
    arguments = {"FunctionName": "price", "Payload": "{% $states.input %}"}
    return {"Type": "Task", "Resource": INVOKE, "Arguments": arguments, **fields}


@pytest.fixture
def priced(world: World) -> World:
    world.functions["price"] = lambda event: {"price": 3, "for": event}
    return world


FLOWS: dict[str, tuple[dict[str, Json], Json]] = {
    # JSONPath.
    "a result is put into the input": (
        chain(A={"Type": "Pass", "Result": 7, "ResultPath": "$.deep.er"}),
        {"n": 1, "deep": {"er": 7}},
    ),
    "a null ResultPath keeps the input": (
        chain(A={"Type": "Pass", "Result": 7, "ResultPath": None}),
        {"n": 1, "deep": {}},
    ),
    "OutputPath selects": (chain(A={"Type": "Pass", "OutputPath": "$.n"}), 1),
    "a null OutputPath leaves an empty object": (chain(A={"Type": "Pass", "OutputPath": None}), {}),
    "a null InputPath gives an empty object": (chain(A={"Type": "Pass", "InputPath": None}), {}),
    "Parameters come after InputPath": (
        chain(A={"Type": "Pass", "InputPath": "$.n", "Parameters": {"was.$": "$", "fixed": 2}}),
        {"was": 1, "fixed": 2},
    ),
    "a result wins over Parameters": (chain(A={"Type": "Pass", "Parameters": {"a": 1}, "Result": 2}), 2),
    "ResultSelector comes before ResultPath": (
        chain(
            A=invocation("price", {"sku": 1}, ResultSelector={"is.$": "$.Payload.price"}, ResultPath="$.deep")
        ),
        {"n": 1, "deep": {"is": 3}},
    ),
    "InputPath of a task leaves its raw input to ResultPath": (
        chain(
            A=invocation(
                "price",
                InputPath="$.n",
                ResultSelector={"for.$": "$.Payload.for"},
                ResultPath="$.x",
                OutputPath="$.x",
            )
        ),
        {"for": 1},
    ),
    "a choice selects its input and output": (
        chain(
            A={
                "Type": "Choice",
                "InputPath": "$.deep",
                "Choices": [{"Variable": "$.n", "IsPresent": True, "Next": "C"}],
                "Default": "B",
            },
            B={"Type": "Pass", "Parameters": {"b.$": "$"}, "End": True},
            C={"Type": "Pass", "Parameters": {"c.$": "$"}, "End": True},
        ),
        {"b": {}},
    ),
    "a succeed selects": (chain(A={"Type": "Succeed", "InputPath": "$.n"}), 1),
    "a wait selects": (chain(A={"Type": "Wait", "SecondsPath": "$.n", "OutputPath": "$.deep"}), {}),
    "a map's Parameters are its selector": (
        chain(
            A={
                "Type": "Map",
                "ItemsPath": "$.items",
                "Parameters": {"item.$": "$$.Map.Item.Value", "n.$": "$.n"},
                "Iterator": chain(Keep=KEEP),
                "ResultPath": "$.deep.items",
            }
        ),
        {"n": 0, "items": [5], "deep": {"items": [{"item": 5, "n": 0}]}},
    ),
    "a parallel's Parameters are its branches' input": (
        chain(
            A={
                "Type": "Parallel",
                "Parameters": {"m.$": "$.n"},
                "Branches": [chain(X=KEEP), chain(Y={"Type": "Pass", "Result": 2})],
                "ResultSelector": {"both.$": "$[*]"},
                "ResultPath": "$.deep",
            }
        ),
        {"n": 1, "deep": {"both": [{"m": 1}, 2]}},
    ),
    # JSONata.
    "JSONata: a pass keeps its input": (jsonata(A=KEEP), {"n": 1, "deep": {}}),
    "JSONata: an output may be anything": (
        jsonata(A={"Type": "Pass", "Output": ["{% $states.input.n %}", None, {"a": True}]}),
        [1, None, {"a": True}],
    ),
    "JSONata: a task's result is its output": (
        jsonata(A=call(Output="{% $states.result.Payload.for %}")),
        {"n": 1, "deep": {}},
    ),
    "JSONata: arguments reach a parallel's branches": (
        jsonata(
            A={
                "Type": "Parallel",
                "Arguments": {"m": "{% $states.input.n + 1 %}"},
                "Branches": [chain(X=KEEP)],
            }
        ),
        [{"m": 2}],
    ),
    "JSONata: items may be written down": (
        jsonata(
            A={
                "Type": "Map",
                "Items": [1, "{% $states.input.n %}"],
                "ItemSelector": {
                    "i": "{% $states.context.Map.Item.Index %}",
                    "v": "{% $states.context.Map.Item.Value %}",
                },
                "ItemProcessor": chain(Keep=KEEP),
            }
        ),
        [{"i": 0, "v": 1}, {"i": 1, "v": 1}],
    ),
    "JSONata: output and assignment read the variables of before": (
        jsonata(
            A={"Type": "Pass", "Assign": {"x": 1}},
            B={"Type": "Pass", "Assign": {"x": 2}, "Output": {"before": "{% $x %}"}},
            C={"Type": "Pass", "Output": {"input": "{% $states.input %}", "x": "{% $x %}"}},
        ),
        {"input": {"before": 1}, "x": 2},
    ),
}


@pytest.mark.parametrize("flow", FLOWS)
async def test_data_flows_through_a_state(priced: World, flow: str) -> None:
    definition, output = FLOWS[flow]
    data = {"n": 1, "deep": {}}
    if "map's" in flow:
        data = {"n": 0, "items": [5], "deep": {}}
    if "wait" in flow:
        data = {"n": 0, "deep": {}}
    run = await priced.run(definition, data)
    assert (run.status, run.cause, run.output) == ("SUCCEEDED", None, output)


async def test_a_raw_input_stays_as_it_was_when_a_result_is_put_into_it(world: World) -> None:
    run = await world.run(
        chain(
            Both={
                "Type": "Parallel",
                "Branches": [
                    chain(A={"Type": "Pass", "Result": 1, "ResultPath": "$.deep.a"}),
                    chain(B={"Type": "Pass", "Result": 2, "ResultPath": "$.deep.b"}),
                ],
            }
        ),
        {"deep": {}},
    )
    assert run.output == [{"deep": {"a": 1}}, {"deep": {"b": 2}}]
    assert run.details("ParallelStateEntered")[0]["input"] == '{"deep": {}}'


async def test_the_context_object_says_where_an_execution_is(world: World) -> None:
    run = await world.run(chain(Look={"Type": "Pass", "Parameters": {"all.$": "$$"}}), {"n": 1})
    context = run.output["all"]
    machine = "arn:aws:states:eu-west-1:000000000000:stateMachine:orders"
    assert context["StateMachine"] == {"Id": machine, "Name": "orders"}
    assert context["State"]["Name"] == "Look"
    assert context["State"]["EnteredTime"].endswith("Z")
    execution = context["Execution"]
    assert execution.pop("StartTime") <= context["State"]["EnteredTime"]
    assert execution == {
        "Id": "arn:aws:states:eu-west-1:000000000000:execution:orders:one",
        "Input": {"n": 1},
        "Name": "one",
        "RedriveCount": 0,
        "RoleArn": "arn:aws:iam::000000000000:role/states",
    }


async def test_a_task_sees_how_often_it_was_tried_again(priced: World) -> None:
    tries: list[int] = []

    def price(event: Json) -> Json:
        tries.append(event["again"])
        if len(tries) < 3:
            raise FunctionFailure("Busy")
        return {"price": 1}

    priced.functions["price"] = price
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "BackoffRate": 1.0, "MaxDelaySeconds": 2}]
    retry[0]["IntervalSeconds"] = 0
    run = await priced.run(chain(A=invocation("price", {"again.$": "$$.State.RetryCount"}, Retry=retry)), {})
    assert (run.status, tries) == ("SUCCEEDED", [0, 1, 2])


# Variables.


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
async def test_inner_scopes_read_the_variables_of_outer_ones(world: World, language: str) -> None:
    read: Json = (
        {"Type": "Pass", "Parameters": {"x.$": "$x"}}
        if language == "JSONPath"
        else {"Type": "Pass", "Output": {"x": "{% $x %}"}}
    )
    items: Json = (
        {"ItemsPath": "$.items"} if language == "JSONPath" else {"Items": "{% $states.input.items %}"}
    )
    definition = {
        "QueryLanguage": language,
        **chain(
            Keep={"Type": "Pass", "Assign": {"x": "outer"}},
            Both={
                "Type": "Parallel",
                "Branches": [
                    chain(A=read),
                    chain(B={"Type": "Map", **items, "ItemProcessor": chain(C=read)}),
                ],
            },
        ),
    }
    run = await world.run(definition, {"items": [1]})
    assert run.output == [{"x": "outer"}, [{"x": "outer"}]]


async def test_variables_of_inner_scopes_are_their_own(world: World) -> None:
    inner = chain(
        Set={"Type": "Pass", "Assign": {"mine.$": "$"}}, Get={"Type": "Pass", "Parameters": {"x.$": "$mine"}}
    )
    run = await world.run(
        chain(
            Each={"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": inner},
            After={"Type": "Pass", "Parameters": {"gone.$": "$mine"}},
        ),
        [1, 2],
    )
    assert (run.status, run.error) == ("FAILED", "States.Runtime")
    entered = [event for event in run.details("PassStateExited") if event["name"] == "Get"]
    assert [event["output"] for event in entered] == ['{"x":1}', '{"x":2}']


async def test_a_map_assigns_what_it_collected(world: World) -> None:
    run = await world.run(
        chain(
            Each={"Type": "Map", "ItemProcessor": chain(Keep=KEEP), "Assign": {"first.$": "$[0]"}},
            After={"Type": "Pass", "Parameters": {"first.$": "$first"}},
        ),
        [4, 5],
    )
    assert run.output == {"first": 4}


async def test_a_rule_assigns_in_place_of_the_choice(world: World) -> None:
    definition = chain(
        Choose={
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.n", "NumericEquals": 1, "Next": "End", "Assign": {"by": "rule", "n.$": "$.n"}}
            ],
            "Default": "End",
            "Assign": {"by": "default"},
        },
        End={"Type": "Pass", "Parameters": {"by.$": "$by"}},
    )
    machine = world.create(definition)
    ends = [await world.end(world.start(machine, {"n": n}, name=f"n{n}")) for n in (1, 2)]
    assert [end["output"] for end in ends] == ['{"by":"rule"}', '{"by":"default"}']


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
async def test_a_catcher_assigns_and_the_state_does_not(world: World, language: str) -> None:
    def price(_event: Json) -> Json:
        raise FunctionFailure("Gone", "sold out")

    world.functions["price"] = price
    if language == "JSONPath":
        state = invocation(
            "price",
            Assign={"state": 1},
            Catch=[
                {
                    "ErrorEquals": ["Gone"],
                    "Next": "End",
                    "Assign": {"error.$": "$.Error"},
                    "ResultPath": "$.why",
                }
            ],
        )
        last: Json = {
            "Type": "Pass",
            "Parameters": {"error.$": "$error", "input.$": "$.n", "why.$": "$.why.Error"},
        }
    else:
        state = call(
            Assign={"state": 1},
            Catch=[
                {
                    "ErrorEquals": ["Gone"],
                    "Next": "End",
                    "Assign": {"error": "{% $states.errorOutput.Error %}"},
                    "Output": {"n": "{% $states.input.n %}", "why": "{% $states.errorOutput.Error %}"},
                }
            ],
        )
        last = {
            "Type": "Pass",
            "Output": {
                "error": "{% $error %}",
                "input": "{% $states.input.n %}",
                "why": "{% $states.input.why %}",
            },
        }
    run = await world.run({"QueryLanguage": language, **chain(Price=state, End=last)}, {"n": 1})
    assert (run.status, run.cause, run.output) == (
        "SUCCEEDED",
        None,
        {"error": "Gone", "input": 1, "why": "Gone"},
    )
    assert run.details("TaskStateExited")[0]["assignedVariables"] == {"error": '"Gone"'}


async def test_catcher_assigns_instead_of_the_state(world: World) -> None:
    def price(_event: Json) -> Json:
        raise FunctionFailure("Gone", "sold out")

    world.functions["price"] = price
    catch: Json = [{"ErrorEquals": ["States.ALL"], "Next": "End"}]
    cause = '{"errorMessage":"sold out","errorType":"Gone"}'
    for definition in (
        chain(A=invocation("price", Catch=catch), End=KEEP),
        jsonata(A=call(Catch=catch), End=KEEP),
    ):
        world.ask(
            "DeleteStateMachine", stateMachineArn="arn:aws:states:eu-west-1:000000000000:stateMachine:orders"
        )
        execution = world.start(world.create(definition), {}, name=definition.get("QueryLanguage", "path"))
        end = await world.end(execution)
        assert end["output"] == json.dumps({"Error": "Gone", "Cause": cause}, separators=(",", ":"))


async def test_a_function_by_its_arn_returns_its_result_alone(priced: World) -> None:
    state: Json = {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:000000000000:function:price"}
    run = await priced.run(chain(Price=state), {"n": 1})
    assert run.output == {"price": 3, "for": {"n": 1}}
    assert run.kinds[2:5] == ["LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionSucceeded"]


async def test_numbers_of_a_task_may_be_expressions(priced: World) -> None:
    run = await priced.run(
        jsonata(
            A=call(TimeoutSeconds="{% $states.input.n * 10 %}", Output="{% $states.result.StatusCode %}")
        ),
        {"n": 1},
    )
    assert (run.status, run.output) == ("SUCCEEDED", 200)
    assert run.details("TaskScheduled")[0]["timeoutInSeconds"] == 10


# localstack: test_base_evaluate_expressions.py::TestBaseEvaluateJsonata::test_base_map_from_input
async def test_items_that_are_no_array_fail_a_jsonata_map(world: World) -> None:
    run = await world.run(
        jsonata(Each={"Type": "Map", "Items": "{% $states.input.n %}", "ItemProcessor": chain(Keep=KEEP)}),
        {"n": 1},
    )
    assert (run.status, run.error) == ("FAILED", "States.QueryEvaluationError")


async def test_event_names_its_sending_execution(world: World) -> None:
    entry = {"Source": "shop", "DetailType": "Ordered", "Detail": {"n": 1}, "Resources": ["mine"]}
    state: Json = {
        "Type": "Task",
        "Resource": "arn:aws:states:::events:putEvents",
        "Parameters": {"Entries": [entry]},
    }
    run = await world.run(chain(Tell=state))
    assert (run.status, run.cause) == ("SUCCEEDED", None)
    [(_operation, request)] = world.calls
    base = "arn:aws:states:eu-west-1:000000000000"
    assert set(request["Entries"][0]["Resources"]) == {
        "mine",
        f"{base}:execution:orders:one",
        f"{base}:stateMachine:orders",
    }
