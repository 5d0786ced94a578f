"""What a checkpoint takes a function by itself: the same client, answered by a server that only sends bytes.

No service can answer sooner than this, so it says how much of a checkpoint is the client's own work.
"""

from __future__ import annotations

import asyncio
import json
import os
import runpy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from clients import reading

NAME: Final = "constant bytes"
_WIRE: Final = Path(__file__).parent / "function" / "wire.py"
_TOKEN: Final = "x" * 120
_EVENT: Final = {
    "DurableExecutionArn": "arn:aws:lambda:us-east-1:000000000000:function:f:1/durable-execution/n/e",
    "CheckpointToken": _TOKEN,
}
_BODY: Final = json.dumps({"CheckpointToken": _TOKEN, "NewExecutionState": {"Operations": []}}).encode()
_ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(_BODY),
    _BODY,
)


class _Constant(asyncio.Protocol):
    """Reads a request to its end, and answers it by the same bytes as any other."""

    _transport: asyncio.WriteTransport

    def __init__(self) -> None:
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, blank, body = self._buffer.partition(b"\r\n\r\n")
        if not blank:
            return
        _, _, rest = head.lower().partition(b"content-length: ")
        if len(body) >= int(rest.partition(b"\r\n")[0]):
            self._buffer = b""
            self._transport.write(_ANSWER)


@asynccontextmanager
async def constant_server() -> AsyncIterator[int]:
    """Serve on a free port of loopback until the block ends; yield the port."""
    server = await asyncio.get_running_loop().create_server(_Constant, "127.0.0.1", 0)
    async with server:
        port: int = server.sockets[0].getsockname()[1]
        yield port


def checkpoints(port: int, count: int) -> list[float]:
    """Run the bare protocol's function ``count`` times; return the milliseconds of each checkpoint.

    It reads its endpoint from the environment when it is loaded, so it needs a process of its own.
    """
    os.environ["AWS_ENDPOINT_URL_LAMBDA"] = f"http://127.0.0.1:{port}"
    handler = runpy.run_path(str(_WIRE))["handler"]
    took: list[float] = []
    for _ in range(count):
        result = reading.document(handler(_EVENT, None)["Result"], "Result")
        for seconds in reading.sequence(result.get("checkpoints"), "checkpoints"):
            assert isinstance(seconds, float)
            took.append(seconds * 1000)
    return took
