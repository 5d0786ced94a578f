"""The HTTP data plane: admitted requests are signed again and sent on to the engine."""

from __future__ import annotations

from typing import Final

import aiohttp
from yarl import URL

from localcloud.aws import EngineAddress
from localcloud.wire import Request, Response

_TIMEOUT: Final = aiohttp.ClientTimeout(total=30)
# What the client's request has of its own: MQTT 5's properties come as headers.
_PASSED: Final = ("content-type", "x-amz-mqtt5-")


class DataPlane:
    """Sends requests on to the engine."""

    def __init__(self, engine: EngineAddress) -> None:
        self._engine = engine
        self._session: aiohttp.ClientSession | None = None

    async def forward(self, request: Request) -> Response:
        """Return the engine's answer."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        target = request.raw_path + (f"?{request.raw_query}" if request.raw_query else "")
        url = f"{self._engine.endpoint}{target}"
        headers = {name: value for name, value in request.headers.items() if name.startswith(_PASSED)}
        signed = self._engine.signed(
            request.method, url, request.body, headers, service="iotdata", region=self._engine.region
        )
        try:
            async with self._session.request(
                request.method, URL(url, encoded=True), data=request.body, headers=signed
            ) as answer:
                body = await answer.read()
                forwarded = {
                    name: value
                    for name, value in answer.headers.items()
                    if name.lower().startswith(("content-type", "x-amz"))
                }
                return Response(answer.status, body, forwarded)
        except (aiohttp.ClientError, OSError, TimeoutError):
            return Response(503, b'{"message":"Service Unavailable"}', {"Content-Type": "application/json"})

    async def close(self) -> None:
        """Let go of what is kept."""
        if self._session is not None:
            await self._session.close()
            self._session = None
