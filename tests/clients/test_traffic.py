"""What is counted against what really passed: a relay between the client and the server counts bytes."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from clients import WAYS
from clients.auth import TokenSource
from clients.traffic import Traffic
from tests.clients.conftest import ADA
from tests.clients.cutting import Relay
from tests.clients.fake_appsync import FakeAppSync
from tests.clients.fake_companion import FakeCompanion
from tests.clients.test_ways import CALM, LIFE, ORDER


def _through(address: str | None, port: int) -> str:
    parts = urlsplit(address or "")
    return parts._replace(netloc=f"127.0.0.1:{port}").geturl()


# What a webhook is posted comes by connections of SNS's, and its heads are not counted.
@pytest.mark.parametrize("name", [name for name in WAYS if name != "webhook"])
async def test_counted_bytes_equal_those_on_the_wire(
    name: str, appsync: FakeAppSync, companion: FakeCompanion
) -> None:
    async with Relay(appsync.port) as graphql, Relay(companion.port) as rest:
        settings = replace(
            companion.settings,
            endpoint=_through(appsync.settings.endpoint, graphql.port),
            realtime=_through(appsync.settings.realtime, graphql.port),
            rest=_through(companion.settings.rest, rest.port),
            websocket=_through(companion.settings.websocket, rest.port),
            iot=_through(companion.settings.iot, rest.port),
            sse=_through(companion.settings.sse, rest.port),
            events=_through(appsync.settings.events, graphql.port),
            events_realtime=_through(appsync.settings.events_realtime, graphql.port),
        )
        appsync.hosts.add(settings.host)
        tokens = TokenSource(appsync.settings.cognito, "client", ADA)
        appsync.change(ORDER, LIFE[0])
        async with WAYS[name](settings, tokens, pace=CALM) as way:
            async with way.follow([ORDER]) as following:
                await following.wait_live()
                for status in LIFE[1:]:
                    appsync.change(ORDER, status)
                assert len([arrival async for arrival in following]) == len(LIFE)
                before = replace(way.traffic)
                if name == "iot":  # its last acknowledgement follows the change
                    await appsync.until(lambda: companion.iot.acknowledged == before.messages_out - 2)
                sent, received = graphql.sent + rest.sent, graphql.received + rest.received
            shown = (companion.shown, appsync.shown, appsync.events.shown, companion.graphql.shown)
            requests = len(companion.requests) + len(appsync.calls) + sum(map(len, shown))
            requests += len(companion.iot.connects)
        assert before.requests == requests
        assert before.connections == graphql.accepted + rest.accepted
        assert (before.messages_in > 0) == ("poll" not in name)
        # Nothing else may be on its way just now.
        assert before.bytes_out == sent
        if name == "sse":  # how its chunks are framed is not counted: a length and two line ends each
            assert before.bytes_in < received <= before.bytes_in + 8 * (len(LIFE) + 2)
        else:
            assert before.bytes_in == received


def test_frame_length_follows_its_header() -> None:
    traffic = Traffic()
    for size in (0, 125, 126, 65535, 65536):
        traffic.received("x" * size)
        traffic.sent("x" * size)
    assert traffic.bytes_in == 125 + 126 + 65535 + 65536 + 2 + 2 + 4 + 4 + 10
    assert traffic.bytes_out == traffic.bytes_in + 5 * 4
    assert (traffic.messages_in, traffic.messages_out) == (5, 5)
    traffic.received("é")
    assert traffic.bytes_in == 125 + 126 + 65535 + 65536 + 22 + 4
