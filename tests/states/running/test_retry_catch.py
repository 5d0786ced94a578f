from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import Json
from localcloud.states.running.handling import Retrier, matches
from localcloud.states.running.timeouts import HeartbeatMissed
from tests.states.world import FunctionFailure, World, chain, invocation, jsonata

KEEP: Json = {"Type": "Pass"}


def failing(world: World, *errors: str) -> None:
    """Let ``price`` fail with these errors, one after another, and then succeed."""
    remaining = list(errors)

    def price(_event: Json) -> Json:
        if remaining:
            raise FunctionFailure(remaining.pop(0), "no")
        return {"price": 3}

    world.functions["price"] = price


def retry(*names: str, attempts: int = 3, **fields: Json) -> dict[str, Json]:
    return {"ErrorEquals": list(names), "IntervalSeconds": 0, "MaxAttempts": attempts, **fields}


def calls(world: World) -> int:
    return len(world.calls)


async def test_failing_task_is_retried(world: World) -> None:
    failing(world, "Busy", "Busy")
    run = await world.run(chain(Price=invocation("price", {}, Retry=[retry("Busy")])))
    assert (run.status, calls(world)) == ("SUCCEEDED", 3)
    # A retry enters nothing, and leaves no event of its own.
    attempt = ["TaskScheduled", "TaskStarted", "TaskFailed"]
    assert run.kinds == [
        *("ExecutionStarted", "TaskStateEntered"),
        *attempt,
        *attempt,
        *("TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"),
    ]
    assert [event["previousEventId"] for event in run.events] == [0, 0, *range(2, 13)]


async def test_each_retrier_counts_for_itself(world: World) -> None:
    failing(world, "Busy", "Slow", "Busy", "Slow", "Busy")
    retriers = [retry("Busy", attempts=2), retry("Slow", attempts=2)]
    run = await world.run(chain(Price=invocation("price", {}, Retry=retriers)))
    assert (run.status, run.error, calls(world)) == ("FAILED", "Busy", 5)


async def test_the_first_retrier_for_an_error_counts(world: World) -> None:
    failing(world, "Busy", "Busy")
    retriers = [retry("Busy", attempts=1), retry("States.ALL", attempts=9)]
    run = await world.run(chain(Price=invocation("price", {}, Retry=retriers)))
    assert (run.status, calls(world)) == ("FAILED", 2)


async def test_retrier_without_attempts_blocks_later_ones(world: World) -> None:
    failing(world, "Fatal")
    retriers = [retry("Fatal", attempts=0), retry("States.ALL")]
    run = await world.run(chain(Price=invocation("price", {}, Retry=retriers)))
    assert (run.status, calls(world)) == ("FAILED", 1)


# localstack: test_task_lambda.py::TestTaskLambda::test_raise_exception_catch
async def test_retries_precede_a_catch(world: World) -> None:
    failing(world, *["Busy"] * 9)
    catch = [{"ErrorEquals": ["Busy"], "Next": "Caught", "ResultPath": "$.error"}]
    state = invocation("price", {}, Retry=[retry("Busy", attempts=2)], Catch=catch)
    run = await world.run(chain(Price={**state, "End": True}, Caught=KEEP), {"n": 1})
    assert (run.status, calls(world)) == ("SUCCEEDED", 3)
    assert run.output == {
        "n": 1,
        "error": {"Error": "Busy", "Cause": '{"errorMessage":"no","errorType":"Busy"}'},
    }
    assert run.kinds.count("TaskFailed") == 3


async def test_reentered_state_restarts_its_counts(world: World) -> None:
    failing(world, "Busy", "Done", "Busy", "Done", "Busy")
    again = [{"ErrorEquals": ["Done"], "Next": "Price"}]
    state = invocation("price", {}, Retry=[retry("Busy", attempts=1)], Catch=again)
    run = await world.run(chain(Price=state))
    assert (run.status, calls(world)) == ("SUCCEEDED", 6)


async def test_parallel_is_retried_as_a_whole(world: World) -> None:
    failing(world, "Busy")
    state: Json = {
        "Type": "Parallel",
        "Branches": [chain(Price=invocation("price", {})), chain(Keep=KEEP)],
        "Retry": [retry("Busy")],
    }
    run = await world.run(chain(Both=state))
    assert run.status == "SUCCEEDED"
    kinds = Counter(run.kinds)
    assert (kinds["ParallelStateEntered"], kinds["ParallelStateStarted"], kinds["TaskScheduled"]) == (1, 2, 2)


async def test_map_is_retried_as_a_whole(world: World) -> None:
    failing(world, "Busy")
    processor = chain(Price=invocation("price", {}))
    state: Json = {"Type": "Map", "ItemProcessor": processor, "Retry": [retry("Busy")], "MaxConcurrency": 1}
    run = await world.run(chain(Each=state), [1, 2])
    assert (run.status, calls(world)) == ("SUCCEEDED", 3)
    assert Counter(run.kinds)["MapStateStarted"] == 2


async def test_error_in_a_handler_fails_the_execution(world: World) -> None:
    failing(world, "Busy")
    catch = [{"ErrorEquals": ["Busy"], "Next": "Caught", "Assign": {"x.$": "$.absent"}}]
    run = await world.run(chain(Price=invocation("price", {}, Catch=catch), Caught=KEEP))
    assert (run.status, run.error) == ("FAILED", "States.Runtime")


# localstack: test_base_evaluate_expressions.py::TestBaseEvaluateJsonata
async def test_failing_expression_leaves_an_event_and_can_be_caught(world: World) -> None:
    catch = [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Caught"}]
    both: Json = {
        "Type": "Parallel",
        "Branches": [chain(A={"Type": "Pass", "Output": {"deep": "{% $states.input.absent.more %}"}})],
        "Catch": catch,
    }
    run = await world.run(jsonata(Both=both, Caught=KEEP))
    assert run.status == "SUCCEEDED"
    assert run.output["Error"] == "States.QueryEvaluationError"
    [details] = run.details("EvaluationFailed")
    assert details["state"] == "A"
    assert details["location"] == "Output/deep"
    assert details["error"] == "States.QueryEvaluationError"
    assert details["cause"].startswith(
        "An error occurred while executing the state 'A' (entered at the event id #4). "
    )


# localstack: test_task_service_lambda.py::TestTaskServiceLambda::test_map_throws_states_all
async def test_oversized_output_is_an_error_that_can_be_caught(world: World) -> None:
    world.functions["price"] = lambda _event: "x" * 262_145
    catch = [{"ErrorEquals": ["States.DataLimitExceeded"], "Next": "Caught"}]
    run = await world.run(chain(Price=invocation("price", {}, Catch=catch), Caught=KEEP))
    assert (run.status, run.output["Error"]) == ("SUCCEEDED", "States.DataLimitExceeded")


async def test_state_that_combines_too_much_data_fails(world: World) -> None:
    large = {"Type": "Pass", "Parameters": {"a.$": "$.text", "b.$": "$.text"}}
    run = await world.run(chain(Twice=large), {"text": "x" * 140_000})
    assert (run.status, run.error) == ("FAILED", "States.DataLimitExceeded")
    assert run.cause == (
        "The state/task 'Twice' returned a result with a size exceeding "
        "the maximum number of bytes service limit."
    )


@pytest.mark.parametrize(
    ("names", "error", "match"),
    [
        (["States.ALL"], "Mine", True),
        (["States.TaskFailed"], "Mine", True),
        (["States.TaskFailed"], "States.Timeout", False),
        (["States.ALL"], "States.Timeout", True),
        (["States.ALL"], "States.Runtime", False),
        (["States.Runtime"], "States.Runtime", False),
        (["Other"], "Mine", False),
        (["States.ALL"], None, True),
    ],
)
def test_names_match_errors(names: list[str], error: str | None, match: bool) -> None:
    assert matches(names, StatesError(error)) is match


@pytest.mark.parametrize("name", ["States.Timeout", "States.HeartbeatTimeout", "States.ALL"])
def test_missed_heartbeat_matches_two_error_names(name: str) -> None:
    assert matches([name], HeartbeatMissed())


def test_delays_grow_to_the_longest() -> None:
    retrier = Retrier.read(
        {"ErrorEquals": ["E"], "IntervalSeconds": 3, "BackoffRate": 1.5, "MaxDelaySeconds": 5}
    )
    assert [retrier.delay(n) for n in range(4)] == [3.0, 4.5, 5.0, 5.0]


def test_retry_delays_have_defaults() -> None:
    retrier = Retrier.read({"ErrorEquals": ["E"]})
    assert ([retrier.delay(n) for n in range(3)], retrier.attempts) == ([1.0, 2.0, 4.0], 3)


@given(st.integers(0, 2000), st.integers(1, 99), st.integers(1, 31_622_400))
def test_jitter_stays_below_the_backoff(retries: int, interval: int, longest: int) -> None:
    retrier = Retrier.read(
        {
            "ErrorEquals": ["E"],
            "IntervalSeconds": interval,
            "MaxDelaySeconds": longest,
            "JitterStrategy": "FULL",
        }
    )
    assert 0 <= retrier.delay(retries) <= min(interval * 2.0 ** min(retries, 100), longest)


async def test_a_wait_between_tries_can_be_stopped(world: World) -> None:
    failing(world, "Busy")
    slow = {"ErrorEquals": ["Busy"], "IntervalSeconds": 600}
    execution = world.start(world.create(chain(Price=invocation("price", {}, Retry=[slow]))))
    while not world.calls:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    world.ask("StopExecution", executionArn=execution)
    await world.region.executions[execution].ended()
    assert world.events(execution)[-1]["type"] == "ExecutionAborted"
