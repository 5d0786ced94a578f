from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import web

from clients import (
    BadSettings,
    Conflict,
    InvalidOrder,
    Item,
    NewOrder,
    NotAllowed,
    NotCancellable,
    NotFound,
    NotSignedIn,
    OrderwireError,
    Refused,
    RestClient,
    ServerFault,
    Status,
    Unavailable,
)
from clients.auth import TokenSource
from clients.errors import NotRedrivable
from clients.problems import from_response, retry_after
from clients.rest import Fetched, NotModified
from tests.clients.fake_appsync import FakeAppSync
from tests.clients.fake_companion import FakeCompanion

TEA = NewOrder("EUR", (Item("TEA", "Thé “vert” 🍵", 2, 420),), "tok_approve")
ID = "4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10"


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
async def rest(
    companion: FakeCompanion, tokens: TokenSource, slept: list[float]
) -> AsyncIterator[RestClient]:
    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with RestClient(companion.settings, tokens, sleep=sleep) as client:
        yield client


async def test_submitted_order_reads_back(companion: FakeCompanion, rest: RestClient) -> None:
    order = await rest.submit(TEA)
    assert (order.id, order.status, order.version, order.total) == (
        TEA.client_token,
        Status.RECEIVED,
        1,
        840,
    )
    assert order.items == TEA.items
    result = await rest.order(order.id)
    assert result == Fetched(order, '"1"', 0.0)
    assert (await rest.history(order.id)).changes == order.history
    assert (await rest.history(order.id, after=1)).changes == ()
    (submitted,) = (request for request in companion.requests if request.method == "POST")
    assert submitted.headers["Idempotency-Key"] == TEA.client_token
    assert "Prefer" not in submitted.headers
    assert submitted.token.startswith("id-")  # the authorizer takes no access token


async def test_submit_sends_its_wait_as_a_preference(companion: FakeCompanion, rest: RestClient) -> None:
    await rest.submit(TEA, prefer_wait=25)
    assert companion.requests[0].headers["Prefer"] == "wait=25"


async def test_unchanged_order_is_not_modified(appsync: FakeAppSync, rest: RestClient) -> None:
    appsync.change(ID, "RECEIVED")
    assert await rest.order(ID, etag='"1"') == NotModified(0.0)
    appsync.change(ID, "FAILED", "INTERNAL_ERROR")
    order = await rest.order(ID, etag='"1"')
    assert isinstance(order, Fetched)
    assert (order.order.version, order.etag, order.retry_after) == (2, '"2"', None)


async def test_orders_are_read_page_by_page(
    appsync: FakeAppSync, companion: FakeCompanion, rest: RestClient
) -> None:
    for n in range(3):
        appsync.change(f"order-{n}", "RECEIVED")
    first = await rest.page(limit=2, status=Status.RECEIVED)
    assert [order.id for order in first.orders] == ["order-0", "order-1"]
    second = await rest.page(limit=2, next_token=first.next_token)
    assert ([order.id for order in second.orders], second.next_token) == (["order-2"], None)
    assert [request.query for request in companion.requests] == [
        {"status": "RECEIVED", "limit": "2"},
        {"limit": "2", "cursor": "2"},
    ]


async def test_cancel_returns_the_status_or_raises(appsync: FakeAppSync, rest: RestClient) -> None:
    appsync.change("young", "RECEIVED")
    appsync.change("old", "SHIPPED")
    assert (await rest.cancel("young")).status is Status.CANCELLED
    with pytest.raises(NotCancellable) as caught:
        await rest.cancel("old")
    assert (str(caught.value), caught.value.status) == ("the order is SHIPPED", "SHIPPED")


async def test_redrive_returns_the_status_or_raises(
    appsync: FakeAppSync, companion: FakeCompanion, rest: RestClient
) -> None:
    appsync.change("stuck", "VALIDATED")
    appsync.change("done", "DELIVERED")
    assert (await rest.redrive("stuck")).status is Status.VALIDATED
    with pytest.raises(NotRedrivable, match="has settled it") as caught:
        await rest.redrive("done")
    assert (caught.value.status, caught.value.reason) == ("DELIVERED", "FINAL")
    assert companion.paths("POST") == ["/api/orders/stuck/redrive", "/api/orders/done/redrive"]


async def test_ticket_is_missing_from_its_representation(rest: RestClient) -> None:
    ticket = await rest.ticket()
    assert ticket.expires_in == 60
    assert ticket.value not in repr(ticket)


async def test_missing_order_raises_not_found(rest: RestClient) -> None:
    for read in (rest.order, rest.history, rest.cancel, rest.redrive):
        with pytest.raises(NotFound, match="There is no order no/where"):
            await read("no/where")


async def test_invalid_order_error_has_path_and_code(rest: RestClient) -> None:
    with pytest.raises(InvalidOrder, match=r"items\[0\]\.quantity") as caught:
        await rest.submit(NewOrder("EUR", (Item("TEA", "Tea", 0, 420),), "tok_approve"))
    assert (caught.value.path, caught.value.code) == ("items[0].quantity", "OUT_OF_RANGE")


@pytest.mark.parametrize("failure", [429, 500, 502, 503, 504])
async def test_temporary_failure_is_retried_with_the_same_key(
    companion: FakeCompanion, rest: RestClient, slept: list[float], failure: int
) -> None:
    companion.errors = [failure, failure]
    assert (await rest.submit(TEA)).version == 1
    assert [request.headers["Idempotency-Key"] for request in companion.requests] == [TEA.client_token] * 3
    assert len(slept) == 2
    assert slept[0] <= 0.2
    assert slept[1] <= 0.4


async def test_retry_waits_as_long_as_retry_after(
    companion: FakeCompanion, rest: RestClient, slept: list[float]
) -> None:
    companion.errors = [web.Response(status=503, headers={"Retry-After": "7"})]
    await rest.submit(TEA)
    assert slept == [7.0]


async def test_retries_end_after_four_attempts(companion: FakeCompanion, rest: RestClient) -> None:
    companion.errors = [503] * 10
    with pytest.raises(Unavailable, match="busy"):
        await rest.submit(TEA)
    assert len(companion.requests) == 4


async def test_lost_connection_is_retried(
    companion: FakeCompanion, rest: RestClient, appsync: FakeAppSync
) -> None:
    appsync.change(ID, "RECEIVED")
    asking = asyncio.create_task(rest.order(ID, wait=25, after=1))
    await appsync.until(lambda: companion.waiting == 1)
    companion.cut()
    await appsync.until(lambda: companion.waiting == 2)
    appsync.change(ID, "FAILED", "INTERNAL_ERROR")
    outcome = await asking
    assert isinstance(outcome, Fetched)
    assert outcome.order.version == 2
    assert [request.query for request in companion.requests] == [{"wait": "25", "after": "1"}] * 2


async def test_unreachable_address_raises_unavailable(tokens: TokenSource, companion: FakeCompanion) -> None:
    settings = replace(companion.settings, rest="http://127.0.0.1:9/api")
    async with RestClient(settings, tokens, attempts=1) as rest:
        with pytest.raises(Unavailable, match=r"http://127\.0\.0\.1:9/api does not answer"):
            await rest.order(ID)


async def test_revoked_token_is_renewed_once(
    appsync: FakeAppSync, rest: RestClient, slept: list[float]
) -> None:
    await rest.submit(TEA)
    appsync.revoke()
    assert isinstance(await rest.order(TEA.client_token), Fetched)
    assert appsync.sign_ins == ["USER_PASSWORD_AUTH", "REFRESH_TOKEN_AUTH"]
    assert slept == []


async def test_token_refused_repeatedly_raises_not_signed_in(
    companion: FakeCompanion, rest: RestClient
) -> None:
    companion.errors = [401] * 5
    with pytest.raises(NotSignedIn):
        await rest.submit(TEA)
    assert len(companion.requests) == 3
    assert len({request.token for request in companion.requests}) == 3


@pytest.mark.parametrize("body", ["<html>", "[]", '{"id": 7}', "9" * 5000])
async def test_answer_outside_the_contract_is_a_server_fault(
    companion: FakeCompanion, rest: RestClient, body: str
) -> None:
    companion.errors = [web.Response(text=body)]
    with pytest.raises(ServerFault):
        await rest.order(ID)


async def test_missing_address_names_the_option(appsync: FakeAppSync, tokens: TokenSource) -> None:
    with pytest.raises(BadSettings, match=r"`make run`.*--rest-url.*ORDERWIRE_REST_URL"):
        RestClient(appsync.settings, tokens)


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (
            409,
            '{"type": "urn:orderwire:problem:idempotency-conflict", "detail": "Taken."}',
            Conflict,
            "Taken.",
        ),
        (400, '{"type": "urn:orderwire:problem:bad-request", "title": "No."}', Refused, "No."),
        (422, '{"type": "urn:orderwire:problem:invalid-order", "detail": "d"}', InvalidOrder, "d"),
        (401, '{"message": "Unauthorized"}', NotSignedIn, "The companion refuses the token: Unauthorized"),
        (403, '{"message": "Missing Authentication Token"}', NotAllowed, "Missing Authentication Token"),
        (404, '{"type": "urn:orderwire:problem:not-found", "detail": "n"}', Refused, "n"),
        (504, '{"message": "Endpoint request timed out"}', Unavailable, "Endpoint request timed out"),
        (500, "[" * 100_000, Unavailable, "The companion answers HTTP 500: " + "[" * 120),
        (501, "", ServerFault, "The companion answers HTTP 501."),
        (418, '["tea\x1b[2Jpot"]', Refused, 'The companion answers HTTP 418: ["tea [2Jpot"]'),
        (400, "Bad request", Refused, "The companion answers HTTP 400: Bad request"),
    ],
)
def test_response_becomes_its_exception_type(
    status: int, body: str, kind: type[OrderwireError], message: str
) -> None:
    error = from_response(status, {}, body)
    assert type(error) is kind
    assert message in str(error)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("25", 25.0),
        ("9" * 5000, 3600.0),
        ("", None),
        ("-1", None),
        ("Fri, 20 Nov 2026", None),
        ("²", None),
    ],
)
def test_retry_after_is_parsed(value: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": value}) == seconds
