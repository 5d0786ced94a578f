"""After a stop each API gets the port that its kept address names, and new ones come after them."""

from __future__ import annotations

import socket

import aiohttp
import pytest
from aiohttp import web

from localcloud.appsync.service import AppSyncService
from localcloud.aws import Credentials, EngineAddress
from tests.appsync.endpoint_support import FakeResolvers, definition


def three_free_ports() -> int:
    """Return a port that is free with the two after it."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        try:
            for following in (port, port + 1, port + 2):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", following))
        except (OSError, OverflowError):
            continue
        return port


class Engine:
    """The two requests of the control plane that are made: the lists of APIs of both kinds."""

    def __init__(self, addresses: dict[str, str], events: dict[str, str] | None = None) -> None:
        self._apis = [
            {"apiId": api_id, "name": api_id.upper(), "uris": {"GRAPHQL": url}}
            for api_id, url in addresses.items()
        ]
        self._events = [
            {"apiId": api_id, "name": api_id.upper(), "dns": {"HTTP": host, "REALTIME": host}}
            for api_id, host in (events or {}).items()
        ]

    async def __aenter__(self) -> EngineAddress:
        app = web.Application()
        app.router.add_get("/v1/apis", self._list)
        app.router.add_get("/v2/apis", self._list_events)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port = self._runner.addresses[0][1]
        account = "000000000000"
        return EngineAddress(f"http://127.0.0.1:{port}", "us-east-1", account, Credentials(account, "secret"))

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _list(self, _request: web.Request) -> web.Response:
        return web.json_response({"graphqlApis": self._apis})

    async def _list_events(self, _request: web.Request) -> web.Response:
        return web.json_response({"apis": self._events})


def service_of(engine: EngineAddress) -> AppSyncService:
    return AppSyncService(engine, lambda api: FakeResolvers({}), load=lambda api_id: definition())


async def test_apis_keep_their_ports_and_new_ones_come_after() -> None:
    first = three_free_ports()
    kept = {"b": f"http://127.0.0.1:{first + 1}/graphql", "a": f"http://127.0.0.1:{first}/graphql"}
    elsewhere = {"c": "https://c.appsync-api.us-east-1.amazonaws.com/graphql"}
    async with Engine(kept | elsewhere) as engine:
        service = service_of(engine)
        await service.start(first_api_port=first)
        try:
            await service.reopen()
            async with aiohttp.ClientSession() as session:
                for api_id, url in kept.items():
                    async with session.post(f"{service.control.url}/apis/{api_id}") as answer:
                        assert (await answer.json())["graphql"] == url
                async with session.post(f"{service.control.url}/apis/new") as answer:
                    assert (await answer.json())["graphql"] == f"http://127.0.0.1:{first + 2}/graphql"
        finally:
            await service.stop()


async def test_event_apis_keep_their_ports() -> None:
    first = three_free_ports()
    events = {"e": f"127.0.0.1:{first + 1}", "f": "f.appsync-api.us-east-1.amazonaws.com"}
    async with Engine({"a": f"http://127.0.0.1:{first}/graphql"}, events) as engine:
        service = service_of(engine)
        await service.start(first_api_port=first)
        try:
            await service.reopen()
            async with aiohttp.ClientSession() as session:
                for api_id, port in {"e": first + 1, "new": first + 2}.items():
                    async with session.post(f"{service.control.url}/event-apis/{api_id}") as answer:
                        host = f"127.0.0.1:{port}"
                        assert await answer.json() == {"http": host, "realtime": host}
        finally:
            await service.stop()


async def test_occupied_port_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        async with Engine({"a": f"http://127.0.0.1:{other.getsockname()[1]}/graphql"}) as engine:
            service = service_of(engine)
            await service.start()
            try:
                with pytest.raises(OSError, match="address already in use"):
                    await service.reopen()
            finally:
                await service.stop()
