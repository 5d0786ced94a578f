"""Orders that API Gateway queues by itself: for whom they are, and what becomes of those at fault."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import cast

import aiohttp
import pytest

from clients.cli.main import main as orderwire
from tests.integration.conftest import PASSWORD, Json, Person, Shop, ask, order_input
from tests.integration.test_orders import GOOD_END, ORDER, until_final

pytestmark = pytest.mark.integration


def address(shop: Shop) -> str:
    apis = cast("list[dict[str, str]]", shop.cloud.ready["rest_apis"])
    return next(api["url"] for api in apis if api["id"] == shop.cloud.outputs["IntakeApiId"])


async def put(
    shop: Shop, token: str | None, way: str, order_id: object, body: Json | str
) -> tuple[int, Json]:
    text = body if isinstance(body, str) else json.dumps(body)
    headers = {"Content-Type": "application/json"} | ({} if token is None else {"Authorization": token})
    async with (
        aiohttp.ClientSession() as session,
        session.put(f"{address(shop)}/{way}/{order_id}", data=text, headers=headers) as answer,
    ):
        return answer.status, await answer.json()


async def send(shop: Shop, person: Person, way: str, order: Json) -> None:
    """Send an order whose document may be anything, and see it accepted."""
    document = {name: value for name, value in order.items() if name != "clientToken"}
    status, answer = await put(shop, person.token, way, order["clientToken"], document)
    assert status == 202
    # What the queue calls it, and what the shop will.
    uuid.UUID(str(answer.pop("messageId")))
    assert answer == {"orderId": order["clientToken"]}


async def look(shop: Shop, person: Person, order: Json) -> Json | None:
    async with shop.as_person(person) as session:
        answer = await session.execute(ask(ORDER, {"id": order["clientToken"]}))
    return cast("Json | None", answer["order"])


async def recorded(shop: Shop, person: Person, order: Json) -> None:
    """Wait until an order is there."""
    async with asyncio.timeout(90):
        while await look(shop, person, order) is None:
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("way", ["standard", "fifo"])
async def test_order_is_accepted_through_a_queue_without_a_function(shop: Shop, way: str) -> None:
    ada = shop.person("ada")
    shop.stock("cup", 10)
    order = order_input("cup")
    async with shop.following(ada, str(order["clientToken"])) as changes:
        await send(shop, ada, way, order)
        history = await until_final(changes)
        await send(shop, ada, way, order)  # once more: it is the same order
    assert [change["status"] for change in history] == GOOD_END
    assert {change["customerId"] for change in history} == {ada.sub}
    assert shop.available("cup") == 9


async def test_order_for_another_customer_is_refused_without_a_trace(shop: Shop) -> None:
    ada, eve = shop.person("ada"), shop.person("eve")
    shop.stock("cup", 10)
    order, forged, faulty, last = (order_input("cup") for _ in range(4))
    await send(shop, ada, "fifo", order)
    await recorded(shop, ada, order)
    # Another's token with another's order, a customer that the body names, and an order at fault.
    await send(shop, eve, "fifo", order)
    await send(shop, eve, "fifo", {**forged, "customerId": ada.sub})
    await send(shop, eve, "fifo", {**faulty, "currency": "XYZ"})
    await send(shop, eve, "fifo", last)
    # One group is worked off in its order: what came before the last one has been judged.
    await recorded(shop, eve, last)
    assert await look(shop, eve, order) is None
    for person in (ada, eve):
        assert await look(shop, person, forged) is None
        assert await look(shop, person, faulty) is None
    assert await look(shop, ada, order) is not None


@pytest.mark.parametrize("way", ["standard", "fifo"])
async def test_unauthenticated_or_malformed_request_does_not_reach_the_queue(shop: Shop, way: str) -> None:
    ada = shop.person("ada")
    order_id = uuid.uuid4()
    for token in (None, "nonsense", ada.token[:-8] + "AAAAAAAA"):
        status, _ = await put(shop, token, way, order_id, {})
        assert status == 401
    status, answer = await put(shop, ada.token, way, order_id, "{")
    assert status == 400
    assert str(answer["message"]).startswith("Could not parse request body into json")


async def test_burst_is_counted_for_each_way(
    shop: Shop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, eve = shop.person("ada"), shop.person("eve")
    ready = shop.cloud.printed.with_name("ready.json")
    monkeypatch.setenv("ORDERWIRE_USER", ada.name)
    monkeypatch.setenv("ORDERWIRE_PASSWORD", PASSWORD)
    words = [
        "burst",
        "--ready-file",
        str(ready),
        "--orders",
        "4",
        "--rate",
        "40",
        "--with",
        eve.name,
        "--json",
    ]
    assert await asyncio.to_thread(orderwire, words) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["way"] for line in lines] == ["direct", "standard", "fifo"]
    for line in lines:
        assert (line["accepted"], line["started"], line["runTwice"], line["overtaken"]) == (4, 4, 0, 0)
        assert len(line["series"]["started"]) == 4
        assert 0 < line["startP50"] <= line["startP95"]
    # Of direct start alone there is something to tell: what it queued when it was throttled.
    assert [line["overflowed"] is None for line in lines] == [False, True, True]
