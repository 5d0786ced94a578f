"""Durable executions from their start to their end, on a clock that jumps."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from localcloud.functions.durable.errors import AlreadyStarted, InvalidParameter
from localcloud.functions.durable.permitting import PermittedFunctions
from localcloud.functions.errors import CallerTimedOut
from localcloud.functions.model import DurableConfig
from localcloud.functions.registry import FunctionReference
from tests.functions.durable.world import (
    ARN,
    PENDING,
    Json,
    Refusal,
    Wire,
    World,
    ask,
    start,
    step_then_wait,
    succeed,
    succeeded,
)
from tests.functions.virtual_time import simulate


def test_caller_receives_the_result_after_a_wait() -> None:
    async def run() -> None:
        world = World({"work": step_then_wait}, DurableConfig(execution_timeout=86_400))
        queued = await world.invoke(asynchronous=True)
        await asyncio.sleep(7199)
        assert (await world.describe(queued.durable_arn))["Status"] == "RUNNING"
        await asyncio.sleep(2)
        described = await world.describe(queued.durable_arn)
        assert (described["Status"], described["Result"]) == ("SUCCEEDED", '"done"')
        assert await world.events(queued.durable_arn) == [
            *("ExecutionStarted", "StepStarted", "StepSucceeded", "WaitStarted", "InvocationCompleted"),
            *("WaitSucceeded", "InvocationCompleted", "ExecutionSucceeded"),
        ]
        assert world.invocations == ["work", "work"]
        joined = await world.invoke(name=described["DurableExecutionName"], asynchronous=True)
        assert joined.durable_arn == queued.durable_arn

    simulate(run())


def test_invoke_is_refused_when_the_arn_is_unqualified() -> None:
    async def run() -> None:
        world = World({"work": step_then_wait})
        function = await world.find(FunctionReference("work", ""))
        with pytest.raises(InvalidParameter, match="unqualified ARN"):
            await world.executions.invoke(function, b"{}")

    simulate(run())


def test_synchronous_caller_is_refused_where_it_might_wait_for_more_than_15_minutes() -> None:
    async def run() -> None:
        world = World({"work": step_then_wait}, DurableConfig(execution_timeout=901))
        with pytest.raises(InvalidParameter, match="executionTimeout greater than 15 minutes"):
            await world.invoke()
        assert not list(world.executions.executions())

    simulate(run())


def test_execution_continues_when_its_caller_stops_waiting() -> None:
    async def short_wait(event: Json, wire: Wire) -> Json:
        if wire.status("w") is None:
            await wire.checkpoint(start("w", "WAIT", WaitOptions={"WaitSeconds": 60}))
        return succeeded("done") if wire.status("w") == "SUCCEEDED" else PENDING

    async def run() -> None:
        world = World({"work": short_wait})
        with pytest.raises(CallerTimedOut, match="10 seconds"):
            await world.invoke(limit=10)
        await asyncio.sleep(60)
        assert [execution.status for execution in world.executions.executions()] == ["SUCCEEDED"]

    simulate(run())


def test_invoke_joins_an_execution_by_name_and_refuses_another_payload() -> None:
    async def run() -> None:
        world = World({"work": step_then_wait})
        first = await world.invoke(payload=1, name="n", asynchronous=True)
        again = await world.invoke(payload=1, name="n", asynchronous=True)
        assert first.durable_arn == again.durable_arn
        with pytest.raises(AlreadyStarted):
            await world.invoke(payload=2, name="n", asynchronous=True)

    simulate(run())


async def _callback_id(world: World, arn: str) -> str:
    events = (await world.history(arn))["Events"]
    return str(events[1]["CallbackStartedDetails"]["CallbackId"])


def test_callback_ends_with_its_result_when_heartbeats_keep_it_alive() -> None:
    async def run() -> None:
        world = World({"work": ask})
        arn = (await world.invoke(asynchronous=True)).durable_arn
        await asyncio.sleep(1)
        path = f"durable-execution-callbacks/{await _callback_id(world, arn)}"
        for _ in range(3):
            await asyncio.sleep(8)
            await world.request("POST", f"{path}/heartbeat")
        await world.request("POST", f"{path}/succeed", {"yes": True})
        with pytest.raises(Refusal, match="CallbackTimeoutException"):
            await world.request("POST", f"{path}/succeed", 1)
        await asyncio.sleep(1)
        assert json.loads((await world.describe(arn))["Result"]) == '{"yes": true}'

    simulate(run())


@pytest.mark.parametrize(("beats", "kind"), [(0, "Callback.Heartbeat"), (12, "Callback.Timeout")])
def test_callback_times_out(beats: int, kind: str) -> None:
    async def run() -> None:
        world = World({"work": ask})
        arn = (await world.invoke(asynchronous=True)).durable_arn
        await asyncio.sleep(1)
        path = f"durable-execution-callbacks/{await _callback_id(world, arn)}/heartbeat"
        for _ in range(beats):
            await asyncio.sleep(8)
            if (await world.describe(arn))["Status"] == "RUNNING":
                await world.request("POST", path)
        await asyncio.sleep(20)
        assert (await world.describe(arn))["Error"]["ErrorType"] == kind
        assert "CallbackTimedOut" in await world.events(arn)

    simulate(run())


def test_step_is_retried_after_its_delay() -> None:
    async def flaky(event: Json, wire: Wire) -> Json:
        attempt = 0
        if wire.status("s") is not None:
            assert wire.status("s") == "READY"
            attempt = wire.operations["s"]["StepDetails"]["Attempt"]
        if attempt == 2:
            await wire.checkpoint(start("s", "STEP"), succeed("s", payload=attempt))
            return succeeded(attempt)
        error = {"ErrorType": "ValueError", "ErrorMessage": "no"}
        retry = {"Id": "s", "Type": "STEP", "Action": "RETRY", "Error": error}
        await wire.checkpoint(start("s", "STEP"), {**retry, "StepOptions": {"NextAttemptDelaySeconds": 30}})
        return PENDING

    async def run() -> None:
        world = World({"work": flaky})
        result = await world.invoke()
        assert result.payload == b"2"
        events = (await world.history(result.durable_arn))["Events"]
        tries = [
            event[f"{event['EventType']}Details"]["RetryDetails"]
            for event in events
            if event["EventType"] in ("StepFailed", "StepSucceeded")
        ]
        assert tries == [
            {"CurrentAttempt": 1, "NextAttemptDelaySeconds": 30},
            {"CurrentAttempt": 2, "NextAttemptDelaySeconds": 30},
            {"CurrentAttempt": 3},
        ]

    simulate(run())


def test_crashed_function_is_invoked_again_and_keeps_its_steps() -> None:
    async def crashing(event: Json, wire: Wire) -> Json:
        if wire.status("s") is None:
            await wire.checkpoint(start("s", "STEP"))
            raise RuntimeError("killed")
        return succeeded(wire.status("s"))

    async def run() -> None:
        world = World({"work": crashing})
        result = await world.invoke()
        assert result.payload == b'"STARTED"'
        events = (await world.history(result.durable_arn))["Events"]
        crash = events[2]["InvocationCompletedDetails"]["Error"]["Payload"]
        assert crash == {"ErrorType": "RuntimeError", "ErrorMessage": "killed"}

    simulate(run())


def test_execution_fails_when_its_function_keeps_crashing() -> None:
    async def crashing(event: Json, wire: Wire) -> Json:
        raise RuntimeError("killed")

    async def run() -> None:
        world = World({"work": crashing})
        result = await world.invoke()
        assert result.function_error == "Unhandled"
        assert json.loads(result.payload)["errorType"] == "RuntimeError"
        assert len(world.invocations) == 5

    simulate(run())


@pytest.mark.parametrize("answer", [{"Status": "PENDING"}, {"result": 1}, "text", None])
def test_execution_fails_when_the_answer_is_malformed_or_waits_for_nothing(answer: Any) -> None:
    async def wrong(event: Json, wire: Wire) -> Any:
        return answer

    async def run() -> None:
        result = await World({"work": wrong}).invoke()
        assert json.loads(result.payload)["errorType"] == "InvalidParameterValueException"

    simulate(run())


@pytest.mark.parametrize("target", ["child:$LATEST", "plain-child", "nobody", "child", "plain-forbidden"])
def test_chained_invocation_passes_its_result_to_the_caller(target: str) -> None:
    async def parent(event: Json, wire: Wire) -> Json:
        if wire.status("i") is None:
            chained = {"FunctionName": target}
            await wire.checkpoint(start("i", "CHAINED_INVOKE", Payload="5", ChainedInvokeOptions=chained))
        if wire.status("i") == "STARTED":
            return PENDING
        details = wire.operations["i"]["ChainedInvokeDetails"]
        return succeeded([wire.status("i"), details.get("Result"), details.get("Error", {}).get("ErrorType")])

    async def child(event: Json, wire: Wire) -> Json:
        return succeeded(wire.operations[wire.arn.split("/")[-1]]["ExecutionDetails"]["InputPayload"])

    async def plain(event: Json, wire: object) -> Json:
        raise AssertionError

    async def run() -> None:
        world = World({"work": parent, "child": child, "plain-child": plain, "plain-forbidden": plain})
        result = await world.invoke()
        expected = {
            "child:$LATEST": ["SUCCEEDED", '"5"', None],
            "plain-child": ["FAILED", None, "TypeError"],
            "nobody": ["FAILED", None, "ResourceNotFoundException"],
            "child": ["FAILED", None, "InvalidParameterValueException"],
            "plain-forbidden": ["FAILED", None, "AccessDeniedException"],
        }
        assert json.loads(result.payload) == expected[target]

    simulate(run())


def test_chained_invocation_needs_a_permission_of_the_callers_role() -> None:
    questions: list[tuple[str, str, str]] = []

    async def refusal(role: str, session: str, target: str) -> str:
        questions.append((role, session, target))
        return "no"

    async def run() -> None:
        world = World({"work": step_then_wait, "plain-child": step_then_wait})
        functions = PermittedFunctions(world, refusal)
        target = await world.find(FunctionReference("plain-child", "live"))
        assert await functions.refusal(FunctionReference("work", "1"), target) == "no"
        assert questions == [("role-of-work", "work", f"{ARN}plain-child:live")]
        assert await PermittedFunctions(world, None).refusal(FunctionReference("work", "1"), target) is None

    simulate(run())
