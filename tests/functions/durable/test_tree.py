"""``--log``'s tree of an execution's operations, after each of its invocations."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from localcloud.functions.durable.tree import WIDTH, Invocation, lines
from localcloud.functions.model import DurableConfig
from tests.functions.durable.world import PENDING, Json, Wire, World, quoted, start, succeed, succeeded
from tests.functions.virtual_time import simulate


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def shown(world: World) -> list[str]:
    trees: list[str] = []

    def show(invocation: Invocation) -> None:
        text = list(lines(invocation))
        assert all(len(line) <= WIDTH for line in text)
        trees.append("\n".join(text))

    world.show(show)
    return trees


async def order(event: Json, wire: Wire) -> Json:
    if wire.status("s") is None:
        await wire.checkpoint(start("s", "STEP", Name="check stock", SubType="Step"))
        await asyncio.sleep(0.25)
        await wire.checkpoint(succeed("s"))
        await wire.checkpoint(start("m", "CONTEXT", Name="pack", SubType="Map"))
        for number in range(12):
            item = {"ParentId": "m", "Name": f"item {number}", "SubType": "MapIteration"}
            await wire.checkpoint(
                start(f"m{number}", "CONTEXT", **item),
                start(f"t{number}", "STEP", ParentId=f"m{number}", Name="wrap"),
                succeed(f"t{number}"),
                succeed(f"m{number}", "CONTEXT"),
            )
        await wire.checkpoint(succeed("m", "CONTEXT"))
        await wire.checkpoint(
            start("c", "CALLBACK", Name="approval", CallbackOptions={"TimeoutSeconds": 3600})
        )
        return PENDING
    if wire.status("p") is None:
        if wire.status("c") == "STARTED":
            return PENDING
        error = {"ErrorType": "CardDeclined", "ErrorMessage": f"no funds {'!' * 100}"}
        retry = {"Id": "p", "Type": "STEP", "Action": "RETRY", "Error": error}
        await wire.checkpoint(
            start("p", "STEP", Name="pay"), {**retry, "StepOptions": {"NextAttemptDelaySeconds": 30}}
        )
        return PENDING
    await wire.checkpoint(start("p", "STEP"), {"Id": "p", "Type": "STEP", "Action": "FAIL", "Error": {
        "ErrorType": "CardDeclined", "ErrorMessage": "no funds"}})  # fmt: skip
    return {"Status": "FAILED", "Error": {"ErrorType": "OrderFailed", "ErrorMessage": "not paid"}}


FIRST = """\
durable work:$LATEST order-1  invocation 1  suspended  250 ms, 250 ms since its start
├─ Step check stock  SUCCEEDED  250 ms
├─ Map pack  SUCCEEDED  0 ms
│  ├─ MapIteration item 0  SUCCEEDED  0 ms
│  │  └─ Step wrap  SUCCEEDED  0 ms
│  ├─ MapIteration item 1  SUCCEEDED  0 ms
│  │  └─ Step wrap  SUCCEEDED  0 ms
│  ├─ MapIteration item 2  SUCCEEDED  0 ms
│  │  └─ Step wrap  SUCCEEDED  0 ms
│  ├─ MapIteration item 3  SUCCEEDED  0 ms
│  │  └─ Step wrap  SUCCEEDED  0 ms
│  ├─ MapIteration item 4  SUCCEEDED  0 ms
│  │  └─ Step wrap  SUCCEEDED  0 ms
│  └─ and 7 more  SUCCEEDED, to MapIteration item 11
└─ Callback approval  STARTED  until 12 Jan 14:46:40 (in 1 h)"""
SECOND = """\
durable work:$LATEST order-1  invocation 2  suspended  0 ms, 1 min 40 s since its start
├─ ↻ Step check stock  SUCCEEDED  250 ms
├─ ↻ Map pack  SUCCEEDED  0 ms
├─ Callback approval  SUCCEEDED  1 min 40 s
└─ Step pay  PENDING  until 12 Jan 13:48:50 (in 30 s)  CardDeclined: no funds !!!!!!!!!…"""
THIRD = """\
durable work:$LATEST order-1  invocation 3  FAILED  0 ms, 2 min 10 s since its start
├─ ↻ Step check stock  SUCCEEDED  250 ms
├─ ↻ Map pack  SUCCEEDED  0 ms
├─ ↻ Callback approval  SUCCEEDED  1 min 40 s
├─ ✗ Step pay  FAILED  30 s  2 attempts  CardDeclined: no funds
└─ ✗ OrderFailed: not paid"""


def test_tree_shows_the_work_of_each_invocation_and_marks_replays() -> None:
    async def run() -> list[str]:
        world = World({"work": order}, DurableConfig(execution_timeout=86_400))
        trees = shown(world)
        arn = (await world.invoke(asynchronous=True, name="order-1")).durable_arn
        await asyncio.sleep(100)
        [execution] = world.executions.executions()
        key = execution.operations["c"].callback_id
        await world.request("POST", f"durable-execution-callbacks/{key}/succeed", 1)
        await asyncio.sleep(100)
        assert (await world.request("GET", f"durable-executions/{quoted(arn)}"))["Status"] == "FAILED"
        return trees

    first, second, third = simulate(run())
    assert (first, second, third) == (FIRST, SECOND, THIRD)


def test_tree_of_a_crash_shows_its_error() -> None:
    async def crashing(event: Json, wire: Wire) -> Json:
        if wire.status("s") is None:
            await wire.checkpoint(start("s", "STEP"))
            raise RuntimeError("killed")
        return succeeded(1)

    async def run() -> list[str]:
        world = World({"work": crashing})
        trees = shown(world)
        await world.invoke(name="n")
        return trees

    assert simulate(run()) == [
        "durable work:$LATEST n  invocation 1  crashed  0 ms, 0 ms since its start\n"
        "├─ Step  STARTED\n└─ ✗ RuntimeError: killed",
        "durable work:$LATEST n  invocation 2  SUCCEEDED  0 ms, 1 s since its start\n└─ Step  STARTED",
    ]
