from __future__ import annotations

import asyncio
import json

import pytest

from localcloud.states.language.scope import Json
from localcloud.states.running.history import FEW, LONGEST, History
from tests.states.world import World, chain, details_of, invocation, jsonata

KEEP: Json = {"Type": "Pass"}
EXECUTION = "arn:aws:states:eu-west-1:000000000000:execution:orders:one"

# What follows what: each event's type and the id of the event before it on its line.
SEQUENCES: dict[str, tuple[dict[str, Json], Json, list[tuple[int, str]]]] = {
    # localstack: test_wait.py::TestSfnWait
    "Wait": (
        chain(W={"Type": "Wait", "Seconds": 0}, A=KEEP),
        {},
        [
            *((0, "ExecutionStarted"), (0, "WaitStateEntered"), (2, "WaitStateExited")),
            *((3, "PassStateEntered"), (4, "PassStateExited"), (5, "ExecutionSucceeded")),
        ],
    ),
    # localstack: test_base_scenarios.py::TestBaseScenarios::test_parallel_state
    "Parallel": (
        chain(Both={"Type": "Parallel", "Branches": [chain(A=KEEP, B=KEEP), chain(C=KEEP)]}),
        {},
        [
            *((0, "ExecutionStarted"), (0, "ParallelStateEntered"), (2, "ParallelStateStarted")),
            *((3, "PassStateEntered"), (4, "PassStateExited"), (5, "PassStateEntered")),
            *((6, "PassStateExited"), (3, "PassStateEntered"), (8, "PassStateExited")),
            *((9, "ParallelStateSucceeded"), (9, "ParallelStateExited"), (11, "ExecutionSucceeded")),
        ],
    ),
    # localstack: test_base_scenarios.py::TestBaseScenarios::test_parallel_state_fail
    "Parallel that fails": (
        chain(Both={"Type": "Parallel", "Branches": [chain(A={"Type": "Fail"})]}),
        {},
        [
            *((0, "ExecutionStarted"), (0, "ParallelStateEntered"), (2, "ParallelStateStarted")),
            *((3, "FailStateEntered"), (4, "ParallelStateFailed"), (5, "ExecutionFailed")),
        ],
    ),
    # localstack: test_base_scenarios.py::TestBaseScenarios::test_map_state
    "Map": (
        chain(Each={"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": chain(A=KEEP)}),
        [1, 2],
        [
            *((0, "ExecutionStarted"), (0, "MapStateEntered"), (2, "MapStateStarted")),
            *((3, "MapIterationStarted"), (4, "PassStateEntered"), (5, "PassStateExited")),
            *((6, "MapIterationSucceeded"), (6, "MapIterationStarted"), (8, "PassStateEntered")),
            *((9, "PassStateExited"), (10, "MapIterationSucceeded"), (11, "MapStateSucceeded")),
            *((11, "MapStateExited"), (13, "ExecutionSucceeded")),
        ],
    ),
    # localstack: test_base_scenarios.py::TestBaseScenarios::test_map_state_catch
    "Map that fails": (
        chain(
            Each={
                "Type": "Map",
                "ItemProcessor": chain(A={"Type": "Fail", "Error": "E"}),
                "Catch": [{"ErrorEquals": ["E"], "Next": "Caught"}],
            },
            Caught=KEEP,
        ),
        [1],
        [
            *((0, "ExecutionStarted"), (0, "MapStateEntered"), (2, "MapStateStarted")),
            *((3, "MapIterationStarted"), (4, "FailStateEntered"), (5, "MapIterationFailed")),
            *((5, "MapStateFailed"), (7, "MapStateExited"), (8, "PassStateEntered")),
            *((9, "PassStateExited"), (10, "ExecutionSucceeded")),
        ],
    ),
    "Task": (
        chain(Price=invocation("price", {}), End={"Type": "Succeed"}),
        {},
        [
            *((0, "ExecutionStarted"), (0, "TaskStateEntered"), (2, "TaskScheduled"), (3, "TaskStarted")),
            *((4, "TaskSucceeded"), (5, "TaskStateExited"), (6, "SucceedStateEntered")),
            *((7, "SucceedStateExited"), (8, "ExecutionSucceeded")),
        ],
    ),
    "Choice": (
        chain(C={"Type": "Choice", "Choices": [{"Variable": "$.n", "IsPresent": True, "Next": "A"}]}, A=KEEP),
        {"n": 1},
        [
            *((0, "ExecutionStarted"), (0, "ChoiceStateEntered"), (2, "ChoiceStateExited")),
            *((3, "PassStateEntered"), (4, "PassStateExited"), (5, "ExecutionSucceeded")),
        ],
    ),
    "an expression that fails": (
        jsonata(A={"Type": "Pass", "Output": "{% $absent.x + 'a' %}"}),
        {},
        [
            *((0, "ExecutionStarted"), (0, "PassStateEntered"), (2, "EvaluationFailed")),
            (3, "ExecutionFailed"),
        ],
    ),
}


# localstack: test_base_scenarios.py::TestBaseScenarios::test_map_state_items_eval_jsonata_fail
SEQUENCES["items that are no array"] = (
    jsonata(A=KEEP, Each={"Type": "Map", "Items": "{% $states.input.n %}", "ItemProcessor": chain(B=KEEP)}),
    {"n": 1},
    [
        *((0, "ExecutionStarted"), (0, "PassStateEntered"), (2, "PassStateExited")),
        *((3, "MapStateEntered"), (3, "EvaluationFailed"), (5, "MapStateFailed"), (6, "ExecutionFailed")),
    ],
)


@pytest.mark.parametrize("kind", SEQUENCES)
async def test_events_follow_each_other_on_their_line(world: World, kind: str) -> None:
    world.functions["price"] = lambda _event: 1
    definition, data, sequence = SEQUENCES[kind]
    run = await world.run(definition, data)
    assert [(event["previousEventId"], event["type"]) for event in run.events] == sequence
    assert [event["id"] for event in run.events] == list(range(1, len(sequence) + 1))


async def test_history_texts_are_compact_json_except_for_the_input(world: World) -> None:
    arn = world.create(
        chain(A={"Type": "Pass", "Assign": {"v.$": "$"}}, B={"Type": "Pass", "Parameters": {"n.$": "$.n"}})
    )
    text = '{ "n": [1.0, 1e2, "Zoë", null] }'
    execution = world.ask("StartExecution", stateMachineArn=arn, input=text, name="one")["executionArn"]
    end = await world.end(execution)
    assert end["input"] == text
    assert end["output"] == '{"n":[1.0,100.0,"Zoë",null]}'
    events = [details_of(event) for event in world.events(execution)]
    assert events[0] == {
        "input": text,
        "inputDetails": {"truncated": False},
        "roleArn": "arn:aws:iam::000000000000:role/states",
    }
    assert events[1] == {"input": text, "inputDetails": {"truncated": False}, "name": "A"}
    assert events[2] == {
        "assignedVariables": {"v": '{"n":[1.0,100.0,"Zoë",null]}'},
        "assignedVariablesDetails": {"truncated": False},
        "name": "A",
        "output": text,
        "outputDetails": {"truncated": False},
    }
    assert events[5] == {"output": end["output"], "outputDetails": {"truncated": False}}


async def test_a_history_may_leave_the_data_out(world: World) -> None:
    world.functions["price"] = lambda _event: 1
    run = await world.run(chain(Price=invocation("price", Assign={"secret.$": "$"})), {"secret": 1})
    assert "secret" in json.dumps(run.events)
    events = world.events(EXECUTION, includeExecutionData=False)
    assert "secret" not in json.dumps(events)
    assert [event["type"] for event in events] == run.kinds
    assert details_of(events[1]) == {"name": "Price"}


async def test_history_has_pages_from_either_end(world: World) -> None:
    run = await world.run(chain(A=KEEP, B=KEEP))
    for backwards in (False, True):
        pages: list[int] = []
        token: Json = {}
        while True:
            answer = world.ask(
                "GetExecutionHistory", executionArn=EXECUTION, maxResults=2, reverseOrder=backwards, **token
            )
            assert len(answer["events"]) == 2
            pages += [event["id"] for event in answer["events"]]
            if "nextToken" not in answer:
                break
            token = {"nextToken": answer["nextToken"]}
        ids = list(range(1, len(run.events) + 1))
        assert pages == (ids[::-1] if backwards else ids)


async def test_page_token_of_another_call_is_refused(world: World) -> None:
    await world.run(chain(A=KEEP))
    refused = world.refusal("GetExecutionHistory", executionArn=EXECUTION, nextToken="nonsense")
    assert refused == ("InvalidToken", "Invalid Token: 'nonsense'")


async def test_execution_beyond_the_event_limit_fails(world: World) -> None:
    loop = {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Pass", "Next": "B"},
            "B": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.n", "IsPresent": True, "Next": "A"}],
                "Default": "C",
            },
            "C": {"Type": "Succeed"},
        },
    }
    execution = world.start(world.create(loop), {"n": 1})
    end = await world.end(execution)
    assert (end["status"], end["error"]) == ("FAILED", "States.Runtime")
    assert "25000" in end["cause"]
    events = world.ask("GetExecutionHistory", executionArn=execution, maxResults=1, reverseOrder=True)
    assert events["events"][0]["id"] <= LONGEST


# Packing.


@pytest.mark.parametrize("data", [{"n": [1, 2.5, "Zoë", None, True, {"deep": "x" * 1000}]}, "a", 7, None])
@pytest.mark.parametrize("number", [1, FEW, FEW + 1])
def test_packed_history_of_any_length_shows_its_input_as_the_same_object(data: Json, number: int) -> None:
    history, plain = History(data), History(data)
    for each in (history, plain):
        for _ in range(number):
            each.add("PassStateEntered", 0, {"input": data, "name": "A", "more": [data]}, 1.5)
    history.pack()
    assert history.unpacked == 0
    assert history.select("PassStateEntered".__eq__) == list(enumerate(plain.events, 1))
    assert history.events == plain.events
    assert all(event.details is not None and event.details["input"] is data for event in history.events)
    history.pack()
    assert (history.unpacked, history.events) == (0, plain.events)


def test_a_packed_history_reads_as_before() -> None:
    data = {"n": [1, 2.5, "Zoë", None, True, {"deep": "x" * 1000}]}
    history, plain = History(data), History(data)
    for each in (history, plain):
        each.add("ExecutionStarted", 0, {"input": data, "roleArn": "r"}, 1.5)
    history.pack()
    for each in (history, plain):
        each.add("PassStateEntered", 0, {"input": data, "name": "A"}, 2.5)
        each.add("TaskStarted", 2, None, 2.75)
    history.pack()
    history.pack()
    assert [each.add("PassStateExited", 3, {"output": 7}, 3.0) for each in (history, plain)] == [4, 4]
    assert len(history) == 4
    assert history.events == plain.events
    # The input is the same object, for it is shown as it was written.
    assert history.events[1].details is not None
    assert history.events[1].details["input"] is data
    assert len(history) == 4


def test_unpackable_history_stays_unchanged() -> None:
    history = History({})
    history.add("TaskSucceeded", 0, {"output": object()})
    history.pack()
    assert len(history.events) == 1


async def test_ended_execution_keeps_its_history_packed_until_it_is_read(world: World) -> None:
    execution = world.start(world.create(chain(A=KEEP, B=KEEP)), {"n": 1})
    await world.end(execution)
    history = world.region.executions[execution].history
    assert (len(history), history.unpacked) == (6, 0)
    assert [event["id"] for event in world.events(execution)] == [1, 2, 3, 4, 5, 6]


async def test_waiting_execution_shows_its_history(world: World) -> None:
    text = '{ "n": 1 }'
    arn = world.create(chain(A=KEEP, W={"Type": "Wait", "Seconds": 600}))
    execution = world.ask("StartExecution", stateMachineArn=arn, input=text)["executionArn"]
    while len(world.region.executions[execution].history) < 4:
        await asyncio.sleep(0)
    events = world.events(execution)
    assert [event["type"] for event in events][-1] == "WaitStateEntered"
    assert [details_of(event)["input"] for event in events if "input" in details_of(event)] == [text] * 3
    world.ask("StopExecution", executionArn=execution)
    await world.region.executions[execution].ended()
    assert [event["id"] for event in world.events(execution)] == [1, 2, 3, 4, 5]
