"""Our own client follows by AWS IoT: every version once and in order, and its own orders alone."""

from __future__ import annotations

import asyncio
import json

import boto3
import pytest
from gql import gql

from clients.errors import NotAllowed, OrderwireError
from clients.settings import Settings
from clients.ways import WAYS
from clients.ways.iot import Iot
from tests.integration.conftest import Shop, ask, order_input
from tests.iot_channel.conftest import tokens_of

pytestmark = [pytest.mark.integration, pytest.mark.slow]

SUBMIT = gql("mutation ($input: SubmitOrderInput!) { submitOrder(input: $input) { id } }")
LIFE = ["RECEIVED", "VALIDATED", "CONFIRMED", "PACKED", "SHIPPED", "DELIVERED"]


async def submit(shop: Shop, person: object, order: dict[str, object]) -> None:
    async with shop.as_person(person) as session:  # type: ignore[arg-type] # a Person
        await session.execute(ask(SUBMIT, {"input": order}))


async def test_client_follows_an_order_that_is_submitted_later(shop: Shop, settings: Settings) -> None:
    person = shop.person("ada")
    order = order_input("cup")
    async with (
        Iot(settings, tokens_of(settings, person)) as way,
        way.follow([str(order["clientToken"])]) as following,
        asyncio.timeout(90),
    ):
        await following.wait_live()
        await submit(shop, person, order)
        statuses = [arrival.change.status.value async for arrival in following]
    assert statuses == LIFE
    # CONNACK, SUBACK and six changes: what came arrived by MQTT, not from the history.
    assert way.traffic.messages_in >= 8


async def test_last_change_is_retained_for_later_subscribers(shop: Shop, settings: Settings) -> None:
    person = shop.person("bea")
    order = order_input("cup")
    way = Iot(settings, tokens_of(settings, person))
    async with way, way.follow([str(order["clientToken"])]) as following, asyncio.timeout(90):
        await following.wait_live()
        await submit(shop, person, order)
        async for _ in following:
            pass
    session: boto3.Session = shop.cloud.session()
    data = session.client("iot-data", endpoint_url=f"http://{_endpoint(shop)}")
    topic = f"orders/{person.sub}/{order['clientToken']}"
    async with asyncio.timeout(60):
        while True:
            kept = json.loads(data.get_retained_message(topic=topic)["payload"])
            if kept["status"] == "DELIVERED":
                break
            await asyncio.sleep(0.05)
    assert (kept["version"], kept["customerId"]) == (6, person.sub)


async def test_client_is_refused_the_topic_of_another_customer(shop: Shop, settings: Settings) -> None:
    stranger = shop.person("mallory")
    async with Iot(settings, tokens_of(settings, stranger)) as way:
        token = await tokens_of(settings, stranger).token()
        connection = way.open(token, ["4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10"], "x")
        connection._topics = ["orders/ada/4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10"]
        with pytest.raises(NotAllowed):
            async with connection:
                pass


async def test_staff_follow_orders_of_every_customer(shop: Shop, settings: Settings) -> None:
    person, staff = shop.person("cid"), shop.person("sue", staff=True)
    order = order_input("cup")
    way = Iot(settings, tokens_of(settings, staff))
    async with way, way.follow([str(order["clientToken"])]) as following, asyncio.timeout(90):
        await following.wait_live()
        await submit(shop, person, order)
        statuses = [arrival.change.status.value async for arrival in following]
    assert statuses == LIFE


def test_iot_way_is_selected_by_its_name() -> None:
    assert WAYS["iot"] is Iot
    assert issubclass(NotAllowed, OrderwireError)


def _endpoint(shop: Shop) -> str:
    endpoint: str = (
        shop.cloud.session()
        .client("iot", endpoint_url=shop.cloud.engine)
        .describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"]
    )
    return endpoint
