"""The same questions put to AppSync and to the companion, over the same orders: the same answers."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from chalicelib import wiring
from clients import Credentials, Item, NewOrder, NotCancellable, Settings, Status
from clients.api import OrderApi
from clients.auth import TokenSource
from orders.adapters.dynamodb_store import DynamoDBOrderStore
from tests.companion.gateway import Gateway, Person
from tests.companion.graphql_world import CANCEL, ENQUEUE, HISTORY, LIST, READ, SUBMIT, World
from tests.companion.world import Companion, open_companion
from tests.integration import conftest as integration

pytestmark = [pytest.mark.integration, pytest.mark.slow]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Companion]:
    with open_companion(tmp_path_factory.mktemp("sides")) as opened:
        yield opened


class Sides:
    """Both APIs of one table; what the companion records here is not queued, so it stays RECEIVED."""

    def __init__(self, shop: integration.Shop, companion: World, session: aiohttp.ClientSession) -> None:
        self.shop = shop
        self._gateway: Gateway = companion.gateway
        self._session = session

    async def appsync(self, who: integration.Person, query: str, **variables: object) -> Any:
        headers = {"Authorization": who.token}
        body = {"query": query, "variables": variables}
        async with self._session.post(self.shop.api.graphql, json=body, headers=headers) as answer:
            return _comparable(await answer.json(content_type=None))

    def companion(
        self, who: integration.Person, query: str, *, groups: tuple[str, ...] = (), **variables: object
    ) -> Any:
        answer = self._gateway.send(
            "POST",
            "/graphql",
            headers={"Content-Type": "application/json"},
            body=json.dumps({"query": query, "variables": variables}),
            person=Person(who.sub, groups),
        )
        return _comparable(answer.json())

    async def both(
        self, who: integration.Person, query: str, *, groups: tuple[str, ...] = (), **variables: object
    ) -> Any:
        """The answer that both give."""
        rest_answer = await self.appsync(who, query, **variables)
        assert self.companion(who, query, groups=groups, **variables) == rest_answer
        return rest_answer


def _comparable(document: Any) -> Any:
    """Without what may differ: places, tokens of pages, and how validation words and counts its errors."""
    if "errors" in document:
        errors = [{**error, "locations": None} for error in document["errors"]]
        typed = [error for error in errors if error.get("errorType") is not None]
        document["errors"] = typed if len(typed) == len(errors) else [{}]
    # AppSync leaves `data` out where nothing could run.
    if document.get("data", {}) is None:
        del document["data"]
    page = (document.get("data") or {}).get("orders")
    if page and page.get("nextToken"):
        page["nextToken"] = "…"
    return document


@pytest.fixture
async def sides(shop: integration.Shop, monkeypatch: pytest.MonkeyPatch) -> Any:
    companion = World()
    companion.install(monkeypatch)
    store = DynamoDBOrderStore(shop.dynamodb, shop.cloud.outputs["OrdersTableName"])
    monkeypatch.setattr(wiring, "order_store", lambda: store)
    async with aiohttp.ClientSession() as session:
        yield Sides(shop, companion, session)


async def test_companion_answers_graphql_like_appsync(shop: integration.Shop, sides: Sides) -> None:
    ada, grace, staff = shop.person("ada"), shop.person("grace"), shop.person("staff", staff=True)
    shop.stock("TEA", 100)
    delivered, waiting = integration.order_input("TEA"), integration.order_input("TEA", quantity=2)
    done, open_ = delivered["clientToken"], waiting["clientToken"]

    assert (await sides.appsync(ada, SUBMIT, input=delivered))["data"]["submitOrder"]["id"] == done
    first = sides.companion(ada, SUBMIT, input=waiting)
    async with asyncio.timeout(60):
        while (await sides.appsync(ada, READ, id=done))["data"]["order"]["status"] != "DELIVERED":
            await asyncio.sleep(0.1)

    # One order, whichever side it came by.
    assert (await sides.both(ada, READ, id=open_))["data"]["order"] == first["data"]["submitOrder"]
    assert (await sides.both(ada, READ, id=done))["data"]["order"]["version"] == 6
    assert (await sides.both(ada, ENQUEUE, input=delivered))["data"]["enqueueOrder"]["status"] == "DELIVERED"
    assert (await sides.both(ada, SUBMIT, input=delivered))["data"]["submitOrder"]["status"] == "DELIVERED"

    # Who may see what.
    for nobody_s in (str(uuid.uuid4()), "what", "", "x" * 3000):
        assert (await sides.both(ada, READ, id=nobody_s)) == {"data": {"order": None}}
        assert (await sides.both(ada, HISTORY, id=nobody_s)) == {"data": {"orderHistory": None}}
        await sides.both(ada, CANCEL, id=nobody_s)
    for query in (READ, HISTORY, CANCEL):
        await sides.both(grace, query, id=done)
        await sides.both(staff, query, id=done, groups=("staff",))

    # History and pages.
    for after in (None, 0, 3, 6, 7, -1):
        await sides.both(ada, HISTORY, id=done, afterVersion=after)
    await sides.both(ada, "query ($id: ID!) { orderHistory(id: $id) { version } }", id=done)
    for page in ({}, {"limit": 1}, {"limit": None}, {"status": "DELIVERED"}, {"status": None, "limit": 100}):
        assert (await sides.both(ada, LIST, **page))["data"]["orders"]["orders"]
    for wrong in (
        {"limit": 0},
        {"limit": 101},
        {"nextToken": "nonsense"},
        {"limit": "x"},
        {"status": "LOST"},
    ):
        assert (await sides.both(ada, LIST, **wrong))["errors"]

    # What cannot be taken.
    for who, changes in ((ada, {"currency": "USD"}), (grace, {})):
        for query in (SUBMIT, ENQUEUE):
            (error,) = (await sides.both(who, query, input=delivered | changes))["errors"]
            assert error["errorType"] == "IdempotencyConflict"
    invalid: tuple[dict[str, object], ...] = (
        {"clientToken": "x"},
        {"currency": "XXX"},
        {"items": []},
        {"cardToken": ""},
        {"currency": None},
        {"items": [{"sku": "TEA"}]},
        {"more": 1},
    )
    for unfit in invalid:
        for query in (SUBMIT, ENQUEUE):
            assert (await sides.both(ada, query, input=waiting | unfit))["errors"]

    # Cancelled on one side, answered on the other.
    cancelled = sides.companion(ada, CANCEL, id=open_)
    assert cancelled["data"]["cancelOrder"]["status"] == "CANCELLED"
    assert await sides.both(ada, CANCEL, id=open_) == cancelled
    assert (await sides.both(ada, CANCEL, id=done))["errors"][0]["errorInfo"] == {"status": "DELIVERED"}
    await sides.both(ada, READ, id=open_)
    assert (await sides.both(ada, "{ order(id: 1) { nothing } }"))["errors"] == [{}]


async def test_deployed_graphql_route_serves_access_tokens(shop: Companion) -> None:
    """AppSync's clients send access tokens, so the route asks for a scope: with one, no id token is taken."""
    ada = shop.person("ada")
    shop.stock("LEAF", 10)
    order = NewOrder("EUR", (Item("LEAF", "Leaf", 2, 250),), "tok_approve")
    settings = Settings(f"{shop.rest}/graphql", "", shop.cloud.engine, shop.cloud.outputs["UserPoolClientId"])
    tokens = TokenSource(settings.cognito, settings.client_id, Credentials(ada.name, integration.PASSWORD))
    async with OrderApi(settings, tokens) as api:
        assert (await api.submit(order)).status is Status.RECEIVED
        async with asyncio.timeout(60):
            while not (result := await api.order(order.client_token)).status.final:
                await asyncio.sleep(0.1)
        assert [change.version for change in result.history] == [1, 2, 3, 4, 5, 6]
        assert (result.status, result.items) == (Status.DELIVERED, order.items)
        with pytest.raises(NotCancellable):
            await api.cancel(order.client_token)
    for header in ({"Authorization": ada.token}, {}):
        async with (
            aiohttp.ClientSession() as session,
            session.post(settings.endpoint, json={"query": "{ __typename }"}, headers=header) as answer,
        ):
            assert answer.status == 401
