"""The whole application with its companion, and people who reach it over REST and WebSocket."""

from __future__ import annotations

import asyncio
import json
import sys
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import aiohttp

from tests.integration.conftest import Json, Person, Shop
from tests.localcloud.running import ROOT, running


@dataclass(frozen=True)
class ResolverResponse:
    """What a request was answered."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Companion(Shop):
    """The running application, through its REST and WebSocket APIs as well."""

    @property
    def rest(self) -> str:
        apis = cast("list[dict[str, str]]", self.cloud.ready["rest_apis"])
        # The stack has its own, for event streams and for orders that are queued without a function.
        own = {self.cloud.outputs.get(name) for name in ("SseApiId", "IntakeApiId")}
        [api] = [api for api in apis if api["id"] not in own]
        return api["url"]

    @property
    def websocket(self) -> str:
        [api] = cast("list[dict[str, str]]", self.cloud.ready["websocket_apis"])
        return api["url"]

    async def call(
        self,
        person: Person,
        method: str,
        path: str,
        *,
        body: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ResolverResponse:
        """Send a request with the person's token."""
        sent = {"Authorization": f"Bearer {person.token}", **(headers or {})}
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(60)) as session,
            session.request(method, f"{self.rest}{path}", json=body, headers=sent) as answer,
        ):
            text = await answer.text()
            return ResolverResponse(
                answer.status, answer.headers, await answer.json(content_type=None) if text else None
            )

    async def submit(self, person: Person, order: Json, **headers: str) -> ResolverResponse:
        """Submit an order of ``order_input`` over REST."""
        body = {name: value for name, value in order.items() if name != "clientToken"}
        key = {"Idempotency-Key": str(order["clientToken"])}
        return await self.call(person, "POST", "/orders", body=body, headers=key | headers)

    async def ticket(self, person: Person) -> str:
        """Get a ticket for one connection."""
        answer = await self.call(person, "POST", "/ws-tickets")
        assert answer.status == 201, answer.body
        return str(answer.body["ticket"])

    @contextmanager
    def failing(self, fault: Json) -> Iterator[None]:
        """Have some of the engine's calls fail."""
        self._faults("PUT", {"faults": [fault]})
        try:
            yield
        finally:
            self._faults("DELETE", None)

    def _faults(self, method: str, document: Json | None) -> None:
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(f"{self.cloud.engine}/_localcloud/faults", body, method=method)
        urllib.request.urlopen(request).close()

    @asynccontextmanager
    async def socket(self, person: Person) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """Open a connection."""
        ticket = await self.ticket(person)
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(self.websocket, params={"ticket": ticket}) as socket,
        ):
            yield socket

    @asynccontextmanager
    async def over_websocket(
        self, person: Person, order_id: str, after: int = 0
    ) -> AsyncIterator[Callable[[], Awaitable[Json]]]:
        """Follow an order; yields a function that waits for the next change, the missed ones first."""
        changes: asyncio.Queue[Json] = asyncio.Queue()
        async with self.socket(person) as socket:
            await socket.send_json({"type": "subscribe", "orderId": order_id, "afterVersion": after})
            first = await socket.receive_json(timeout=60)
            assert (first["type"], first["orderId"]) == ("subscribed", order_id)
            for change in first["changes"]:
                changes.put_nowait(change)

            async def listen() -> None:
                async for message in socket:
                    frame = message.json()
                    assert frame["type"] == "change", frame
                    changes.put_nowait(frame["change"])

            listener = asyncio.create_task(listen())
            try:
                yield lambda: asyncio.wait_for(changes.get(), 60)
            finally:
                listener.cancel()
                await asyncio.gather(listener, return_exceptions=True)


@contextmanager
def open_companion(folder: Path, *arguments: str) -> Iterator[Companion]:
    """Run the application, its companion deployed by the real ``chalice deploy``."""
    deploy = f"{sys.executable} tools/companion.py deploy --stage local --project-dir {folder / 'project'}"
    template = ROOT / "appsync" / "template.yaml"
    quick = ("--parameter", "PaceSeconds=0", "--iam", "enforce")
    with running(
        folder, template, "--stack-name", "orderwire", *quick, "--also", deploy, *arguments
    ) as cloud:
        yield Companion(cloud)
