"""Asynchronous invocations: attempts, waits, age, reserved concurrency, and what outlives a stop."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.functions.asynchronous.events import QueuedEvent
from localcloud.functions.asynchronous.keeping import EventStore, JournaledEvents
from localcloud.functions.asynchronous.queue import AsynchronousInvocations
from localcloud.functions.context import Context
from localcloud.functions.control_documents import AsynchronousConfig
from localcloud.functions.destinations.sending import Destinations
from localcloud.functions.errors import FunctionsError, TooManyRequests
from localcloud.functions.model import FunctionDefinition, InvokeResult
from localcloud.functions.observing import Observation
from localcloud.functions.registry import Registry
from localcloud.functions.settings import Settings
from localcloud.journal import Journal
from tests.functions.conftest import Bench
from tests.functions.fakes import FakeClock, FakeControl, FakeTargets, function_arn, queue_arn
from tests.functions.helpers import until

OK = InvokeResult(b'{"done":true}')
FAILED = InvokeResult(b'{"errorMessage":"no","errorType":"LookupError"}', "Unhandled")
FULL = TooManyRequests("work", 1)
FAILURES, DEAD = queue_arn("failures"), queue_arn("dead")


class Office:
    """The queue of events, in front of a function that answers by a list."""

    def __init__(self, *answers: InvokeResult | FunctionsError, store: EventStore | None = None) -> None:
        self.control = FakeControl()
        self.targets = FakeTargets()
        self.clock = FakeClock()
        self.attempts: list[tuple[bytes, str]] = []
        self.warnings: list[str] = []
        self.observations: list[Observation] = []
        self.gate: asyncio.Event | None = None
        self._answers = list(answers)
        context = Context(self.warnings.append, Settings(), self.clock)
        context.observations.listen(self.observations.append)
        self.registry = Registry(self.control)
        self.control.define("work", "app.handler")
        self.configure()
        self.invocations = AsynchronousInvocations(
            self._attempt,
            self.registry,
            Destinations(self.targets, self._forward, context),
            context,
            store,
        )

    async def _attempt(self, function: FunctionDefinition, payload: bytes, request_id: str) -> InvokeResult:
        self.attempts.append((payload, request_id))
        if self.gate is not None:
            await self.gate.wait()
        answer = self._answers.pop(0)
        if isinstance(answer, FunctionsError):
            raise answer
        return answer

    async def _forward(self, function: str, payload: bytes, *, asynchronous: bool = False) -> InvokeResult:
        raise AssertionError("no test here has a function as its destination")

    def configure(self, **config: Any) -> None:
        """Have all failures reported to a queue, and whatever else is given."""
        self.control.configs["work"] = AsynchronousConfig(on_failure=FAILURES, **config)
        self.registry.changed()

    def change(self, **properties: object) -> None:
        """Change the function."""
        self.control.define("work", "app.handler", **properties)
        self.registry.changed()

    def send(self, request_id: str = "r-1") -> None:
        self.invocations.enqueue(self.control.functions["work"], b'{"order":1}', request_id)

    async def settled(self) -> None:
        await until(lambda: self.invocations.pending == 0)

    async def run(self) -> dict[str, Any] | None:
        """Send an event, see it through, and return the context of its failure's record."""
        self.send()
        await self.settled()
        records = [json.loads(body) for body, _ in self.targets.sent(FAILURES)]
        return records[-1]["requestContext"] if records else None

    def counted(self) -> Counter[str]:
        return Counter(observation.metric for observation in self.observations)


async def test_retries_wait_one_and_two_minutes_with_the_same_request_id() -> None:
    office = Office(FAILED, FAILED, OK)
    assert await office.run() is None
    assert office.attempts == [(b'{"order":1}', "r-1")] * 3
    assert office.clock.slept == [60, 120]


@pytest.mark.parametrize(("retries", "attempts"), [(0, 1), (1, 2), (2, 3)])
async def test_event_is_given_up_after_its_retries(retries: int, attempts: int) -> None:
    office = Office(*[FAILED] * 3)
    office.configure(maximum_retries=retries)
    context = await office.run()
    assert context is not None
    assert (context["condition"], context["approximateInvokeCount"]) == ("RetriesExhausted", attempts)
    assert len(office.attempts) == attempts


async def test_event_is_not_retried_beyond_its_maximum_age() -> None:
    office = Office(FAILED, FAILED, FAILED)
    office.configure(maximum_age=100)  # the second retry would come after 180 s
    context = await office.run()
    assert context is not None
    assert (context["condition"], context["approximateInvokeCount"]) == ("EventAgeExceeded", 2)


async def test_throttled_attempts_back_off_and_use_no_retry() -> None:
    office = Office(*[FULL] * 10, FAILED, FAILED, OK)
    assert await office.run() is None
    assert office.clock.slept == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 60, 120]


async def test_throttling_backoff_restarts_after_an_attempt() -> None:
    office = Office(FULL, FULL, FAILED, FULL, OK)
    assert await office.run() is None
    assert office.clock.slept == [1, 2, 60, 1]


async def test_throttled_event_is_given_up_at_its_maximum_age() -> None:
    office = Office(*[FULL] * 100)
    office.configure(maximum_age=3600)
    office.change(dead_letter_arn=DEAD)
    context = await office.run()
    assert context is not None
    assert (context["condition"], context["approximateInvokeCount"]) == ("EventAgeExceeded", 0)
    ((_, attributes),) = office.targets.sent(DEAD)
    assert attributes["ErrorCode"] == ("Number", "429")
    assert office.clock.now() - 1_795_000_000 <= 3600


async def test_events_go_to_their_destination_when_the_reserved_concurrency_is_zero() -> None:
    office = Office()
    office.change(reserved_concurrency=0, dead_letter_arn=DEAD)
    context = await office.run()
    assert context is not None
    assert (context["condition"], context["approximateInvokeCount"]) == ("ZeroReservedConcurrency", 0)
    ((body, attributes),) = office.targets.sent(DEAD)
    assert (body, attributes["ErrorCode"]) == ('{"order":1}', ("Number", "429"))
    assert office.attempts == []


async def test_retry_uses_the_current_definition_of_the_function() -> None:
    office = Office(FAILED)
    office.gate = asyncio.Event()
    office.send()
    await until(lambda: office.attempts)
    office.change(reserved_concurrency=0)
    office.gate.set()
    await office.settled()
    ((body, _),) = office.targets.sent(FAILURES)
    assert json.loads(body)["requestContext"]["condition"] == "ZeroReservedConcurrency"


async def test_event_of_a_deleted_function_is_dropped_and_named() -> None:
    office = Office()
    function = office.control.functions.pop("work")
    office.invocations.enqueue(function, b"{}", "r-1")
    await office.settled()
    assert office.warnings[0].startswith("an asynchronous invocation is dropped: Function not found: work.")
    assert office.counted()["AsyncEventsDropped"] == 1


async def test_events_are_counted_by_their_outcome() -> None:
    office = Office(FAILED, OK)
    office.configure(maximum_retries=0)
    await office.run()
    await office.run()
    assert office.counted() == {"AsyncEventsReceived": 2, "AsyncEventAge": 2, "AsyncEventsDropped": 1}


# --- a stop ---


def event(request_id: str = "r-1") -> QueuedEvent:
    now = FakeClock().now()
    return QueuedEvent("work", "", function_arn("work"), b'{"order":1}', request_id, now, now)


@contextmanager
def process(folder: Path) -> Iterator[EventStore]:
    """The store of one process; the next one opens the same folder."""
    journal = Journal.open(folder)
    try:
        yield JournaledEvents(journal)
    finally:
        journal.close()


async def test_event_survives_the_process_with_its_attempts(tmp_path: Path) -> None:
    with process(tmp_path) as store:
        first = Office(FAILED, store=store)
        first.send()
        await until(lambda: first.attempts)
        first.gate = asyncio.Event()  # the second attempt is cut off
        await until(lambda: len(first.attempts) == 2)
        await first.invocations.stop()
    with process(tmp_path) as store:
        second = Office(FAILED, FAILED, store=store)
        second.invocations.resume()
        await second.settled()
        ((body, _),) = second.targets.sent(FAILURES)
        record = json.loads(body)
        assert record["requestContext"]["approximateInvokeCount"] == 3
        assert record["requestContext"]["requestId"] == "r-1"
        assert record["requestPayload"] == {"order": 1}
    with process(tmp_path) as store:
        assert store.load() == []


async def test_event_during_a_stop_is_kept(tmp_path: Path) -> None:
    with process(tmp_path) as store:
        office = Office(store=store)
        await office.invocations.stop()
        office.send("late")
    with process(tmp_path) as store:
        assert [kept.request_id for kept in store.load()] == ["late"]
    assert office.attempts == []


async def test_event_expired_before_the_start_is_reported(tmp_path: Path) -> None:
    old = event()
    old.attempts, old.result = 1, FAILED
    with process(tmp_path) as store:
        store.accepted(old)
    with process(tmp_path) as store:
        office = Office(store=store)
        office.clock.time += 6 * 3600 + 1
        office.invocations.resume()
        await office.settled()
        ((body, _),) = office.targets.sent(FAILURES)
        assert json.loads(body)["requestContext"]["condition"] == "EventAgeExceeded"


async def test_interrupted_report_is_repeated_without_another_attempt(tmp_path: Path) -> None:
    ended = event()
    with process(tmp_path) as store:
        store.accepted(ended)
        ended.attempts, ended.result, ended.condition = 3, FAILED, "RetriesExhausted"
        store.changed(ended)
    with process(tmp_path) as store:
        office = Office(store=store)
        office.invocations.resume()
        await office.settled()
        assert len(office.targets.sent(FAILURES)) == 1
        assert office.attempts == []


async def test_unreadable_stored_event_is_named(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    journal.put("functions/events", "r-1", {"function": 7})
    journal.close()
    with process(tmp_path) as store:
        office = Office(store=store)
        office.invocations.resume()
        assert office.warnings[0].endswith("stay where they are: function is no text")


@given(
    payload=st.binary(),
    attempts=st.integers(0, 3),
    result=st.none() | st.builds(InvokeResult, st.binary(), st.none() | st.just("Unhandled")),
    condition=st.sampled_from([None, "Success", "EventAgeExceeded"]),
)
def test_stored_event_round_trips(
    payload: bytes, attempts: int, result: InvokeResult | None, condition: Any
) -> None:
    before = event()
    before.payload, before.attempts, before.result, before.condition = payload, attempts, result, condition
    assert QueuedEvent.of(json.loads(json.dumps(before.document()))) == before


async def test_asynchronous_invocation_returns_before_the_function_runs(bench: Bench) -> None:
    bench.define("echo", "basic.echo")
    done = queue_arn("done")
    bench.world.control.configs["echo"] = AsynchronousConfig(on_success=done)
    result = await bench.service.invoke("echo", b'{"a":1}', asynchronous=True)
    assert result.payload == b""
    await until(lambda: bench.world.targets.sent(done))
    record = json.loads(bench.world.targets.sent(done)[0][0])
    assert record["requestContext"]["requestId"] == result.request_id
    assert record["responsePayload"] == {"a": 1}


async def test_unstored_events_are_named_at_a_stop() -> None:
    office = Office(FAILED)
    office.gate = asyncio.Event()
    office.send("r-1")
    office.send("r-2")
    await until(lambda: office.attempts)
    await office.invocations.stop()
    await office.invocations.stop()
    assert office.warnings == ["work: 2 of its queued events end with the local cloud, without --data"]


async def test_stored_events_are_not_named_at_a_stop(tmp_path: Path) -> None:
    with process(tmp_path) as store:
        office = Office(FAILED, store=store)
        office.gate = asyncio.Event()
        office.send()
        await until(lambda: office.attempts)
        await office.invocations.stop()
    assert office.warnings == []
