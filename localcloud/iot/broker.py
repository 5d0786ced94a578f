"""The engine's broker, which only this endpoint reaches: by a Host in AWS's form, which no browser sets."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Final

import aiohttp

from localcloud.aws import EngineAddress

_LARGEST: Final = 16 * 1024 * 1024


class BrokerUnavailable(Exception):
    """The engine does not take the connection."""


class Broker:
    """Opens connections to the broker.

    Parameters
    ----------
    engine
        Whose broker it is; each account and region has its own topics.
    """

    def __init__(self, engine: EngineAddress) -> None:
        self._address = engine.endpoint.replace("http", "ws", 1) + "/mqtt"
        # The account and the region are taken from the credential's scope.
        scope = f"{engine.account}/20260101/{engine.region}/iotdevicegateway/aws4_request"
        self._headers = {
            "Host": f"data-ats.iot.{engine.region}.localhost",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        }
        self._session: aiohttp.ClientSession | None = None

    @contextlib.asynccontextmanager
    async def connected(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """Open a connection, and close it on the way out.

        Raises
        ------
        BrokerUnavailable
        """
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        try:
            socket = await self._session.ws_connect(
                self._address,
                headers=self._headers,
                protocols=("mqtt",),
                max_msg_size=_LARGEST,
                timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
            )
        except (aiohttp.ClientError, OSError, TimeoutError) as problem:
            raise BrokerUnavailable(f"{type(problem).__name__}: {problem}") from None
        try:
            yield socket
        finally:
            await socket.close()

    async def close(self) -> None:
        """Let go of what is kept."""
        if self._session is not None:
            await self._session.close()
            self._session = None
