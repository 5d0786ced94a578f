"""Relays between the clients and the local cloud, so that sockets can be cut in the middle of anything."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

from clients import Settings

CHUNK = 65_536
# The addresses in ``clients.Settings`` that lead to the local cloud.
ADDRESSES = ("endpoint", "realtime", "rest", "websocket", "events", "events_realtime", "iot", "sse")


class Relay:
    """Passes TCP connections on to a port of loopback."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def open(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Cut everything, and listen no more."""
        if self._server is not None:
            self._server.close()
        self.cut(1.0, random.Random(0))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self, share: float, chance: random.Random) -> int:
        """Reset a share of the connections; return how many that were."""
        cut = [writer for writer in self._open if chance.random() < share]
        for writer in cut:
            writer.transport.abort()
        return len(cut)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of its own: asyncio reports it when what it started itself is cancelled.
        task = asyncio.create_task(self._join(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream, downstream = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            # Nothing listens: the client is refused as it would be without a relay.
            writer.transport.abort()
            return
        self._open.add(writer)
        pumps = [
            asyncio.ensure_future(_pump(reader, downstream)),
            asyncio.ensure_future(_pump(upstream, writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._open.discard(writer)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            writer.transport.abort()
            downstream.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()


class Relays:
    """A relay in front of each port that the clients' settings name."""

    def __init__(self) -> None:
        self._relays: dict[int, Relay] = {}

    async def lead(self, settings: Settings) -> Settings:
        """Return the settings with every address led through a relay."""
        changed: dict[str, str] = {}
        for name in ADDRESSES:
            address = getattr(settings, name)
            if address is None:
                continue
            parts = urlsplit(address)
            assert parts.port is not None
            if parts.port not in self._relays:
                self._relays[parts.port] = Relay(parts.port)
                await self._relays[parts.port].open()
            netloc = f"127.0.0.1:{self._relays[parts.port].port}"
            changed[name] = urlunsplit(parts._replace(netloc=netloc))
        return replace(settings, **changed)  # type: ignore[arg-type] # all of these are addresses

    def cut(self, share: float, chance: random.Random) -> int:
        """Reset a share of all connections; return how many that were."""
        return sum(relay.cut(share, chance) for relay in self._relays.values())

    async def close(self) -> None:
        """End all relays."""
        await asyncio.gather(*(relay.close() for relay in self._relays.values()))
