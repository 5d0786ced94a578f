"""The two ways in, without a client in between: what is sent and what comes back is exact."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import aiohttp

from tests.access.credentials import Credential

Json = dict[str, Any]
KEEP_ALIVE = {"type": "ka"}
PUBLISHED_AT = "2026-11-20T12:00:00.000Z"
"""When every change that a test publishes was made: no real one has this time."""


def request_of(document: str, variables: Json | None = None) -> str:
    return json.dumps({"query": document, "variables": variables or {}})


@dataclass(frozen=True)
class Endpoints:
    """The API's addresses."""

    graphql: str
    realtime: str

    @property
    def host(self) -> str:
        return self.graphql.split("/")[2]

    async def send(self, credential: Credential, body: str | bytes) -> tuple[int, Json]:
        """POST a body as it is."""
        signed = credential.headers(self.graphql, body if isinstance(body, str) else "")
        headers = {"Content-Type": "application/json", **signed}
        content = body.encode() if isinstance(body, str) else body
        async with (
            aiohttp.ClientSession() as session,
            # As a file: aiohttp warns of large bodies that are not.
            session.post(self.graphql, data=BytesIO(content), headers=headers) as answer,
        ):
            return answer.status, json.loads(await answer.read())

    async def post(
        self, credential: Credential, document: str, variables: Json | None = None
    ) -> tuple[int, Json]:
        return await self.send(credential, request_of(document, variables))

    @asynccontextmanager
    async def socket(self, credential: Credential) -> AsyncIterator[Socket]:
        """Open a WebSocket with a credential; what comes of it is the first frame."""
        authorization = {**credential.headers(f"{self.graphql}/connect", "{}"), "host": self.host}
        header = base64.b64encode(json.dumps(authorization).encode()).decode()
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(
                self.realtime, params={"header": header, "payload": "e30="}, protocols=["graphql-ws"]
            ) as socket,
        ):
            await socket.send_json({"type": "connection_init"})
            yield Socket(self, socket)


@dataclass
class Socket:
    """An open WebSocket."""

    endpoints: Endpoints
    socket: aiohttp.ClientWebSocketResponse

    async def any_frame(self) -> Json:
        """Return the next frame that is no keep-alive."""
        while True:
            frame: Json = await self.socket.receive_json(timeout=60)
            if frame != KEEP_ALIVE:
                return frame

    async def frame(self) -> Json:
        """Return the next frame, but for real changes: another test's order may still be on its way."""
        while True:
            frame = await self.any_frame()
            if frame["type"] != "data":
                return frame
            [data] = frame["payload"]["data"].values()
            if data is None or data["at"] == PUBLISHED_AT:
                return frame

    async def connected(self) -> Socket:
        """Take the first frame, which must let the client in."""
        assert (await self.frame())["type"] == "connection_ack"
        return self

    async def start(self, credential: Credential, document: str, variables: Json | None = None) -> str:
        """Ask for a subscription and return its id; the answer is the next frame."""
        id_, data = str(uuid.uuid4()), request_of(document, variables)
        authorization = {**credential.headers(self.endpoints.graphql, data), "host": self.endpoints.host}
        await self.socket.send_json(
            {
                "id": id_,
                "type": "start",
                "payload": {"data": data, "extensions": {"authorization": authorization}},
            }
        )
        return id_

    async def live(self, credential: Credential, document: str, variables: Json | None = None) -> str:
        """Ask for a subscription and wait until it is live."""
        id_ = await self.start(credential, document, variables)
        assert await self.frame() == {"id": id_, "type": "start_ack"}
        return id_


def event(id_: str, field: str, change: Json) -> Json:
    """Return the frame of an event."""
    return {"id": id_, "type": "data", "payload": {"data": {field: change}}}


def error_frame(id_: str, error_type: str, message: str) -> Json:
    """Return the frame of a start that was refused."""
    errors = [{"errorType": error_type, "message": message}]
    return {"id": id_, "type": "error", "payload": {"errors": errors}}


REFUSED_HANDSHAKE = {
    "type": "connection_error",
    "payload": {
        "errors": [
            {
                "errorType": "UnauthorizedException",
                "message": "You are not authorized to make this call.",
                "errorCode": 401,
            }
        ]
    },
}
