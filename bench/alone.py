"""The engine alone, with a Lambda service whose functions take no time: what Step Functions itself takes."""

from __future__ import annotations

import asyncio
import contextlib
import io
import socket
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import boto3

from bench.executing import Endpoint
from bench.model import NotMeasured
from bench.sides import Side
from bench.wire import answered

ACCOUNT, REGION = "000000000000", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/bench"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:nothing"
START_SECONDS = 60.0
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Amz-Executed-Version: $LATEST\r\n"
    b'Content-Length: 11\r\n\r\n{"ok":true}'
)


class _Functions(asyncio.Protocol):
    """A connection of the Lambda service: every invocation is answered at once."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if b"content-length:" not in self._buffer.lower():
            if b"\r\n\r\n" in self._buffer:
                self._buffer = b""
                self._transport.write(_ANSWER)
        elif answered(self._buffer):
            self._buffer = b""
            self._transport.write(_ANSWER)


@asynccontextmanager
async def engine_alone(folder: Path, side: Side) -> AsyncIterator[tuple[Endpoint, int]]:
    """Run a side's engine until the block ends; enter, with its process, once it has a function.

    Raises
    ------
    NotMeasured
        It did not start.
    """
    functions = await asyncio.get_running_loop().create_server(_Functions, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{functions.sockets[0].getsockname()[1]}"
    port = _free_port()
    printed = folder / "engine.txt"
    variables = {
        "PYTHONPATH": str(side.root),
        "LOCALCLOUD_ENGINE_PORT": str(port),
        "LOCALCLOUD_ACCOUNT": ACCOUNT,
        "LOCALCLOUD_REGION": REGION,
        "LOCALCLOUD_LAMBDA_URL": address,
        "LOCALCLOUD_CONTROL_URL": address,
    }
    with printed.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *(str(side.root / ".venv-engine" / "bin" / "python"), "-P", "-m", "localcloud.engine"),
            cwd=side.root,
            env={**side.environment(), **variables},
            stdin=asyncio.subprocess.PIPE,
            stdout=out,
            stderr=asyncio.subprocess.STDOUT,
        )
    try:
        if not await asyncio.to_thread(_ready, port):
            output = printed.read_text(encoding="utf-8", errors="replace")
            raise NotMeasured(f"the engine did not start: {output.strip() or 'it output nothing'}")
        await asyncio.to_thread(_create_function, port)
        yield Endpoint(port, REGION, ACCOUNT, ROLE), process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        functions.close()


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
    return port


def _ready(port: int) -> bool:
    """Wait until the engine answers; say whether it does."""
    for _ in range(int(START_SECONDS / 0.1)):
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_localcloud/ready", timeout=2).close()
            return True
        time.sleep(0.1)
    return False


def _create_function(port: int) -> None:
    """Let the engine know of the function: an engine may look it up before it is invoked."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("nothing.py", "def handler(event, context): return {}\n")
    session = boto3.session.Session(
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="bench",  # noqa: S106 - no signature is verified
        region_name=REGION,
    )
    session.client("lambda", endpoint_url=f"http://127.0.0.1:{port}").create_function(
        FunctionName=FUNCTION.rpartition(":")[2],
        Runtime="python3.13",
        Handler="nothing.handler",
        Role=ROLE,
        Code={"ZipFile": archive.getvalue()},
    )
