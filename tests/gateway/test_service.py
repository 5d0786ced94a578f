"""The service: ports, what changes while it runs, warnings, and its end."""

from __future__ import annotations

import aiohttp
import pytest

from localcloud.gateway.api_port import GatewayApiAddress
from localcloud.gateway.definitions.rest import Unsupported
from localcloud.gateway.loader import Loaded
from localcloud.gateway.service import GatewayService
from localcloud.gateway.websocket.settings import WebSocketSettings
from tests.appsync.endpoint_support import ENGINE
from tests.gateway.support import Fakes, answering, proxy, rest, route, running, websocket

BRIEFLY = WebSocketSettings(goodbye_seconds=0.3)  # these clients answer no close frame meanwhile


async def test_each_api_has_a_port_and_each_stage_an_address() -> None:
    two = rest(id="rest2", name="other", stages={"dev": {}, "prod": {}})
    async with running([rest(), websocket(), two]) as gateway:
        ports = {address.url.split(":")[2].split("/")[0] for address in gateway.service.addresses()}
        assert len(ports) == 3
        assert gateway.address("ws1") == GatewayApiAddress("ws1", "orders-ws", "WEBSOCKET", gateway.ws)
        urls = [
            address.url.rpartition("/")[2] for address in gateway.service.addresses() if address.id == "rest2"
        ]
        assert urls == ["dev", "prod"]


async def test_first_port_is_the_requested_one() -> None:
    async with running([rest()]) as gateway:
        port = int(gateway.url.split(":")[2].split("/")[0])
        other = GatewayService(ENGINE, Fakes().invoke, lambda: Loaded((rest(),)))
        await other.start(first_port=port)
        with pytest.raises(OSError, match="address already in use"):
            await other.load_all()
        await other.stop()


async def test_changed_api_is_reloaded_and_connections_stay() -> None:
    async with running([rest(), websocket()], {"second": answering("second")}) as gateway:
        url = gateway.url
        async with gateway.session.ws_connect(gateway.ws) as open_:
            gateway.apis[:] = [
                rest(route("GET", "/new", proxy("second"))),
                websocket(routes={"$default": proxy("second"), "$disconnect": proxy("bye")}),
            ]
            gateway.service.notify()
            gateway.service.notify()

            async def changed() -> bool:
                return (await gateway.get("/new")).body == b"second"

            while not await changed():
                pass
            assert gateway.url == url
            assert (await gateway.get("/orders/1")).status == 403
            await open_.send_str("x")
            await gateway.until(lambda: [n for n, _ in gateway.fakes.calls].count("second") >= 2)
            assert not open_.closed
            assert not gateway.fakes.events("bye")


async def test_added_and_removed_apis_are_followed() -> None:
    async with running([websocket()], settings=BRIEFLY) as gateway:
        async with gateway.session.ws_connect(gateway.ws) as open_:
            gateway.apis[:] = [rest()]
            (address,) = await gateway.service.load_all()
            assert address.id == "rest1"
            frame = await open_.receive()
            assert (frame.type, frame.data, frame.extra) == (aiohttp.WSMsgType.CLOSE, 1001, "Going away")
        assert (await gateway.get("/x")).status == 200
        (bye,) = gateway.fakes.events("bye")
        assert bye["requestContext"]["disconnectStatusCode"] == 1001


async def test_failing_control_plane_leaves_apis_served(caplog: pytest.LogCaptureFixture) -> None:
    failing: list[bool] = []

    def load() -> Loaded:
        if failing:
            failing.append(True)
            raise ConnectionError("the engine is gone")
        return Loaded((rest(),), ("a warning",))

    fakes = Fakes({"view": answering()})
    service = GatewayService(ENGINE, fakes.invoke, load)
    await service.start()
    try:
        (address,) = await service.load_all()
        failing.append(True)
        service.notify()
        async with aiohttp.ClientSession() as session:
            while "the previous versions are served" not in caplog.text:
                async with session.get(address.url + "/x") as answer:
                    assert answer.status == 200
        assert service.warnings() == ["a warning"]
    finally:
        await service.stop()


async def test_warnings_name_unsupported_integrations() -> None:
    api = rest(route("GET", "/old", Unsupported("HTTP_PROXY")))
    async with running([api]) as gateway:
        assert gateway.service.warnings() == ["REST API orders: GET /old is not supported: HTTP_PROXY"]


async def test_stop_closes_connections_and_invokes_disconnect() -> None:
    async with running([websocket()], settings=BRIEFLY) as gateway:
        first = await gateway.session.ws_connect(gateway.ws)
        second = await gateway.session.ws_connect(gateway.ws)
        await gateway.service.stop()
        for open_ in (first, second):
            frame = await open_.receive()
            assert (frame.type, frame.data, frame.extra) == (aiohttp.WSMsgType.CLOSE, 1001, "Going away")
        assert len(gateway.fakes.events("bye")) == 2
