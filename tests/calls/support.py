"""A server that answers with the bytes that it is given, and notes what it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

SECONDS = 60


@dataclass
class Peer:
    """The server.

    Attributes
    ----------
    answers
        What each request is answered with, in order; None cuts the connection.
    requests
        The heads of the requests, as they came, and their bodies.
    """

    answers: list[bytes | None]
    requests: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0
    lost: int = 0
    port: int = 0
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self.serving.add(task)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                lengths = [
                    int(line.partition(":")[2])
                    for line in head.split("\r\n")
                    if line.lower().startswith("content-length:")
                ]
                self.requests.append((head, await reader.readexactly(sum(lengths))))
                answer = self.answers.pop(0)
                if answer is None:
                    return
                writer.write(answer)
                if b"Connection: close" in answer or not answer:
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.serving.discard(task)
            self.lost += 1
            writer.close()


@asynccontextmanager
async def answering(*answers: bytes | None) -> AsyncIterator[Peer]:
    peer = Peer(list(answers))
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        if peer.serving:
            await asyncio.wait(peer.serving, timeout=SECONDS)


def answer(body: bytes, status: str = "200 OK", headers: Sequence[str] = ()) -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(SECONDS):
        while not true():
            await asyncio.sleep(0.005)
