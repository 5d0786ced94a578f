"""What is AWS IoT's own among the ways: its topics, its credentials and its limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from clients.auth import TokenSource
from clients.errors import BadSettings, NotAllowed, NotSignedIn
from clients.mqtt import Address
from clients.ways.iot import Iot
from tests.clients.fake_appsync import FakeAppSync
from tests.clients.fake_companion import FakeCompanion
from tests.clients.fake_iot import AUTHORIZER
from tests.clients.test_ways import CALM, LIFE, ORDER


@pytest.fixture
async def iot(companion: FakeCompanion, tokens: TokenSource) -> AsyncIterator[Iot]:
    async with Iot(companion.settings, tokens, pace=CALM) as way:
        yield way


async def test_changes_arrive_by_mqtt_with_the_token_as_password(
    iot: Iot, appsync: FakeAppSync, companion: FakeCompanion
) -> None:
    async with iot.follow([ORDER]) as following:
        await following.wait_live()
        for status in LIFE:
            appsync.change(ORDER, status)
        arrivals = [arrival async for arrival in following]
    assert [arrival.pushed for arrival in arrivals] == [True] * len(LIFE)
    [connect] = companion.iot.connects
    assert connect.client_id.startswith("sub-ada-")
    assert connect.clean
    [subscribe] = companion.iot.subscribes
    assert [(each.text, each.qos) for each in subscribe.filters] == [(f"orders/sub-ada/{ORDER}", 1)]


async def test_connection_has_fifty_orders_and_a_subscribe_eight(
    iot: Iot, appsync: FakeAppSync, companion: FakeCompanion
) -> None:
    ids = [f"{n:08d}-0000-4000-8000-000000000000" for n in range(51)]
    async with iot.follow(ids) as following:
        await following.wait_live()
        assert sorted(len(client.topics) for client in companion.iot.clients) == [1, 50]
    assert max(len(packet.filters) for packet in companion.iot.subscribes) == 8


async def test_lost_connection_returns_with_its_client_id(
    iot: Iot, appsync: FakeAppSync, companion: FakeCompanion
) -> None:
    appsync.change(ORDER, LIFE[0])
    async with iot.follow([ORDER]) as following:
        await following.wait_live()
        companion.cut()
        for status in LIFE[1:]:
            appsync.change(ORDER, status)
        assert [arrival.version async for arrival in following] == [1, 2, 3, 4, 5, 6]
        await appsync.until(lambda: len(companion.iot.connects) >= 1)
    assert len({connect.client_id for connect in companion.iot.connects}) == 1


async def test_topic_of_another_customer_is_refused(
    iot: Iot, companion: FakeCompanion, tokens: TokenSource
) -> None:
    connection = iot.open(await tokens.token(), ["../sub-grace/4b0c"], "1")
    companion.iot.own_topics = ("orders/sub-ada/4",)
    with pytest.raises(NotAllowed, match="not for you"):
        async with connection:
            pass


async def test_connect_says_that_the_authorizer_may_be_missing_when_it_is_refused(
    companion: FakeCompanion, tokens: TokenSource
) -> None:
    address = str(companion.settings.iot).replace(AUTHORIZER, "x-amz-customauthorizer-name=gone")
    iot = Iot(replace(companion.settings, iot=address), tokens)
    async with iot:
        with pytest.raises(NotSignedIn, match=r"'gone' refuses the token, or there is none .* IotChannel"):
            async with iot.open(await tokens.token(), [ORDER], "1"):
                pass


async def test_traffic_counts_every_message(iot: Iot, appsync: FakeAppSync) -> None:
    async with iot.follow([ORDER]) as following:
        await following.wait_live()
        for status in LIFE:
            appsync.change(ORDER, status)
        async for _ in following:
            pass
    # CONNECT, SUBSCRIBE and an acknowledgement each; CONNACK, SUBACK and the changes.
    assert (iot.traffic.messages_out, iot.traffic.messages_in) == (2 + len(LIFE), 2 + len(LIFE))
    assert iot.traffic.bytes_in > 900


@pytest.mark.parametrize(
    "url",
    ["http://host/mqtt?x-amz-customauthorizer-name=a", "ws://host/mqtt", "mqtt", ""],
)
def test_invalid_address_is_refused(url: str) -> None:
    with pytest.raises(BadSettings):
        Address.parse(url)
