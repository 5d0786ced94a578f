"""Talks to a served API as a client would: HTTP with a credential's headers, and the real-time socket."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from tests.localcloud.running import Api


@dataclass
class Listener:
    """One subscription that the server has acknowledged."""

    id: str
    socket: aiohttp.ClientWebSocketResponse

    async def frame(self) -> dict[str, Any]:
        """The next frame that is no keep-alive."""
        while True:
            frame: dict[str, Any] = await self.socket.receive_json(timeout=60)
            if frame["type"] != "ka":
                return frame

    async def event(self) -> Any:
        """The data of the next event."""
        frame = await self.frame()
        assert (frame["type"], frame["id"]) == ("data", self.id), frame
        return frame["payload"]["data"]


@dataclass
class Talker:
    """A caller of one API, by the headers that are its credential."""

    session: aiohttp.ClientSession
    api: Api
    credential: Mapping[str, str] = field(default_factory=dict)

    async def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """Post a request and return the whole answer."""
        body = {"query": query, "variables": variables}
        async with self.session.post(self.api.graphql, json=body, headers=dict(self.credential)) as answer:
            document: dict[str, Any] = await answer.json()
            return document

    async def data(self, query: str, **variables: object) -> Any:
        """Post a request that must succeed and return its data."""
        answer = await self.ask(query, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """A connection that the server has let in."""
        header = json.dumps({"host": urlsplit(self.api.graphql).netloc, **self.credential})
        encoded = base64.urlsafe_b64encode(header.encode()).decode().rstrip("=")
        async with self.session.ws_connect(
            self.api.realtime, protocols=("graphql-ws", f"header-{encoded}")
        ) as socket:
            await socket.send_json({"type": "connection_init"})
            assert (await socket.receive_json(timeout=60))["type"] == "connection_ack"
            yield socket

    async def start(
        self, socket: aiohttp.ClientWebSocketResponse, query: str, **variables: object
    ) -> tuple[str, dict[str, Any]]:
        """Ask for a subscription, and return its id and what the server answers."""
        name = str(uuid.uuid4())
        host = urlsplit(self.api.graphql).netloc
        data = json.dumps({"query": query, "variables": variables})
        authorization = {"host": host, **self.credential}
        payload = {"data": data, "extensions": {"authorization": authorization}}
        await socket.send_json({"id": name, "type": "start", "payload": payload})
        return name, await Listener(name, socket).frame()

    @asynccontextmanager
    async def listening(self, query: str, **variables: object) -> AsyncIterator[Listener]:
        """A live subscription, on a socket of its own."""
        async with self.socket() as socket:
            name, answer = await self.start(socket, query, **variables)
            assert answer == {"id": name, "type": "start_ack"}, answer
            yield Listener(name, socket)
