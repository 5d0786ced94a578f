"""A port for both: what begins with a TLS handshake goes to who takes it off, everything else is HTTP.

Programs make ``https://{domainName}/{stage}`` of an event's ``domainName``, which is a port of loopback here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, cast

from aiohttp import web

HOST: Final = "127.0.0.1"
_HANDSHAKE: Final = 0x16


class SniffingSite(web.BaseSite):
    """Listens for a runner's server, and leads connections with TLS elsewhere.

    Parameters
    ----------
    secured_at
        The port of who takes TLS off and comes back without.
    """

    def __init__(self, runner: web.ServerRunner, port: int, secured_at: int) -> None:
        super().__init__(runner)
        self._port, self._secured_at = port, secured_at
        self._waiting: set[asyncio.Transport] = set()

    @property
    def name(self) -> str:
        """The address."""
        return f"http://{HOST}:{self._port}"

    async def start(self) -> None:
        """Listen."""
        await super().start()
        make = cast("Callable[[], asyncio.Protocol]", self._runner.server)
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Sniffing(make, self._secured_at, self._waiting), HOST, self._port, backlog=self._backlog
        )

    async def stop(self) -> None:
        """Listen no more, and cut what has said nothing yet."""
        await super().stop()
        for transport in list(self._waiting):
            transport.abort()


class _Sniffing(asyncio.Protocol):
    """Waits for the first bytes of a connection, and hands it over."""

    def __init__(
        self, make: Callable[[], asyncio.Protocol], secured_at: int, waiting: set[asyncio.Transport]
    ) -> None:
        self._make, self._secured_at, self._waiting = make, secured_at, waiting

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._waiting.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._waiting.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        transport = self._transport
        self._waiting.discard(transport)
        if data[0] == _HANDSHAKE:
            _Pair(transport, data).open(self._secured_at)
            return
        protocol = self._make()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        protocol.data_received(data)


class _Pair:
    """Two connections, whose bytes go from one to the other."""

    def __init__(self, near: asyncio.Transport, data: bytes) -> None:
        self._near, self._data = near, data
        near.pause_reading()

    def open(self, port: int) -> None:
        self._task = asyncio.get_running_loop().create_task(self._join(port))

    async def _join(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        try:
            far, _ = await loop.create_connection(lambda: _End(self._near), HOST, port)
        except OSError:
            self._near.abort()
            return
        self._near.set_protocol(_End(far))
        far.write(self._data)
        self._near.resume_reading()


class _End(asyncio.Protocol):
    """One end of a pair: what comes goes to the other one."""

    def __init__(self, other: asyncio.Transport) -> None:
        self._other = other

    def data_received(self, data: bytes) -> None:
        self._other.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._other.close()
