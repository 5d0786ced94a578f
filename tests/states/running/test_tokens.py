from __future__ import annotations

import asyncio
import json

import pytest

from localcloud.states.language.scope import Json
from tests.states.clock import at_once
from tests.states.world import TOKEN, World, chain, jsonata

KEEP: Json = {"Type": "Pass"}
EXECUTION = "arn:aws:states:eu-west-1:000000000000:execution:orders:one"


class Desk:
    """A function that takes a token, and the task that waits for it."""

    def __init__(self, world: World) -> None:
        self.tokens: asyncio.Queue[str] = asyncio.Queue()
        world.functions["ask"] = self

    def __call__(self, event: Json) -> Json:
        self.tokens.put_nowait(event["token"])
        return None


def ask(**fields: Json) -> dict[str, Json]:
    payload = {"token.$": "$$.Task.Token", "order.$": "$"}
    return {
        "Type": "Task",
        "Resource": TOKEN,
        "Parameters": {"FunctionName": "ask", "Payload": payload},
        **fields,
    }


async def waiting(world: World, definition: dict[str, Json], data: Json = None) -> tuple[str, str]:
    """Start an execution that asks; return its ARN and the token."""
    desk = Desk(world)
    execution = world.start(world.create(definition), data)
    token = await desk.tokens.get()
    # The answer of the function is on its way.
    while "TaskSubmitted" not in [event["type"] for event in world.events(execution)]:
        await asyncio.sleep(0)
    return execution, token


async def test_task_continues_with_the_answer_to_its_token(world: World) -> None:
    execution, token = await waiting(world, chain(Ask=ask(ResultPath="$.answer")), {"n": 1})
    assert len(world.region.tokens) == 1
    world.ask("SendTaskSuccess", taskToken=token, output='{"yes": true}')
    end = await world.end(execution)
    assert (end["status"], json.loads(end["output"])) == ("SUCCEEDED", {"n": 1, "answer": {"yes": True}})
    kinds = [event["type"] for event in world.events(execution)]
    assert kinds[2:7] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded", "TaskStateExited"]
    assert len(world.region.tokens) == 0


async def test_a_jsonata_task_reads_its_token(world: World) -> None:
    arguments = {"FunctionName": "ask", "Payload": {"token": "{% $states.context.Task.Token %}"}}
    state = {"Type": "Task", "Resource": TOKEN, "Arguments": arguments, "Output": "{% $states.result.n %}"}
    execution, token = await waiting(world, jsonata(Ask=state))
    world.ask("SendTaskSuccess", taskToken=token, output='{"n": 2}')
    assert (await world.end(execution))["output"] == "2"


async def test_task_fails_with_the_failure_of_its_token(world: World) -> None:
    catch = [{"ErrorEquals": ["Refused"], "Next": "Caught"}]
    execution, token = await waiting(world, chain(Ask=ask(Catch=catch), Caught=KEEP))
    world.ask("SendTaskFailure", taskToken=token, error="Refused", cause="too dear")
    assert json.loads((await world.end(execution))["output"]) == {"Error": "Refused", "Cause": "too dear"}
    [failed] = [event for event in world.events(execution) if event["type"] == "TaskFailed"]
    assert failed["taskFailedEventDetails"] == {
        "cause": "too dear",
        "error": "Refused",
        "resource": "invoke.waitForTaskToken",
        "resourceType": "lambda",
    }


async def test_failure_may_omit_error_and_cause(world: World) -> None:
    execution, token = await waiting(world, chain(Ask=ask()))
    world.ask("SendTaskFailure", taskToken=token)
    end = await world.end(execution)
    assert (end["status"], "error" in end, "cause" in end) == ("FAILED", False, False)


@pytest.mark.parametrize("operation", ["SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat"])
async def test_late_answer_is_refused(world: World, operation: str) -> None:
    execution, token = await waiting(world, chain(Ask=ask()))
    world.ask("SendTaskSuccess", taskToken=token, output="1")
    fields = {"output": "2"} if operation == "SendTaskSuccess" else {}
    refused = ("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
    # Before and after the execution has noticed.
    assert world.refusal(operation, taskToken=token, **fields) == refused
    assert (await world.end(execution))["output"] == "1"
    assert world.refusal(operation, taskToken=token, **fields) == refused


@pytest.mark.parametrize("text", ["nonsense", "AAAA", "A" * 80, "ü"])
async def test_unknown_token_is_refused(world: World, text: str) -> None:
    refused = ("InvalidToken", "Invalid Token: 'Invalid token'")
    assert world.refusal("SendTaskHeartbeat", taskToken=text) == refused


async def test_answer_that_is_no_json_leaves_the_task_waiting(world: World) -> None:
    execution, token = await waiting(world, chain(Ask=ask()))
    code, _message = world.refusal("SendTaskSuccess", taskToken=token, output="{")
    assert code == "InvalidOutput"
    world.ask("SendTaskSuccess", taskToken=token, output="1")
    assert (await world.end(execution))["status"] == "SUCCEEDED"


async def test_task_may_be_answered_before_its_call_has_returned(world: World) -> None:
    world.functions["ask"] = lambda event: world.ask(
        "SendTaskSuccess", taskToken=event["token"], output='"early"'
    )
    run = await world.run(chain(Ask=ask()))
    assert (run.status, run.output) == ("SUCCEEDED", "early")


async def test_each_attempt_has_its_own_token(world: World) -> None:
    desk = Desk(world)
    retry = [{"ErrorEquals": ["Again"], "IntervalSeconds": 0}]
    execution = world.start(world.create(chain(Ask=ask(Retry=retry))))
    first = await desk.tokens.get()
    world.ask("SendTaskFailure", taskToken=first, error="Again")
    second = await desk.tokens.get()
    assert first != second
    world.ask("SendTaskSuccess", taskToken=second, output="2")
    assert (await world.end(execution))["output"] == "2"


def test_a_task_without_an_answer_times_out() -> None:
    async def test(world: World) -> None:
        execution, token = await waiting(world, chain(Ask=ask(TimeoutSeconds=3600)))
        end = await world.end(execution)
        assert (end["status"], end["error"], "cause" in end) == ("FAILED", "States.Timeout", False)
        kinds = [event["type"] for event in world.events(execution)]
        assert kinds[-2:] == ["TaskTimedOut", "ExecutionFailed"]
        assert world.refusal("SendTaskSuccess", taskToken=token, output="1")[0] == "TaskTimedOut"

    at_once(test)


def test_a_missed_heartbeat_is_a_timeout() -> None:
    async def test(world: World) -> None:
        state = ask(TimeoutSeconds=3600, HeartbeatSeconds=60)
        loop = asyncio.get_running_loop()
        execution, token = await waiting(world, chain(Ask=state))
        begin = loop.time()
        # Signs of life hold it up.
        for _ in range(5):
            await asyncio.sleep(50)
            world.ask("SendTaskHeartbeat", taskToken=token)
        end = await world.end(execution)
        assert (end["status"], end["error"]) == ("FAILED", "States.Timeout")
        assert 310 <= loop.time() - begin < 312
        [timed_out] = [event for event in world.events(execution) if event["type"] == "TaskTimedOut"]
        assert timed_out["taskTimedOutEventDetails"]["error"] == "States.Timeout"

    at_once(test)


def test_heartbeats_do_not_put_off_the_time_limit() -> None:
    async def test(world: World) -> None:
        state = ask(
            TimeoutSeconds=100,
            HeartbeatSeconds=60,
            Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}],
        )
        execution, token = await waiting(world, chain(Ask=state, Caught=KEEP))
        await asyncio.sleep(50)
        world.ask("SendTaskHeartbeat", taskToken=token)
        end = await world.end(execution)
        assert (end["status"], json.loads(end["output"])) == (
            "SUCCEEDED",
            {"Error": "States.Timeout", "Cause": ""},
        )

    at_once(test)


# Activities.


async def activity(world: World, **fields: Json) -> tuple[str, dict[str, Json]]:
    arn = world.ask("CreateActivity", name="pack")["activityArn"]
    return arn, chain(Pack={"Type": "Task", "Resource": arn, **fields})


async def take(world: World, arn: str, worker: str = "w") -> Json:
    return await world.service.answer_slowly(
        world.region, "GetActivityTask", {"activityArn": arn, "workerName": worker}
    )


async def test_worker_receives_a_task_and_answers_it(world: World) -> None:
    arn, definition = await activity(world)
    execution = world.start(world.create(definition), {"n": 1})
    task = await take(world, arn)
    assert json.loads(task["input"]) == {"n": 1}
    world.ask("SendTaskSuccess", taskToken=task["taskToken"], output='"packed"')
    assert (await world.end(execution))["output"] == '"packed"'
    events = world.events(execution)
    assert [event["type"] for event in events][2:5] == [
        "ActivityScheduled",
        "ActivityStarted",
        "ActivitySucceeded",
    ]
    assert events[2]["activityScheduledEventDetails"]["resource"] == arn
    assert events[3]["activityStartedEventDetails"] == {"workerName": "w"}


async def test_waiting_worker_receives_the_next_task(world: World) -> None:
    arn, definition = await activity(world)
    worker = asyncio.ensure_future(take(world, arn))
    await asyncio.sleep(0)
    execution = world.start(world.create(definition))
    task = await worker
    world.ask("SendTaskFailure", taskToken=task["taskToken"], error="Broken")
    end = await world.end(execution)
    assert (end["status"], end["error"]) == ("FAILED", "Broken")


async def test_disconnected_worker_returns_its_task(world: World) -> None:
    arn, definition = await activity(world)
    first = asyncio.ensure_future(take(world, arn))
    await asyncio.sleep(0)
    execution = world.start(world.create(definition))
    [queue] = world.region._queues.values()
    while queue.workers:
        await asyncio.sleep(0)
    # The task is on its way to the worker when the worker goes.
    first.cancel()
    await asyncio.wait([first])
    task = await take(world, arn)
    world.ask("SendTaskSuccess", taskToken=task["taskToken"], output="1")
    assert (await world.end(execution))["status"] == "SUCCEEDED"


async def test_task_of_a_stopped_execution_reaches_no_worker(world: World) -> None:
    arn, definition = await activity(world)
    machine = world.create(definition)
    first = world.start(machine, {"n": 1})
    await asyncio.sleep(0)
    world.ask("StopExecution", executionArn=first)
    await world.region.executions[first].ended()
    world.start(machine, {"n": 2}, name="two")
    assert json.loads((await take(world, arn))["input"]) == {"n": 2}


def test_worker_without_a_task_receives_an_empty_answer() -> None:
    async def test(world: World) -> None:
        arn, _definition = await activity(world)
        before = asyncio.get_running_loop().time()
        assert await take(world, arn) == {}
        assert 60 <= asyncio.get_running_loop().time() - before < 61
        # Nor does a worker that has gone take the next one's task.
        execution = world.start(world.create(_definition))
        world.ask("SendTaskSuccess", taskToken=(await take(world, arn))["taskToken"], output="1")
        assert (await world.end(execution))["status"] == "SUCCEEDED"

    at_once(test)


def test_an_activity_without_a_worker_times_out() -> None:
    async def test(world: World) -> None:
        _arn, definition = await activity(world, TimeoutSeconds=60)
        execution = world.start(world.create(definition))
        end = await world.end(execution)
        assert (end["status"], end["error"]) == ("FAILED", "States.Timeout")
        assert [event["type"] for event in world.events(execution)][-2:] == [
            "ActivityTimedOut",
            "ExecutionFailed",
        ]

    at_once(test)


async def test_missing_activity_fails_the_execution(world: World) -> None:
    resource = "arn:aws:states:eu-west-1:000000000000:activity:absent"
    run = await world.run(chain(Pack={"Type": "Task", "Resource": resource}))
    assert (run.status, run.error) == ("FAILED", "States.Runtime")
