"""The streaming function: who is answered how, before the stream begins."""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from clients.event_stream import EventReader
from orders.adapters import clients
from orders.model import OrderId, received
from orders.sse.cursor import read_cursor
from orders.status import OrderStatus
from resolvers import stream_rehearsal, wiring
from resolvers.stream_events import StreamResponse, answer, handler, rehearse
from streaming_runtime import StreamingResponse
from tests.orders.fakes import FixedClock, MemoryOrderStore
from tests.orders.samples import ADA, GRACE, an_order, to

ORDER = OrderId("4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10")
REQUEST = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
LIFE = (
    OrderStatus.VALIDATED,
    OrderStatus.CONFIRMED,
    OrderStatus.PACKED,
    OrderStatus.SHIPPED,
    OrderStatus.DELIVERED,
)


class Lambda:
    """The function's context."""

    def __init__(self, seconds: float = 900.0) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self._seconds * 1000)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryOrderStore]:
    kept = MemoryOrderStore()
    monkeypatch.setattr(wiring, "order_store", lambda: kept)
    monkeypatch.setattr(wiring, "clock", FixedClock)
    monkeypatch.setenv("GRAPHQL_URL", "https://abc.appsync-api.eu-west-1.amazonaws.com/graphql")
    monkeypatch.setenv("REALTIME_URL", "")
    monkeypatch.setenv("USER_POOL_CLIENT_ID", "ours")
    for kept_for_good in (wiring.audience, wiring._feed_settings):
        kept_for_good.cache_clear()
    yield kept
    for kept_for_good in (wiring.audience, wiring._feed_settings):
        kept_for_good.cache_clear()


def token(expires_in: float) -> str:
    claims = json.dumps({"exp": int(time.time() + expires_in)}).encode()
    return f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.c2ln"


def event(
    *,
    resource: str = "/orders/{id}/events",
    order_id: str = ORDER,
    sub: str = ADA,
    client: str = "ours",
    groups: str = "",
    expires_in: float = 3600.0,
    query: dict[str, str] | None = None,
    **headers: str,
) -> dict[str, Any]:
    claims = {"sub": sub, "aud": client, **({"cognito:groups": groups} if groups else {})}
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "resource": resource,
        "pathParameters": {"id": order_id} if "{id}" in resource else None,
        "queryStringParameters": query,
        "headers": {"Authorization": f"Bearer {token(expires_in)}", **sent},
        "requestContext": {"requestId": REQUEST, "authorizer": {"claims": claims}},
    }


def problem(result: StreamResponse) -> tuple[int, str]:
    assert result.headers["Content-Type"] == "application/problem+json"
    assert result.headers["Access-Control-Allow-Origin"] == "*"
    document = json.loads(b"".join(result.body))
    assert document["status"] == result.status
    assert document["instance"] == f"urn:uuid:{REQUEST}"
    return result.status, document["type"].removeprefix("urn:orderwire:problem:")


def finished(store: MemoryOrderStore) -> None:
    contents = an_order(ORDER)
    store.record(contents, received(contents))
    for status in LIFE:
        store.change(ORDER, to(status))


def events(body: Iterator[bytes]) -> list[tuple[str, str]]:
    reader = EventReader()
    return [(result.name, result.id) for piece in body for result in reader.feed(piece)]


def test_stream_is_an_uncached_event_stream(store: MemoryOrderStore) -> None:
    finished(store)
    status, headers, body = answer(event(), Lambda())
    assert (status, headers["Content-Type"], headers["Cache-Control"]) == (
        200,
        "text/event-stream",
        "no-store",
    )
    assert headers["Orderwire-Version"] == "6"
    assert headers["Access-Control-Expose-Headers"] == "Orderwire-Version"
    assert events(body) == [*(("change", str(n)) for n in range(1, 7)), ("end", "6")]


def test_runtime_receives_a_streaming_response(store: MemoryOrderStore) -> None:
    finished(store)
    response = handler(event(), Lambda())
    assert isinstance(response, StreamingResponse)
    assert (response.status, response.headers["Content-Type"]) == (200, "text/event-stream")


@pytest.mark.parametrize(
    "wanted",
    [
        event(last_event_id="4"),
        event(query={"lastEventId": "4"}),
        event(last_event_id="4", query={"lastEventId": "1"}),  # what the client adds itself is newer
    ],
)
def test_returning_client_receives_the_rest(store: MemoryOrderStore, wanted: dict[str, Any]) -> None:
    finished(store)
    assert events(answer(wanted, Lambda()).body) == [("change", "5"), ("change", "6"), ("end", "6")]


def test_client_with_every_change_is_asked_to_stop(store: MemoryOrderStore) -> None:
    finished(store)
    status, _, body = answer(event(last_event_id="6"), Lambda())
    assert (status, list(body)) == (204, [])


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (event(sub=GRACE), (404, "order-not-found")),
        (event(order_id="5b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10"), (404, "order-not-found")),
        (event(order_id="42"), (404, "order-not-found")),
        (event(order_id="42", query={"wait": "60"}), (404, "order-not-found")),
        (event(client="another"), (401, "unauthorized")),
        (event(sub=""), (401, "unauthorized")),
        (event(last_event_id="x"), (400, "invalid-request")),
        (event(query={"wait": "301"}), (400, "invalid-request")),
        (event(query={"wait": "-1"}), (400, "invalid-request")),
        (event(resource="/events", last_event_id="x"), (400, "invalid-request")),
    ],
)
def test_refused_request_is_a_problem(
    store: MemoryOrderStore, wanted: dict[str, Any], expected: tuple[int, str]
) -> None:
    finished(store)
    assert problem(answer(wanted, Lambda())) == expected


def test_event_without_claims_is_unauthorized(store: MemoryOrderStore) -> None:
    finished(store)
    open_door = event()
    del open_door["requestContext"]["authorizer"]
    assert problem(answer(open_door, Lambda())) == (401, "unauthorized")


def test_staff_follow_orders_of_customers(store: MemoryOrderStore) -> None:
    finished(store)
    assert answer(event(sub=GRACE, groups="staff"), Lambda()).status == 200


def test_internal_error_is_a_problem_without_details(
    store: MemoryOrderStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> MemoryOrderStore:
        raise RuntimeError("secret of ours")

    monkeypatch.setattr(wiring, "order_store", broken)
    assert problem(answer(event(), Lambda())) == (500, "internal-error")
    line = json.loads(capsys.readouterr().out)
    assert (line["level"], line["error"], line["request_id"]) == ("ERROR", "RuntimeError", REQUEST)


def test_stream_ends_before_its_function(store: MemoryOrderStore) -> None:
    contents = an_order(ORDER)
    store.record(contents, received(contents))
    body = answer(event(), Lambda(seconds=10.05)).body
    assert events(body) == [("change", "1"), ("reconnect", "1")]


def test_stream_ends_with_its_token(store: MemoryOrderStore) -> None:
    contents = an_order(ORDER)
    store.record(contents, received(contents))
    *_, last = answer(event(expires_in=-5), Lambda()).body
    assert b"TOKEN_EXPIRED" in last


def test_log_contains_no_token(store: MemoryOrderStore, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = event(last_event_id="x")
    answer(wanted, Lambda())
    printed = capsys.readouterr().out
    assert json.loads(printed)["error"] == "InvalidRequest"
    assert wanted["headers"]["Authorization"].split()[1] not in printed


def test_stream_of_all_orders_has_a_resumable_id(store: MemoryOrderStore) -> None:
    contents = an_order(ORDER)
    store.record(contents, received(contents))
    body = answer(event(resource="/events"), Lambda(seconds=10.05)).body
    [(name, id), (last, _)] = events(body)
    assert (name, last) == ("change", "reconnect")
    assert read_cursor(id, ADA).versions == {ORDER: 1}
    store.change(ORDER, to(OrderStatus.VALIDATED))
    body = answer(event(resource="/events", last_event_id=id), Lambda(seconds=10.05)).body
    assert [name for name, _ in events(body)] == ["change", "reconnect"]


def test_rehearsal_leaves_nothing_behind(store: MemoryOrderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    environment, threads = dict(os.environ), threading.active_count()
    rehearse()
    assert (dict(os.environ), threading.active_count()) == (environment, threads)
    assert store.state(stream_rehearsal.ORDER) is None
    clients.dynamodb.cache_clear()


def test_rehearsal_follows_a_stand_in_to_the_end(store: MemoryOrderStore) -> None:
    claims = {"sub": stream_rehearsal.CUSTOMER, "aud": "ours"}
    wanted = event(order_id=stream_rehearsal.ORDER)
    wanted["requestContext"]["authorizer"]["claims"] = claims
    with stream_rehearsal.StandIn() as stand_in:
        assert events(answer(wanted, Lambda(), stand_in).body) == [
            ("change", "1"),
            ("change", "2"),
            ("end", "2"),
        ]
