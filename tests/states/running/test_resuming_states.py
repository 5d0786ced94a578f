"""What each kind of state does after the end of the process."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from localcloud.states.language.scope import Json
from localcloud.states.running.durable import DurableExecution
from tests.states.clock import SkippingLoop
from tests.states.store import MemoryStore
from tests.states.world import INVOKE, START, TOKEN, FunctionFailure, World, chain, invocation, jsonata

KEEP: Json = {"Type": "Pass"}
WORKER = "arn:aws:states:eu-west-1:000000000000:activity:pack"
Test = Callable[["Processes"], Awaitable[None]]


class Processes:
    """One process after the other, with one journal.

    Attributes
    ----------
    functions
        What the functions do, in whichever process.
    """

    def __init__(self) -> None:
        self.functions: dict[str, Any] = {}
        self.objects: dict[str, bytes] = {}
        self._store = MemoryStore()
        self.world = self._begin()

    def _begin(self) -> World:
        world = World(self._store)
        world.functions, world.objects = self.functions, self.objects
        return world

    def kill(self) -> World:
        """End the process as ``kill -9`` does, and begin the next; return it before it resumes anything."""
        self._store = self._store.cut()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        self.world = self._begin()
        return self.world

    def restart(self) -> World:
        """Kill the process, begin the next and let it resume."""
        world = self.kill()
        world.service.resume()
        return world

    async def until(self, execution: str, kind: str) -> None:
        """Wait until the history of an execution has an event of a type, and it is written."""
        async with asyncio.timeout(3600):
            while all(event["type"] != kind for event in self.world.events(execution)):
                await asyncio.sleep(0.01)
        self.world.service.flush()


@pytest.fixture
def processes() -> Callable[[Test], None]:
    """Runs a test in a loop whose waits pass at once."""

    def run(test: Test) -> None:
        async def main() -> None:
            await test(Processes())

        with asyncio.Runner(loop_factory=SkippingLoop) as runner:
            runner.run(main())

    return run


def kinds(world: World, execution: str) -> list[str]:
    return [event["type"] for event in world.events(execution)]


async def result(world: World, execution: str) -> Json:
    """Return the output of an execution that succeeds."""
    async with asyncio.timeout(3600):
        end = await world.end(execution)
    assert end["status"] == "SUCCEEDED", end
    return json.loads(end["output"])


def test_wait_ends_at_its_original_time(processes: Callable[[Test], None]) -> None:
    async def test(process: Processes) -> None:
        loop = asyncio.get_running_loop()
        arn = process.world.start(process.world.create(chain(W={"Type": "Wait", "Seconds": 100}, P=KEEP)))
        start = time.time()
        await process.until(arn, "WaitStateEntered")
        await asyncio.sleep(0)
        world = process.restart()
        execution = world.region.executions[arn]
        assert isinstance(execution, DurableExecution)
        assert execution.top.standing is not None
        assert execution.top.standing.until == pytest.approx(start + 100, abs=5)
        resumed = loop.time()
        await result(world, arn)
        assert loop.time() - resumed == pytest.approx(100, abs=5)
        assert kinds(world, arn).count("WaitStateEntered") == 1

    processes(test)


def test_function_is_invoked_again_with_the_same_event_when_its_answer_was_not_written(
    processes: Callable[[Test], None],
) -> None:
    async def test(process: Processes) -> None:
        events: list[Json] = []
        hangs = True

        async def charge(event: Json) -> Json:
            events.append(event)
            if hangs:
                await asyncio.Event().wait()
            return "paid"

        process.functions["charge"] = charge
        arguments = {"FunctionName": "charge", "Payload": {"key": "{% $uuid() %}"}}
        state = {
            "Type": "Task",
            "Resource": INVOKE,
            "Arguments": arguments,
            "Output": "{% $states.result.Payload %}",
        }
        arn = process.world.start(process.world.create(jsonata(Charge=state)))
        while not events:
            await asyncio.sleep(0)
        hangs = False
        world = process.restart()
        assert await result(world, arn) == "paid"
        assert len(events) == 2
        assert events[0] == events[1]
        assert kinds(world, arn).count("TaskScheduled") == 1

    processes(test)


def test_token_survives_a_restart_and_may_be_answered_meanwhile(
    processes: Callable[[Test], None],
) -> None:
    async def test(process: Processes) -> None:
        tokens: list[str] = []
        process.functions["ask"] = tokens.append
        parameters = {"FunctionName": "ask", "Payload.$": "$$.Task.Token"}
        state = {"Type": "Task", "Resource": TOKEN, "Parameters": parameters}
        machine = process.world.create(chain(Ask=state))
        first, second, third = (process.world.start(machine, name=name) for name in ("one", "two", "three"))
        for arn in (first, second, third):
            await process.until(arn, "TaskSubmitted")
        process.world.ask("SendTaskSuccess", taskToken=tokens[0], output='"before the end"')
        world = process.kill()
        assert world.refusal("SendTaskSuccess", taskToken=tokens[0], output='"twice"')[0] == "TaskTimedOut"
        world.ask("SendTaskSuccess", taskToken=tokens[1], output='"before it goes on"')
        world = process.restart()
        world.ask("SendTaskSuccess", taskToken=tokens[2], output='"after it"')
        assert await result(world, first) == "before the end"
        assert await result(world, second) == "before it goes on"
        assert await result(world, third) == "after it"
        assert len(tokens) == 3

    processes(test)


def test_limits_do_not_count_the_time_in_which_nothing_ran(
    processes: Callable[[Test], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(process: Processes) -> None:
        process.functions["ask"] = lambda _event: None
        parameters = {"FunctionName": "ask", "Payload.$": "$$.Task.Token"}
        state = {"Type": "Task", "Resource": TOKEN, "Parameters": parameters, "TimeoutSeconds": 100}
        arn = process.world.start(process.world.create({**chain(Ask=state), "TimeoutSeconds": 1000}))
        await process.until(arn, "TaskSubmitted")
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 3600)
        world = process.restart()
        loop = asyncio.get_running_loop()
        resumed = loop.time()
        async with asyncio.timeout(3600):
            end = await world.end(arn)
        assert (end["status"], end["error"]) == ("FAILED", "States.Timeout")
        assert 90 < loop.time() - resumed < 110
        assert kinds(world, arn)[-2:] == ["TaskTimedOut", "ExecutionFailed"]

    processes(test)


def test_retries_keep_their_count_and_pause_over_a_restart(processes: Callable[[Test], None]) -> None:
    async def test(process: Processes) -> None:
        calls = 0

        def fail(_event: Json) -> Json:
            nonlocal calls
            calls += 1
            raise FunctionFailure("Busy")

        process.functions["fail"] = fail
        retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 50, "MaxAttempts": 3, "BackoffRate": 1}]
        catch = [{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}]
        states = chain(Try=invocation("fail", Retry=retry, Catch=catch, End=True), Sorry=KEEP)
        arn = process.world.start(process.world.create(states))
        for _ in range(3):
            async with asyncio.timeout(3600):
                before = calls
                while calls == before:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.01)
            process.restart()
        await result(process.world, arn)
        assert calls == 4
        assert kinds(process.world, arn).count("TaskFailed") == 4

    processes(test)


def test_finished_branches_and_iterations_are_not_repeated(processes: Callable[[Test], None]) -> None:
    async def test(process: Processes) -> None:
        calls: list[Json] = []
        gate = asyncio.Event()

        async def work(event: Json) -> Json:
            calls.append(event)
            if event in {2, "slow"}:
                await gate.wait()
            return event

        process.functions["work"] = work
        each = {
            "Type": "Map",
            "ItemsPath": "$.items",
            "MaxConcurrency": 2,
            "ItemProcessor": chain(Work=invocation("work")),
        }
        both = {"Type": "Parallel", "Branches": [chain(Each=each), chain(Slow=invocation("work", "slow"))]}
        arn = process.world.start(process.world.create(chain(Both=both)), {"items": [1, 2, 3, 4]})
        while {1, 2, 3, 4, "slow"} - {str(call) if isinstance(call, str) else call for call in calls}:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.01)
        gate.set()
        world = process.restart()
        items = [{"value": item} for item in (1, 2, 3, 4)]
        assert await result(world, arn) == [items, {"value": "slow"}]
        assert sorted(map(str, calls)) == ["1", "2", "2", "3", "4", "slow", "slow"]
        assert kinds(world, arn).count("MapIterationSucceeded") == 4

    processes(test)


def test_activity_task_is_offered_again_unless_a_worker_has_it(processes: Callable[[Test], None]) -> None:
    async def test(process: Processes) -> None:
        process.world.ask("CreateActivity", name="pack")
        machine = process.world.create(chain(Pack={"Type": "Task", "Resource": WORKER}))
        first = process.world.start(machine, {"n": 1}, name="one")
        await process.until(first, "ActivityScheduled")
        region = process.world.region
        answer_slowly = await process.world.service.answer_slowly(
            region, "GetActivityTask", {"activityArn": WORKER}
        )
        await process.until(first, "ActivityStarted")
        second = process.world.start(machine, {"n": 2}, name="two")
        await process.until(second, "ActivityScheduled")
        world = process.restart()
        await asyncio.sleep(0.01)
        again = await world.service.answer_slowly(world.region, "GetActivityTask", {"activityArn": WORKER})
        assert json.loads(again["input"]) == {"n": 2}
        for task, output in ((answer_slowly, '"first"'), (again, '"second"')):
            world.ask("SendTaskSuccess", taskToken=task["taskToken"], output=output)
        assert [await result(world, first), await result(world, second)] == ["first", "second"]

    processes(test)


def test_execution_waiting_for_another_continues_to_wait(processes: Callable[[Test], None]) -> None:
    async def test(process: Processes) -> None:
        inner = process.world.create(
            chain(W={"Type": "Wait", "Seconds": 100}, P={"Type": "Pass", "Result": 7}), "inner"
        )
        parameters = {"StateMachineArn": inner, "Input": {}}
        state = {
            "Type": "Task",
            "Resource": f"{START}.sync:2",
            "Parameters": parameters,
            "OutputPath": "$.Output",
        }
        arn = process.world.start(process.world.create(chain(Nested=state)))
        await process.until(arn, "TaskSubmitted")
        world = process.restart()
        assert await result(world, arn) == 7
        listed = world.ask("ListExecutions", stateMachineArn=inner)["executions"]
        assert [execution["status"] for execution in listed] == ["SUCCEEDED"]

    processes(test)


def test_stopped_execution_ends_as_aborted(processes: Callable[[Test], None]) -> None:
    async def test(process: Processes) -> None:
        machine = process.world.create(chain(W={"Type": "Wait", "Seconds": 100}))
        first, second = (process.world.start(machine, name=name) for name in ("one", "two"))
        await process.until(second, "WaitStateEntered")
        process.world.ask("StopExecution", executionArn=first, error="Mine", cause="why")
        world = process.kill()
        assert world.ask("DescribeExecution", executionArn=first)["status"] == "ABORTED"
        world.ask("StopExecution", executionArn=second)
        world.service.resume()
        for arn in (first, second):
            await world.region.executions[arn].ended()
            assert kinds(world, arn) == ["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"]
        end = world.ask("DescribeExecution", executionArn=first)
        assert (end["error"], end["cause"]) == ("Mine", "why")

    processes(test)


@pytest.mark.parametrize("express", [False, True])
def test_map_run_continues_with_its_unfinished_children(
    processes: Callable[[Test], None], express: bool
) -> None:
    async def test(process: Processes) -> None:
        calls: list[Json] = []
        gate = asyncio.Event()

        async def work(event: Json) -> Json:
            calls.append(event)
            if event == 2:
                await gate.wait()
            return event

        process.functions["work"] = work
        configuration = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS" if express else "STANDARD"}
        processor = {**chain(Work=invocation("work")), "ProcessorConfig": configuration}
        state = {"Type": "Map", "MaxConcurrency": 2, "ItemProcessor": processor}
        arn = process.world.start(process.world.create(chain(Each=state)), [1, 2, 3, 4, 5])
        while len(calls) < 5:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.01)
        gate.set()
        world = process.restart()
        (run,) = world.ask("ListMapRuns", executionArn=arn)["mapRuns"]
        assert await result(world, arn) == [{"value": item} for item in (1, 2, 3, 4, 5)]
        assert sorted(map(int, calls)) == [1, 2, 2, 3, 4, 5]
        described = world.ask("DescribeMapRun", mapRunArn=run["mapRunArn"])
        assert (described["status"], described["itemCounts"]["succeeded"]) == ("SUCCEEDED", 5)
        assert described["executionCounts"]["total"] == 5

    processes(test)


def test_failed_map_run_is_redriven_after_the_end_of_the_process(processes: Callable[[Test], None]) -> None:
    async def test(process: Processes) -> None:
        calls: list[Json] = []
        broken = {2}

        def work(event: Json) -> Json:
            calls.append(event)
            if event in broken:
                raise FunctionFailure("Broken")
            return event

        process.functions["work"] = work
        processor = {
            **chain(Work=invocation("work")),
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        }
        state = {"Type": "Map", "ItemProcessor": processor, "ToleratedFailureCount": 0}
        arn = process.world.start(process.world.create(chain(Each=state)), [1, 2, 3])
        await process.until(arn, "ExecutionFailed")
        broken.clear()
        world = process.restart()
        world.ask("RedriveExecution", executionArn=arn)
        world = process.restart()
        assert await result(world, arn) == [{"value": item} for item in (1, 2, 3)]
        assert sorted(map(int, calls)) == [1, 2, 2, 3]

    processes(test)


def test_express_execution_runs_again_from_its_beginning(processes: Callable[[Test], None]) -> None:
    async def test(process: Processes) -> None:
        calls: list[Json] = []

        async def work(event: Json) -> Json:
            calls.append(event)
            if len(calls) == 1:
                await asyncio.Event().wait()
            return event

        process.functions["work"] = work
        machine = process.world.create(chain(Work=invocation("work")), type="EXPRESS")
        process.world.start(machine, {"n": 1})
        while not calls:
            await asyncio.sleep(0)
        world = process.restart()
        while len(world.changes) < 1:
            await asyncio.sleep(0)
        assert calls == [{"n": 1}, {"n": 1}]
        assert world.changes == [("one", "SUCCEEDED")]
        # It has ended: nothing is left of it.
        process.restart()
        await asyncio.sleep(0.1)
        assert len(calls) == 2

    processes(test)


def test_redriven_execution_continues_at_its_failed_state(processes: Callable[[Test], None]) -> None:
    async def test(process: Processes) -> None:
        calls: list[Json] = []
        broken = {"second"}

        def call(event: Json) -> Json:
            calls.append(event)
            if event in broken:
                raise FunctionFailure("Broken")
            return event

        process.functions["call"] = call
        second = {"Type": "Pass", "Assign": {"x": 1}, "Result": {}}
        third = {"Type": "Pass", "Parameters": {"x.$": "$x"}}
        both: Json = {
            "Type": "Parallel",
            "Branches": [
                chain(A=invocation("call", "first")),
                chain(S=second, B=invocation("call", "second"), C=third),
            ],
        }
        arn = process.world.start(process.world.create(chain(Both=both, W={"Type": "Wait", "Seconds": 100})))
        await process.until(arn, "ExecutionFailed")
        broken.clear()
        world = process.restart()
        assert world.ask("DescribeExecution", executionArn=arn)["redriveStatus"] == "REDRIVABLE"
        world.ask("RedriveExecution", executionArn=arn)
        await process.until(arn, "WaitStateEntered")
        world = process.restart()
        assert await result(world, arn) == [{"value": "first"}, {"x": 1}]
        assert sorted(map(str, calls)) == ["first", "second", "second"]
        assert world.ask("DescribeExecution", executionArn=arn)["redriveCount"] == 1

    processes(test)
