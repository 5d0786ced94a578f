"""Asynchronous invocations: retries, age, destinations and dead letters."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud.functions.asynchronous import AsynchronousInvocations
from localcloud.functions.control_documents import AsynchronousConfig
from localcloud.functions.destinations import Destinations
from localcloud.functions.errors import FunctionsError, TooManyRequests
from localcloud.functions.model import FunctionDefinition, InvokeResult
from tests.functions.conftest import Bench
from tests.functions.fakes import FakeControl, FakeQueues, function_arn, queue_arn
from tests.functions.helpers import until

OK = InvokeResult(b'{"done":true}')
FAILED = InvokeResult(b'{"errorMessage":"no","errorType":"LookupError"}', "Unhandled")
HOUR = 3600.0


class Office:
    """The queue of asynchronous events, in front of a function that answers as it is told."""

    def __init__(
        self, answers: list[InvokeResult | FunctionsError], delays: tuple[float, float] = (0, 0)
    ) -> None:
        self.control = FakeControl()
        self.queues = FakeQueues()
        self.attempts: list[tuple[bytes, str]] = []
        self.forwarded: list[tuple[str, Any]] = []
        self.warnings: list[str] = []
        self._answers = answers
        destinations = Destinations(self.queues, self._forward, self.warnings.append)
        self.invocations = AsynchronousInvocations(
            self._attempt,
            self.control,
            destinations,
            retry_delays=delays,
            throttled_delays=(0.0, 0.0),
            warn=self.warnings.append,
        )

    async def _attempt(self, function: FunctionDefinition, payload: bytes, request_id: str) -> InvokeResult:
        self.attempts.append((payload, request_id))
        answer = self._answers.pop(0)
        if isinstance(answer, FunctionsError):
            raise answer
        return answer

    async def _forward(self, function: str, payload: bytes, *, asynchronous: bool = False) -> InvokeResult:
        assert asynchronous
        self.forwarded.append((function, json.loads(payload)))
        return InvokeResult(b"")

    def send(self, config: AsynchronousConfig | None = None, **changes: object) -> None:
        self.control.configs["work"] = config or AsynchronousConfig()
        function = self.control.define("work", "app.handler", **changes)
        self.invocations.enqueue(function, b'{"order":1}', "r-1")

    async def settled(self) -> None:
        await until(lambda: self.invocations.pending == 0)


async def test_success_is_told_to_its_destination() -> None:
    office = Office([OK])
    done = queue_arn("done")
    office.send(AsynchronousConfig(on_success=done, on_failure=queue_arn("failed")))
    await office.settled()
    ((body, attributes),) = office.queues[done].sent
    record = json.loads(body)
    assert record.pop("timestamp").endswith("Z")
    assert attributes == {}
    assert record == {
        "version": "1.0",
        "requestContext": {
            "requestId": "r-1",
            "functionArn": function_arn("work") + ":$LATEST",
            "condition": "Success",
            "approximateInvokeCount": 1,
        },
        "requestPayload": {"order": 1},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"},
        "responsePayload": {"done": True},
    }
    assert office.queues[queue_arn("failed")].sent == []


async def test_a_failure_is_retried_twice_with_the_same_request() -> None:
    office = Office([FAILED, FAILED, OK])
    office.send()
    await office.settled()
    assert office.attempts == [(b'{"order":1}', "r-1")] * 3


async def test_what_never_succeeds_goes_to_destination_and_dead_letters() -> None:
    office = Office([FAILED, FAILED, FAILED])
    dead = queue_arn("dead")
    office.send(AsynchronousConfig(on_failure=function_arn("undertaker")), dead_letter_arn=dead)
    await office.settled()
    ((target, record),) = office.forwarded
    assert target == function_arn("undertaker")
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["responseContext"]["functionError"] == "Unhandled"
    assert record["responsePayload"] == {"errorMessage": "no", "errorType": "LookupError"}
    assert office.queues[dead].sent == [
        ('{"order":1}', {"RequestID": "r-1", "ErrorCode": "200", "ErrorMessage": "no"})
    ]


async def test_no_retries_when_none_are_wanted() -> None:
    office = Office([FAILED])
    office.send(AsynchronousConfig(maximum_retries=0))
    await office.settled()
    assert len(office.attempts) == 1


async def test_an_event_that_would_be_too_old_is_not_retried() -> None:
    office = Office([FAILED], delays=(HOUR, HOUR))
    failed = queue_arn("failed")
    office.send(AsynchronousConfig(maximum_age=60, on_failure=failed))
    await office.settled()
    ((body, _),) = office.queues[failed].sent
    assert json.loads(body)["requestContext"]["condition"] == "EventAgeExceeded"


async def test_being_throttled_costs_no_retry() -> None:
    office = Office([TooManyRequests("work", 1), TooManyRequests("work", 1), FAILED, FAILED, OK])
    office.send()
    await office.settled()
    assert len(office.attempts) == 5


@pytest.mark.parametrize("arn", ["arn:aws:sns:eu-west-1:1:topic", "nonsense"])
async def test_a_destination_that_is_not_served_is_named(arn: str) -> None:
    office = Office([OK])
    office.send(AsynchronousConfig(on_success=arn))
    await office.settled()
    assert office.warnings == [f"the destination {arn} is not supported: queues and functions are"]


async def test_the_service_answers_at_once_and_runs_it_later(bench: Bench) -> None:
    bench.define("echo", "basic.echo")
    done = queue_arn("done")
    bench.world.control.configs["echo"] = AsynchronousConfig(on_success=done)
    result = await bench.service.invoke("echo", b'{"a":1}', asynchronous=True)
    assert result.payload == b""
    await until(lambda: bench.world.queues[done].sent)
    record = json.loads(bench.world.queues[done].sent[0][0])
    assert record["requestContext"]["requestId"] == result.request_id
    assert record["responsePayload"] == {"a": 1}
