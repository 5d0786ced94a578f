"""Kills, at every moment that makes a difference: of the local cloud, and of the function's process.

The execution has a step that is to run at most once, a wait, a callback and a chained invocation of
another durable function with such a step of its own. However it is cut off, it goes on to its end.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any, cast

import pytest

from localcloud.functions.durable.keeping import JournaledExecutions
from localcloud.journal import Journal
from tests.functions.durable.world import PENDING, Json, Wire, World, start, succeed, succeeded
from tests.functions.virtual_time import simulate

ENDS = {"done", "interrupted"}


class Records:
    """What a journal on disk would hold, and how often each step had run when each record came."""

    def __init__(self, effects: Counter[str], rows: list[tuple[str, str, Any]] | None = None) -> None:
        self._effects = effects
        self.rows = list(rows or [])
        self.effects: list[Counter[str]] = []

    def put(self, space: str, key: str, record: Any) -> None:
        self.effects.append(self._effects.copy())
        self.rows.append((space, key, json.loads(json.dumps(record))))

    def spaces(self, prefix: str) -> list[str]:
        return list(dict.fromkeys(space for space, _, _ in self.rows if space.startswith(prefix)))

    def take(self, space: str) -> dict[str, Any]:
        return {key: record for own, key, record in self.rows if own == space}

    def clear(self, space: str) -> None:
        raise AssertionError("nothing is deleted here")


class Killed(Exception):
    """The function's process is gone."""


class Functions:
    """The functions of the test; the process of one is killed at its ``crash``-th call, if at all.

    Attributes
    ----------
    effects
        How often each step that is to run at most once has run.
    """

    def __init__(self, crash: int = -1, *, after: bool = False) -> None:
        self.effects: Counter[str] = Counter()
        self._crash, self._after = crash, after
        self.calls = 0

    def world(self, records: Records) -> World:
        handlers = {"work": self.parent, "child": self.child}
        return World(handlers, store=JournaledExecutions(cast("Journal", records)))

    async def _checkpoint(self, wire: Wire, *updates: Json) -> None:
        number, self.calls = self.calls, self.calls + 1
        if number == self._crash and not self._after:
            raise Killed
        await wire.checkpoint(*updates)
        if number == self._crash:
            raise Killed

    async def _once(self, name: str, wire: Wire) -> str:
        """Run a step at most once; return what it comes to."""
        if wire.status(name) is None:
            await self._checkpoint(wire, start(name, "STEP"))
            self.effects[name] += 1
            await self._checkpoint(wire, succeed(name, payload="done"))
        elif wire.status(name) == "STARTED":
            interrupted = {"ErrorType": "StepInterruptedError"}
            await self._checkpoint(wire, {"Id": name, "Type": "STEP", "Action": "FAIL", "Error": interrupted})
        return "done" if wire.status(name) == "SUCCEEDED" else "interrupted"

    async def parent(self, event: Json, wire: Wire) -> Json:
        outcome = await self._once("pay", wire)
        if wire.status("wait") is None:
            await self._checkpoint(wire, start("wait", "WAIT", WaitOptions={"WaitSeconds": 60}))
        if wire.status("wait") == "STARTED":
            return PENDING
        if wire.status("ask") is None:
            await self._checkpoint(wire, start("ask", "CALLBACK", CallbackOptions={"TimeoutSeconds": 600}))
        if wire.status("ask") == "STARTED":
            return PENDING
        if wire.status("ship") is None:
            chained = {"FunctionName": "child:$LATEST"}
            await self._checkpoint(
                wire, start("ship", "CHAINED_INVOKE", Payload="1", ChainedInvokeOptions=chained)
            )
        if wire.status("ship") == "STARTED":
            return PENDING
        shipped = json.loads(wire.operations["ship"]["ChainedInvokeDetails"]["Result"])
        return succeeded([outcome, wire.status("ask"), shipped])

    async def child(self, event: Json, wire: Wire) -> Json:
        return succeeded(await self._once("send", wire))


async def ended(world: World) -> list[Any]:
    """Answer the callback once it is there, and return the result of the parent."""
    for _ in range(1000):
        await asyncio.sleep(5)
        executions = list(world.executions.executions())
        parent = next(execution for execution in executions if execution.function == "work")
        operation = parent.operations.get("ask")
        if operation is not None and operation.open:
            await world.request("POST", f"durable-execution-callbacks/{operation.callback_id}/succeed", 1)
        if not any(execution.live for execution in executions):
            assert parent.result is not None, parent.error
            result: list[Any] = json.loads(parent.result)
            return result
    raise AssertionError("it never ended")


def whole_run() -> tuple[Records, list[Any]]:
    async def run() -> tuple[Records, list[Any]]:
        functions = Functions()
        records = Records(functions.effects)
        world = functions.world(records)
        await world.invoke(asynchronous=True, name="order")
        result = await ended(world)
        await world.executions.stop()
        records.effects.append(functions.effects.copy())
        return records, result

    return simulate(run())


def test_execution_ends_when_the_local_cloud_is_killed_after_any_record() -> None:
    whole, result = whole_run()
    assert result == ["done", "SUCCEEDED", "done"]
    assert len(whole.rows) > 15
    cut_off: set[str] = set()
    for count in range(1, len(whole.rows) + 1):

        async def run(count: int = count) -> list[Any]:
            functions = Functions()
            # What had run when the next record came may have run before the kill.
            functions.effects.update(whole.effects[min(count, len(whole.effects) - 1)])
            world = functions.world(Records(functions.effects, whole.rows[:count]))
            world.executions.resume()
            try:
                return [*await ended(world), functions.effects]
            finally:
                await world.executions.stop()

        outcome, asked_at, shipped, effects = simulate(run())
        assert {outcome, shipped} <= ENDS, count
        assert asked_at == "SUCCEEDED", count
        assert max(effects.values()) == 1, count
        cut_off |= {name for name, end in (("pay", outcome), ("send", shipped)) if end == "interrupted"}
    assert cut_off == {"pay", "send"}


@pytest.mark.parametrize("after", [False, True])
def test_execution_ends_when_its_function_is_killed_at_any_call(after: bool) -> None:
    calls = _calls()
    for crash in range(calls):

        async def run(crash: int = crash) -> list[Any]:
            functions = Functions(crash, after=after)
            world = functions.world(Records(functions.effects))
            await world.invoke(asynchronous=True)
            try:
                return [*await ended(world), functions.effects]
            finally:
                await world.executions.stop()

        outcome, request, shipped, effects = simulate(run())
        assert {outcome, shipped} <= ENDS, crash
        assert (request, max(effects.values())) == ("SUCCEEDED", 1), crash


def _calls() -> int:
    async def run() -> int:
        functions = Functions()
        world = functions.world(Records(functions.effects))
        await world.invoke(asynchronous=True)
        await ended(world)
        await world.executions.stop()
        return functions.calls

    return simulate(run())
