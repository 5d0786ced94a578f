"""Whom the API admits, and how it refuses the others: as AppSync does."""

from __future__ import annotations

import json
import uuid

import aiohttp
import pytest
from gql import gql
from gql.transport.exceptions import TransportQueryError

from tests.integration.conftest import Json, Shop, ask, order_input
from tests.integration.test_orders import CANCEL, SUBMIT

pytestmark = pytest.mark.integration

PUBLISH = gql(
    "mutation ($input: OrderStatusInput!) { publishOrderStatus(input: $input) "
    "{ orderId customerId version status at reason } }"
)


def change(order_id: str, customer_id: str) -> Json:
    return {
        "orderId": order_id,
        "customerId": customer_id,
        "version": 1,
        "status": "RECEIVED",
        "at": "2026-11-20T12:00:00.000Z",
    }


async def post(shop: Shop, headers: dict[str, str]) -> tuple[int, Json]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(shop.api.graphql, json={"query": "{ __typename }"}, headers=headers) as answer,
    ):
        return answer.status, await answer.json(content_type=None)


async def test_request_without_a_credential_is_refused(shop: Shop) -> None:
    status, body = await post(shop, {})
    assert status == 401
    assert body["errors"] == [
        {"errorType": "UnauthorizedException", "message": "Valid authorization header not provided."}
    ]


@pytest.mark.parametrize("headers", [{"Authorization": "nonsense"}, {"x-api-key": "da2-nonsense"}])
async def test_request_with_an_invalid_credential_is_refused(shop: Shop, headers: dict[str, str]) -> None:
    status, body = await post(shop, headers)
    assert status == 401
    errors = body["errors"]
    assert isinstance(errors, list)
    assert errors[0]["errorType"] == "UnauthorizedException"


async def test_tampered_token_is_refused(shop: Shop) -> None:
    ada = shop.person("ada")
    head, body, signature = ada.token.split(".")
    assert (await post(shop, {"Authorization": ada.token}))[0] == 200
    status, _ = await post(shop, {"Authorization": f"{head}.{body}.{signature[::-1]}"})
    assert status == 401


async def test_websocket_refuses_after_connection_init(shop: Shop) -> None:
    import base64

    header = base64.b64encode(json.dumps({"host": shop.host, "Authorization": "nonsense"}).encode()).decode()
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(
            shop.api.realtime, params={"header": header, "payload": "e30="}, protocols=["graphql-ws"]
        ) as socket,
    ):
        await socket.send_json({"type": "connection_init"})
        frame = await socket.receive_json(timeout=60)
    assert frame["type"] == "connection_error"
    assert frame["payload"]["errors"][0]["errorType"] == "UnauthorizedException"
    assert frame["payload"]["errors"][0]["errorCode"] == 401


async def test_publishing_is_refused_to_everyone_except_iam(shop: Shop) -> None:
    ada, boss = shop.person("ada"), shop.person("boss", staff=True)
    order_id = str(uuid.uuid4())
    for person in (ada, boss):
        async with shop.as_person(person) as session:
            with pytest.raises(TransportQueryError) as refused:
                await session.execute(ask(PUBLISH, {"input": change(order_id, ada.sub)}))
        assert refused.value.errors is not None
        error = refused.value.errors[0]
        assert error["errorType"] == "Unauthorized"
        assert error["message"] == "Not Authorized to access publishOrderStatus on type Mutation"
    async with shop.following(ada, order_id) as changes:
        async with shop.as_backend() as backend:
            await backend.execute(ask(PUBLISH, {"input": change(order_id, ada.sub)}))
        assert await changes() == {**change(order_id, ada.sub), "reason": None}


async def test_backend_is_refused_the_operations_of_customers(shop: Shop) -> None:
    async with shop.as_backend() as backend:
        with pytest.raises(TransportQueryError) as refused:
            await backend.execute(ask(SUBMIT, {"input": order_input("cup")}))
    assert refused.value.errors is not None
    assert refused.value.errors[0]["errorType"] == "Unauthorized"


async def test_foreign_and_missing_orders_cannot_be_cancelled(shop: Shop) -> None:
    ada, eve = shop.person("ada"), shop.person("eve")
    shop.stock("lamp", 1)
    order = order_input("lamp")
    async with shop.as_person(ada) as session, shop.as_person(eve) as stranger:
        await session.execute(ask(SUBMIT, {"input": order}))
        for order_id in (order["clientToken"], str(uuid.uuid4())):
            with pytest.raises(TransportQueryError) as refused:
                await stranger.execute(ask(CANCEL, {"id": order_id}))
            assert refused.value.errors is not None
            assert refused.value.errors[0]["errorType"] == "OrderNotFound"


async def test_repeated_token_returns_the_same_order(shop: Shop) -> None:
    ada, eve = shop.person("ada"), shop.person("eve")
    shop.stock("book", 10)
    order = order_input("book")
    async with shop.as_person(ada) as session, shop.as_person(eve) as stranger:
        first = (await session.execute(ask(SUBMIT, {"input": order})))["submitOrder"]
        again = (await session.execute(ask(SUBMIT, {"input": order})))["submitOrder"]
        assert (again["id"], again["createdAt"]) == (first["id"], first["createdAt"])
        for person, other in (
            (session, {**order, "currency": "USD"}),
            (session, {**order, "cardToken": "tok_approve_2"}),
            (stranger, order),
        ):
            with pytest.raises(TransportQueryError) as refused:
                await person.execute(ask(SUBMIT, {"input": other}))
            assert refused.value.errors is not None
            assert refused.value.errors[0]["errorType"] == "IdempotencyConflict"


async def test_invalid_order_is_refused_with_the_path_of_its_fault(shop: Shop) -> None:
    ada = shop.person("ada")
    order = order_input("cup", quantity=0)
    async with shop.as_person(ada) as session:
        with pytest.raises(TransportQueryError) as refused:
            await session.execute(ask(SUBMIT, {"input": order}))
    assert refused.value.errors is not None
    error = refused.value.errors[0]
    assert error["errorType"] == "InvalidOrder"
    assert error["errorInfo"]["path"] == "input.items[0].quantity"
