"""A TCP relay between a client and a real server, whose connections can be cut."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self


class Relay:
    """Relays TCP to ``port`` on loopback, from a port of its own."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._writers: set[asyncio.StreamWriter] = set()
        self.accepted = 0
        self.sent = 0  # bytes from the client
        self.received = 0  # bytes to the client

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.cut()
        await self._server.wait_closed()

    def cut(self) -> None:
        """Reset every connection, in both directions, without a word."""
        for writer in self._writers:
            writer.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        pair = {writer, back}
        self._writers |= pair
        await asyncio.wait(
            [
                asyncio.create_task(self._copy(reader, back, from_client=True)),
                asyncio.create_task(self._copy(there, writer, from_client=False)),
            ],
            return_when=asyncio.FIRST_COMPLETED,
        )
        for end in pair:
            end.transport.abort()
        self._writers -= pair

    async def _copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, from_client: bool
    ) -> None:
        try:
            while data := await reader.read(65536):
                if from_client:
                    self.sent += len(data)
                else:
                    self.received += len(data)
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
