"""The AppSync channel against a server: what is sent, how it is signed, and every way of failing."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator

import pytest

from orders.adapters import http
from orders.adapters.http import HttpPool
from orders.errors import ConfigurationError, PublishFailed, PublishLate
from orders.model import CustomerId, OrderId, OrderStatusChanged
from orders.status import FailureReason, OrderStatus
from resolvers.channels.appsync import MUTATION, AppSyncChannel
from resolvers.dispatch import Dispatcher
from tests.orders.engine import free_port
from tests.orders.samples import AT
from tests.resolvers.fake_appsync import KEY_ID, REGION, SECRET, FakeAppSync, fake_appsync, signature

CHANGE = OrderStatusChanged(OrderId("3f2b"), CustomerId("ada"), 2, OrderStatus.VALIDATED, AT)


@pytest.fixture
def server() -> Iterator[FakeAppSync]:
    with fake_appsync() as running:
        yield running


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-session")


@pytest.fixture
def channel(server: FakeAppSync) -> Iterator[AppSyncChannel]:
    channel = AppSyncChannel(server.url, REGION)
    channel.prepare()
    yield channel
    channel.close()


def publish(channel: AppSyncChannel, change: OrderStatusChanged = CHANGE, *, within: float = 60) -> None:
    channel.publish(change, deadline=time.monotonic() + within)


def test_publish_sends_the_whole_selection_and_no_null(server: FakeAppSync, channel: AppSyncChannel) -> None:
    publish(channel)
    publish(
        channel,
        OrderStatusChanged(
            CHANGE.order_id, CHANGE.customer_id, 3, OrderStatus.FAILED, AT, FailureReason.OUT_OF_STOCK
        ),
    )
    sent = {"orderId": "3f2b", "customerId": "ada", "version": 2, "status": "VALIDATED", "at": AT}
    assert server.bodies == [
        {"query": MUTATION, "variables": {"input": sent}},
        {
            "query": MUTATION,
            "variables": {"input": sent | {"version": 3, "status": "FAILED", "reason": "OUT_OF_STOCK"}},
        },
    ]
    assert MUTATION == (
        "mutation PublishOrderStatus($input: OrderStatusInput!) "
        "{ publishOrderStatus(input: $input) { orderId customerId version status at reason } }"
    )


def test_publish_signature_equals_that_of_aws(server: FakeAppSync, channel: AppSyncChannel) -> None:
    publish(channel)
    headers = server.headers[0]
    assert headers["authorization"].startswith(f"AWS4-HMAC-SHA256 Credential={KEY_ID}/")
    assert f"/{REGION}/appsync/aws4_request, " in headers["authorization"]
    assert headers["x-amz-security-token"] == "a-session"
    assert headers["content-type"] == "application/json"
    body = json.dumps(server.bodies[0], separators=(",", ":")).encode()
    assert headers["authorization"].endswith(f"Signature={signature(headers, body, '/graphql')}")


def test_one_connection_carries_many_publishes(server: FakeAppSync, channel: AppSyncChannel) -> None:
    for _ in range(5):
        publish(channel)
    assert len(server.connections) == 1


def test_closed_connection_is_replaced(server: FakeAppSync, channel: AppSyncChannel) -> None:
    server.close_after_answer = True
    for _ in range(3):
        publish(channel)
        assert server.closed.acquire(timeout=60)
    assert len(server.connections) == len(server.bodies) == 3


def test_long_idle_connection_is_replaced(
    server: FakeAppSync, channel: AppSyncChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(channel)
    monkeypatch.setattr(http, "MAX_IDLE", 0)
    publish(channel)
    assert len(server.connections) == 2


@pytest.mark.parametrize(
    ("status", "answer", "message"),
    [
        (
            200,
            {
                "data": {"publishOrderStatus": None},
                "errors": [{"errorType": "Unauthorized", "message": "Not Authorized to access x"}],
            },
            "AppSync answered 200 with errors, the first Unauthorized: Not Authorized to access x",
        ),
        (
            400,
            {"errors": [{"errorType": "BadRequestException", "message": "no"}]},
            "AppSync answered 400 with errors, the first BadRequestException: no",
        ),
        (200, {"errors": ["odd"]}, "AppSync answered 200 with errors, the first None: None"),
        (200, {"errors": "odd"}, "AppSync answered 200 with errors, the first None: None"),
        (200, {"data": {"publishOrderStatus": None}}, "AppSync answered 200 without the published change"),
        (200, {"data": None}, "AppSync answered 200 without the published change"),
        (200, [], "AppSync answered 200"),
        (500, {}, "AppSync answered 500"),
        (502, "<html>Bad Gateway</html>", "AppSync answered 502"),
    ],
)
def test_publish_with_any_other_answer_fails(
    server: FakeAppSync, channel: AppSyncChannel, status: int, answer: object, message: str
) -> None:
    server.status = status
    server.answer = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
    with pytest.raises(PublishFailed) as error:
        publish(channel)
    assert str(error.value) == message


def test_unanswered_publish_is_late_and_its_connection_is_not_reused(
    server: FakeAppSync, channel: AppSyncChannel
) -> None:
    publish(channel)
    server.hang_before_answer = True
    start = time.monotonic()
    # What is left of the time when the request begins: signing it may have taken some.
    with pytest.raises(PublishLate, match=r"not taken within [01]\.\d* s"):
        publish(channel, within=1.5)
    assert time.monotonic() - start < 30
    server.hang_before_answer = False
    server.let_go.set()
    publish(channel)
    assert len(server.connections) == 2


def test_expired_deadline_sends_nothing(server: FakeAppSync, channel: AppSyncChannel) -> None:
    with pytest.raises(PublishLate):
        publish(channel, within=-1)
    assert server.bodies == []


def test_slow_server_is_given_up_at_the_deadline(server: FakeAppSync, channel: AppSyncChannel) -> None:
    server.dribble = True
    start = time.monotonic()
    undelivered = Dispatcher([channel], deadline=0.5, preparation=30, budget=30).publish([CHANGE])
    assert time.monotonic() - start < 30
    assert [type(pair.error) for pair in undelivered] == [PublishLate]


def test_publish_fails_when_the_server_hangs_up(server: FakeAppSync, channel: AppSyncChannel) -> None:
    server.close_instead = True
    with pytest.raises(PublishFailed, match=r"^RemoteDisconnected: "):
        publish(channel)
    assert len(server.bodies) == 1


def test_publish_to_a_closed_port_fails() -> None:
    channel = AppSyncChannel(f"http://127.0.0.1:{free_port()}/graphql", REGION)
    channel.prepare()
    with pytest.raises(PublishFailed, match=r"^ConnectionRefusedError: "):
        publish(channel)


def test_publish_to_a_silent_port_is_late() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        channel = AppSyncChannel(f"http://127.0.0.1:{silent.getsockname()[1]}/graphql", REGION)
        channel.prepare()
        with pytest.raises(PublishLate):
            publish(channel, within=0.05)


@pytest.mark.parametrize("url", ["", "graphql", "ftp://x/graphql", "https:///graphql"])
def test_invalid_address_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"is no http or https URL\.$"):
        HttpPool(url)


def test_missing_credentials_are_reported(server: FakeAppSync, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    with pytest.raises(ConfigurationError, match="There are no AWS credentials"):
        AppSyncChannel(server.url, REGION).prepare()
