"""The AppSync Events channel against a server: what is sent, how it is signed, and every way of failing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from orders.errors import PublishFailed, PublishLate
from orders.model import CustomerId, OrderId, OrderStatusChanged
from orders.status import FailureReason, OrderStatus
from resolvers.channels.events import EventsChannel
from tests.orders.samples import AT
from tests.resolvers.fake_appsync import KEY_ID, REGION, SECRET, FakeAppSync, fake_appsync, signature

CHANGE = OrderStatusChanged(OrderId("3f2b"), CustomerId("ada"), 2, OrderStatus.VALIDATED, AT)
ACCEPTED = b'{"failed":[],"successful":[{"identifier":"i","index":0}]}'


@pytest.fixture
def server() -> Iterator[FakeAppSync]:
    with fake_appsync() as running:
        running.answer = ACCEPTED
        yield running


@pytest.fixture
def channel(server: FakeAppSync, monkeypatch: pytest.MonkeyPatch) -> Iterator[EventsChannel]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")  # its scheme stands for AWS's
    opened = EventsChannel(urlsplit(server.url).netloc, REGION)
    opened.prepare()
    yield opened
    opened.close()


def publish(channel: EventsChannel, change: OrderStatusChanged = CHANGE, *, within: float = 60) -> None:
    channel.publish(change, deadline=time.monotonic() + within)


def test_event_has_six_fields_on_the_channel_of_its_customer(
    server: FakeAppSync, channel: EventsChannel
) -> None:
    publish(channel)
    failed = (OrderStatus.FAILED, AT, FailureReason.OUT_OF_STOCK)
    publish(channel, OrderStatusChanged(CHANGE.order_id, CHANGE.customer_id, 3, *failed))
    assert [body["channel"] for body in server.bodies] == ["/orders/ada/3f2b"] * 2
    events = [[json.loads(event) for event in body["events"]] for body in server.bodies]  # type: ignore[attr-defined]
    sent = {"orderId": "3f2b", "customerId": "ada", "at": AT}
    assert events == [
        [{**sent, "version": 2, "status": "VALIDATED", "reason": None}],
        [{**sent, "version": 3, "status": "FAILED", "reason": "OUT_OF_STOCK"}],
    ]


def test_events_signature_is_for_appsync(server: FakeAppSync, channel: EventsChannel) -> None:
    publish(channel)
    headers = server.headers[0]
    assert f"/{REGION}/appsync/aws4_request, " in headers["authorization"]
    body = json.dumps(server.bodies[0], separators=(",", ":")).encode()
    assert headers["authorization"].endswith(f"Signature={signature(headers, body, '/event')}")


@pytest.mark.parametrize(
    ("status", "answer", "message"),
    [
        (
            200,
            {"failed": [{"identifier": "i", "index": 0, "code": 400, "message": "no"}], "successful": []},
            "AppSync Events answered 200, the first error 400: no",
        ),
        (
            401,
            {"errors": [{"errorType": "UnauthorizedException", "message": "You are not authorized"}]},
            "AppSync Events answered 401, the first error UnauthorizedException: You are not authorized",
        ),
        (400, {"errors": ["odd"]}, "AppSync Events answered 400, the first error None: None"),
        (400, {"errors": "odd"}, "AppSync Events answered 400, the first error None: None"),
        (
            200,
            {"failed": [], "successful": []},
            "AppSync Events answered 200 without the published event",
        ),
        (200, [], "AppSync Events answered 200 without the published event"),
        (500, {}, "AppSync Events answered 500"),
        (502, "<html>Bad Gateway</html>", "AppSync Events answered 502"),
    ],
)
def test_publish_with_any_other_answer_fails(
    server: FakeAppSync, channel: EventsChannel, status: int, answer: object, message: str
) -> None:
    server.status = status
    server.answer = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
    with pytest.raises(PublishFailed) as error:
        publish(channel)
    assert str(error.value) == message


def test_unanswered_publish_is_late(server: FakeAppSync, channel: EventsChannel) -> None:
    server.hang_before_answer = True
    with pytest.raises(PublishLate):
        publish(channel, within=0.1)
