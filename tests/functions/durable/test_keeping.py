"""Executions that the end of the process interrupts go on from the journal."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from localcloud.functions.dispatch import Dispatch
from localcloud.functions.durable.keeping import JournaledExecutions
from localcloud.functions.keeping import FunctionStores
from localcloud.functions.model import DurableConfig, InvokeResult
from localcloud.functions.observing import Observations
from localcloud.journal import Journal
from tests.functions.durable.world import (
    PENDING,
    Handler,
    Json,
    Wire,
    World,
    ask,
    start,
    step_then_wait,
    succeeded,
)
from tests.functions.virtual_time import simulate


class Machine:
    """A world after the other over one journal; each ends without a word, as by ``kill -9``."""

    def __init__(self, folder: Path, handlers: dict[str, Handler]) -> None:
        self._folder, self._handlers = folder, handlers
        self._journal: Journal | None = None

    def boot(self, *, resumed: bool = True) -> World:
        if self._journal is not None:
            self._journal.close()
        self._journal = Journal.open(self._folder)
        config = DurableConfig(execution_timeout=86_400)
        world = World(self._handlers, config, store=JournaledExecutions(self._journal))
        if resumed:
            world.executions.resume()
        return world

    async def kill(self, world: World) -> None:
        await world.executions.stop()

    def off(self) -> None:
        assert self._journal is not None
        self._journal.close()


def test_wait_continues_in_the_next_process(tmp_path: Path) -> None:
    machine = Machine(tmp_path, {"work": step_then_wait})

    async def run() -> None:
        world = machine.boot()
        arn = (await world.invoke(asynchronous=True, name="n")).durable_arn
        await asyncio.sleep(10)
        await machine.kill(world)
        world = machine.boot()
        await asyncio.sleep(7000)
        assert (world.invocations, (await world.describe(arn))["Status"]) == ([], "RUNNING")
        await asyncio.sleep(300)
        assert (await world.describe(arn))["Result"] == '"done"'
        assert world.invocations == ["work"]
        await machine.kill(world)
        world = machine.boot()
        assert len(await world.events(arn)) == 8
        joined = await world.invoke(name="n", asynchronous=True)
        assert (joined.durable_arn, world.invocations) == (arn, [])
        await machine.kill(world)
        machine.off()

    simulate(run())


def test_step_runs_at_most_once_when_the_process_ends_after_its_start(tmp_path: Path) -> None:
    runs: list[str] = []

    async def once(event: Json, wire: Wire) -> Json:
        if wire.status("s") == "STARTED":
            interrupted = {"ErrorType": "StepInterruptedError"}
            await wire.checkpoint({"Id": "s", "Type": "STEP", "Action": "FAIL", "Error": interrupted})
            return succeeded("interrupted")
        await wire.checkpoint(start("s", "STEP"))
        runs.append("run")
        await asyncio.sleep(1000)
        return PENDING

    machine = Machine(tmp_path, {"work": once})

    async def run() -> None:
        world = machine.boot()
        arn = (await world.invoke(asynchronous=True)).durable_arn
        await asyncio.sleep(10)
        await machine.kill(world)
        world = machine.boot()
        await asyncio.sleep(10)
        assert ((await world.describe(arn))["Result"], runs) == ('"interrupted"', ["run"])
        await machine.kill(world)
        machine.off()

    simulate(run())


def test_callback_and_chained_invocation_end_in_the_next_process(tmp_path: Path) -> None:
    async def parent(event: Json, wire: Wire) -> Json:
        if wire.status("i") is None:
            chained = {"FunctionName": "child:$LATEST"}
            await wire.checkpoint(start("i", "CHAINED_INVOKE", Payload="1", ChainedInvokeOptions=chained))
        if wire.status("i") == "STARTED":
            return PENDING
        return succeeded(wire.operations["i"]["ChainedInvokeDetails"]["Result"])

    machine = Machine(tmp_path, {"work": parent, "child": ask})

    async def run() -> None:
        world = machine.boot()
        arn = (await world.invoke(asynchronous=True)).durable_arn
        await asyncio.sleep(3)
        child = next(
            execution for execution in world.executions.executions() if execution.function == "child"
        )
        key = child.operations["c"].callback_id
        await machine.kill(world)
        world = machine.boot()
        await asyncio.sleep(1)
        await world.request("POST", f"durable-execution-callbacks/{key}/succeed", 7)
        await asyncio.sleep(5)
        result = json.loads((await world.describe(arn))["Result"])
        assert result == '"7"'
        await machine.kill(world)
        machine.off()

    simulate(run())


def test_end_of_an_event_is_reported_once(tmp_path: Path) -> None:
    reports: list[InvokeResult] = []

    async def report(function: object, payload: bytes, result: InvokeResult) -> None:
        reports.append(result)

    async def failing(event: Json, wire: Wire) -> Json:
        return {"Status": "FAILED", "Error": {"ErrorType": "Mine", "ErrorMessage": "no"}}

    async def run() -> None:
        world = World({"work": failing}, report=report)
        await world.invoke()
        await world.invoke(asynchronous=True)
        await asyncio.sleep(1)
        assert [json.loads(report.payload)["errorType"] for report in reports] == ["Mine"]

    simulate(run())


def test_name_and_callback_of_an_earlier_run_exist_before_it_continues(tmp_path: Path) -> None:
    machine = Machine(tmp_path, {"work": ask})

    async def run() -> None:
        world = machine.boot()
        arn = (await world.invoke(asynchronous=True, name="n")).durable_arn
        await asyncio.sleep(1)
        [started] = [
            event for event in (await world.history(arn))["Events"] if "Callback" in event["EventType"]
        ]
        key = started["CallbackStartedDetails"]["CallbackId"]
        await machine.kill(world)
        world = machine.boot(resumed=False)
        world.executions.load()
        joined = await world.invoke(asynchronous=True, name="n")
        await world.request("POST", f"durable-execution-callbacks/{key}/succeed", "yes")
        await asyncio.sleep(1)
        # The engine may not have its functions yet: nothing is invoked before the service is connected.
        assert (joined.durable_arn, world.invocations) == (arn, [])
        world.executions.resume()
        await asyncio.sleep(1)
        assert (await world.describe(arn))["Status"] == "SUCCEEDED"
        assert world.invocations == ["work"]
        machine.off()

    simulate(run())


def test_early_executions_continue_when_the_service_connects(tmp_path: Path) -> None:
    async def run() -> None:
        machine = Machine(tmp_path, {"work": step_then_wait})
        world = machine.boot()
        arn = (await world.invoke(asynchronous=True, name="n")).durable_arn
        await asyncio.sleep(10)
        await machine.kill(world)
        machine.off()
        kept = FunctionStores(journal=Journal.open(tmp_path))
        parts: Any = SimpleNamespace(
            run=world._attempt,
            resume=lambda: None,
            conclude=None,
            observations=Observations(),
            settings=SimpleNamespace(shows_durable=None, refusal=None),
        )
        dispatch = Dispatch(parts, parts, cast("Any", world), parts, kept)
        executions = dispatch.executions  # as a request of the API that comes before the service connects
        dispatch.resume()
        await asyncio.sleep(8000)
        execution = executions.get(arn)
        assert execution is not None
        assert executions._paused is False
        await executions.stop()
        kept.close()

    simulate(run())
