"""The bus channel against a server: what an entry says, how it is signed, and every way of failing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from orders.errors import PublishFailed, PublishLate
from orders.events import event_document, event_of
from orders.model import OrderStatusChanged, changed, received
from orders.status import OrderStatus
from resolvers.channels.bus import BusChannel
from tests.orders.samples import an_order, to
from tests.resolvers.fake_appsync import KEY_ID, REGION, SECRET, FakeAppSync, fake_appsync, signature

FIRST, SECOND = changed(received(an_order()), to(OrderStatus.FAILED)).changes_after(0)
ACCEPTED = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}, {"EventId": "2"}]}


@pytest.fixture
def server() -> Iterator[FakeAppSync]:
    with fake_appsync() as running:
        running.answer = json.dumps(ACCEPTED).encode()
        yield running


@pytest.fixture
def channel(server: FakeAppSync, monkeypatch: pytest.MonkeyPatch) -> Iterator[BusChannel]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url.rpartition("/")[0])
    opened = BusChannel("shop", REGION)
    opened.prepare()
    yield opened
    opened.close()


def publish(channel: BusChannel, *changes: OrderStatusChanged, within: float = 60) -> Mapping[int, Exception]:
    return channel.publish_batch(changes or (FIRST, SECOND), deadline=time.monotonic() + within)


def test_changes_are_entries_of_one_call_with_their_commit_times(
    server: FakeAppSync, channel: BusChannel
) -> None:
    assert publish(channel, replace(FIRST, trace="Root=1-2-3"), SECOND) == {}
    entries: Any = server.bodies[0]["Entries"]
    first, second = entries
    assert first["TraceHeader"] == "Root=1-2-3" and "TraceHeader" not in second
    assert (second["EventBusName"], second["Source"]) == ("shop", "orderwire.orders")
    assert (second["DetailType"], second["Time"]) == ("order.failed", 1795197607)
    assert json.loads(second["Detail"]) == event_document(event_of(SECOND))


def test_bus_signature_is_for_eventbridge(server: FakeAppSync, channel: BusChannel) -> None:
    publish(channel)
    headers = server.headers[0]
    assert f"/{REGION}/events/aws4_request, " in headers["authorization"]
    assert headers["x-amz-target"] == "AWSEvents.PutEvents"
    body = json.dumps(server.bodies[0], separators=(",", ":")).encode()
    assert headers["authorization"].endswith(f"Signature={signature(headers, body, '/')}")


def test_refused_entry_is_returned_alone(server: FakeAppSync, channel: BusChannel) -> None:
    refusal = {"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"}
    server.answer = json.dumps({"FailedEntryCount": 1, "Entries": [{"EventId": "1"}, refusal]}).encode()
    assert {place: str(error) for place, error in publish(channel).items()} == {
        1: "EventBridge: ThrottlingException: Rate exceeded"
    }
    with pytest.raises(PublishFailed, match="answered 200"):
        channel.publish(SECOND, deadline=time.monotonic() + 60)  # two results for one entry


@pytest.mark.parametrize(
    ("status", "answer"),
    [(400, b'{"__type":"ValidationException"}'), (500, b"<html>"), (200, b"{}"), (200, b"no JSON")],
)
def test_refused_call_is_an_error(
    server: FakeAppSync, channel: BusChannel, status: int, answer: bytes
) -> None:
    server.status, server.answer = status, answer
    with pytest.raises(PublishFailed, match=f"EventBridge answered {status}"):
        publish(channel)


def test_hanging_server_is_late(server: FakeAppSync, channel: BusChannel) -> None:
    server.hang_before_answer = True
    with pytest.raises(PublishLate):
        publish(channel, within=0.05)
    server.let_go.set()
