"""Durable executions as clients steer and read them: pauses, ends, lists and pages."""

from __future__ import annotations

import asyncio

import pytest

from localcloud.functions.model import DurableConfig
from localcloud.watchtower.traces.facade import current_text, use
from tests.functions.durable.world import (
    PENDING,
    Json,
    Refusal,
    Wire,
    World,
    ask,
    quoted,
    start,
    step_then_wait,
    succeed,
    succeeded,
)
from tests.functions.virtual_time import simulate

TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def test_timed_out_execution_refuses_the_next_checkpoint() -> None:
    tokens: list[str] = []

    async def slow(event: Json, wire: Wire) -> Json:
        await asyncio.sleep(11)
        await wire.checkpoint(start("s", "STEP"))
        tokens.append(wire.token)
        return PENDING

    async def run() -> None:
        world = World({"work": slow}, DurableConfig(execution_timeout=10))
        result = await world.invoke()
        assert result.function_error == "Unhandled"
        await asyncio.sleep(5)
        described = await world.describe(result.durable_arn)
        assert (described["Status"], tokens) == ("TIMED_OUT", [""])
        assert "StepStarted" not in await world.events(result.durable_arn)

    simulate(run())


def test_paused_execution_is_invoked_after_it_is_resumed() -> None:
    async def run() -> None:
        world = World({"work": step_then_wait}, DurableConfig(execution_timeout=7300))
        arn = (await world.invoke(asynchronous=True)).durable_arn
        await asyncio.sleep(1)
        await world.request("POST", f"durable-executions/{quoted(arn)}/pause", {"Reason": "later"})
        with pytest.raises(Refusal, match="ResourceConflictException"):
            await world.request("POST", f"durable-executions/{quoted(arn)}/pause", {})
        assert (await world.describe(arn))["PauseDetails"]["Reason"] == "later"
        await asyncio.sleep(9000)
        assert (await world.describe(arn))["Status"] == "PAUSED"
        assert len(world.invocations) == 1
        await world.request("POST", f"durable-executions/{quoted(arn)}/resume", {})
        await asyncio.sleep(1)
        assert (await world.describe(arn))["Status"] == "SUCCEEDED"

    simulate(run())


def test_stopped_execution_ends_and_disappears_when_it_is_deleted() -> None:
    async def run() -> None:
        world = World({"work": ask})
        arn = (await world.invoke(asynchronous=True, name="n")).durable_arn
        await asyncio.sleep(1)
        with pytest.raises(Refusal, match="ResourceConflictException"):
            await world.request("DELETE", f"durable-executions/{quoted(arn)}")
        await world.request("POST", f"durable-executions/{quoted(arn)}/stop", {"ErrorType": "Mine"})
        described = await world.describe(arn)
        assert (described["Status"], described["Error"]) == ("STOPPED", {"ErrorType": "Mine"})
        listed = await world.request("GET", "functions/work/durable-executions", query="Statuses=STOPPED")
        assert [row["DurableExecutionName"] for row in listed["DurableExecutions"]] == ["n"]
        await world.request("DELETE", f"durable-executions/{quoted(arn)}")
        with pytest.raises(Refusal, match="ResourceNotFoundException"):
            await world.describe(arn)

    simulate(run())


def test_ended_execution_is_kept_for_its_retention() -> None:
    async def at_once(event: Json, wire: Wire) -> Json:
        return succeeded(1)

    async def run() -> None:
        world = World({"work": at_once}, DurableConfig(900, retention_days=2))
        await world.invoke()
        await asyncio.sleep(2 * 86_400 - 10)
        assert len(list(world.executions.executions())) == 1
        await asyncio.sleep(20)
        assert not list(world.executions.executions())

    simulate(run())


def test_list_starts_with_the_newest_execution() -> None:
    async def run() -> None:
        world = World({"work": step_then_wait})
        for name in ("a", "b", "c"):
            await world.invoke(asynchronous=True, name=name)
            await asyncio.sleep(1)

        async def listed(query: str) -> list[str]:
            page = await world.request("GET", "functions/work/durable-executions", query=query)
            return [row["DurableExecutionName"] for row in page["DurableExecutions"]]

        assert await listed("") == ["c", "b", "a"]
        assert await listed("ReverseOrder=true&MaxItems=2") == ["a", "b"]
        assert await listed("DurableExecutionName=b") == ["b"]
        assert await listed("Qualifier=7") == []
        with pytest.raises(Refusal, match="ResourceNotFoundException"):
            await world.request("GET", "functions/nobody/durable-executions")

    simulate(run())


def test_large_state_has_pages() -> None:
    attempts: list[int] = []

    async def many(event: Json, wire: Wire) -> Json:
        state = event["InitialExecutionState"]
        if len(state["Operations"]) == 1:
            for number in range(1200):
                await wire.checkpoint(start(f"s{number}", "STEP"), succeed(f"s{number}"))
            await wire.checkpoint(start("w", "WAIT", WaitOptions={"WaitSeconds": 1}))
            return PENDING
        count, marker = len(state["Operations"]), state["NextMarker"]
        while marker:
            page = await wire.state(marker)
            count, marker = count + len(page["Operations"]), page.get("NextMarker", "")
        attempts.append(count)
        return succeeded(count)

    async def run() -> None:
        assert (await World({"work": many}).invoke()).payload == b"1202"

    simulate(run())


def test_children_of_an_ended_context_are_replayed_on_request_alone() -> None:
    async def contexts(event: Json, wire: Wire) -> Json:
        if wire.status("w") is None:
            for key, replay in (("plain", False), ("large", True)):
                await wire.checkpoint(
                    start(key, "CONTEXT"),
                    start(f"{key}-step", "STEP", ParentId=key),
                    succeed(f"{key}-step") | {"ParentId": key},
                    succeed(key, "CONTEXT") | {"ContextOptions": {"ReplayChildren": replay}},
                )
            await wire.checkpoint(start("w", "WAIT", WaitOptions={"WaitSeconds": 1}))
            return PENDING
        return succeeded(sorted(key for key in wire.operations if "-" in key and len(key) < 12))

    async def run() -> None:
        assert (await World({"work": contexts}).invoke()).payload == b'["large-step"]'

    simulate(run())


def test_checkpoint_needs_the_latest_token_and_repeats_an_answer() -> None:
    refusals: list[str] = []

    async def work(event: Json, wire: Wire) -> Json:
        first = wire.token
        await wire.checkpoint(start("s", "STEP"), client="c")
        second, wire.token = wire.token, first
        await wire.checkpoint(start("s", "STEP"), client="c")
        assert wire.token == second
        wire.token = first
        try:
            await wire.checkpoint(start("t", "STEP"))
        except Refusal as refusal:
            refusals.append(str(refusal))
        return succeeded(1)

    async def run() -> None:
        result = await World({"work": work}).invoke()
        assert (result.payload, len(refusals)) == (b"1", 1)
        assert "InvalidParameterValueException: Invalid Checkpoint Token" in refusals[0]

    simulate(run())


def test_history_has_pages() -> None:
    async def many(event: Json, wire: Wire) -> Json:
        for number in range(6):
            await wire.checkpoint(start(f"s{number}", "STEP"), succeed(f"s{number}", payload=number))
        return succeeded(1)

    async def run() -> None:
        world = World({"work": many})
        arn = (await world.invoke()).durable_arn
        numbers: list[int] = []
        marker = ""
        while True:
            page = await world.history(
                arn, f"MaxItems=4&ReverseOrder=true&IncludeExecutionData=false&Marker={marker}"
            )
            numbers += [event["EventId"] for event in page["Events"]]
            marker = page.get("NextMarker", "")
            if not marker:
                break
        assert numbers == list(range(15, 0, -1))
        assert page["Events"][-1]["ExecutionStartedDetails"]["Input"] == {"Truncated": True}

    simulate(run())


def test_invocations_belong_to_the_trace_that_started_the_execution() -> None:
    headers: list[str | None] = []

    async def work(event: Json, wire: Wire) -> Json:
        headers.append(current_text())
        return await step_then_wait(event, wire)

    async def run() -> None:
        world = World({"work": work}, DurableConfig(86_400))
        use(TRACE)
        arn = (await world.invoke(asynchronous=True)).durable_arn
        use(None)
        await asyncio.sleep(7300)
        assert headers == [TRACE, TRACE]
        assert (await world.describe(arn))["TraceHeader"] == {"XAmznTraceId": TRACE}
        untraced = (await world.invoke(asynchronous=True)).durable_arn
        assert (await world.describe(untraced))["TraceHeader"]["XAmznTraceId"].startswith("Root=1-")

    simulate(run())
