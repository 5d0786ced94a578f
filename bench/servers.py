"""The servers that are compared, each in a process of its own: the data plane alone, and its peers."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.model import Context, Figure, NotMeasured
from bench.sides import HERE, ROOT, Side

PLANE = ROOT / "bench" / "plane"
KEY = "da2-alone"
START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server is reached.

    Attributes
    ----------
    realtime
        The path of its WebSocket; empty without one.
    appsync
        Whether it speaks AppSync's protocol; else it repeats what it is sent.
    """

    name: str
    port: int
    path: str = "/graphql"
    realtime: str = "/graphql"
    key: str = KEY
    appsync: bool = True


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs; ``started_at`` and ``up`` by ``time.perf_counter``."""

    endpoint: Endpoint
    pid: int
    started_at: float
    up: float


@asynccontextmanager
async def program(
    name: str,
    *command: str,
    cwd: Path = ROOT,
    side: Side = HERE,
    realtime: str = "/graphql",
    appsync: bool = True,
) -> AsyncIterator[Server]:
    """Run a program that prints its address as its first line and ends with its standard input.

    Raises
    ------
    NotMeasured
        It does not start.
    """
    complaints = tempfile.TemporaryFile()  # noqa: SIM115 - the process's, as long as it runs
    started_at = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        env=side.environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=complaints,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    # Whatever else it prints is read, or it would wait for a reader.
    rest: asyncio.Task[bytes] | None = None
    try:
        try:
            async with asyncio.timeout(START_SECONDS):
                line = (await process.stdout.readline()).decode().strip()
        except TimeoutError:
            line = ""
        if not line.startswith("http://"):
            complaints.seek(0)
            output = complaints.read().decode(errors="replace").strip().splitlines()
            raise NotMeasured(
                f"{name} did not start: {line or (output[-1] if output else 'it output nothing')}"
            )
        rest = asyncio.create_task(process.stdout.read())
        address = urlsplit(line)
        endpoint = Endpoint(name, address.port or 0, address.path, realtime, appsync=appsync)
        yield Server(endpoint, process.pid, started_at, time.perf_counter())
    finally:
        process.stdin.close()
        try:
            async with asyncio.timeout(5):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        if rest is not None:
            await rest
        complaints.close()


@asynccontextmanager
async def data_plane(
    folder: Path, template: Path = PLANE / "template.yaml", side: Side = HERE
) -> AsyncIterator[Server]:
    """Run a side's data plane alone with the API of a template."""
    described = folder / "api.json"
    python, tool = str(side.python), "tools/data_plane.py"
    process = await asyncio.create_subprocess_exec(
        *(python, tool, "describe", str(template)),
        cwd=side.root,
        env=side.environment(),
        stdout=asyncio.subprocess.PIPE,
    )
    description, _ = await process.communicate()
    if process.returncode != 0:
        raise NotMeasured(f"{template} could not be described")
    described.write_bytes(description)
    command = (python, tool, "serve", str(described))
    async with program("the data plane", *command, cwd=side.root, side=side) as server:
        yield server


async def start_peers(
    context: Context, stack: AsyncExitStack, peers: Mapping[str, AbstractAsyncContextManager[Server]]
) -> tuple[list[Server], dict[str, str]]:
    """Start the peers that are here, until the stack closes; say by name why others are not."""
    running: list[Server] = []
    missing: dict[str, str] = {}
    for name, peer in peers.items():
        try:
            running.append(await stack.enter_async_context(peer))
        except NotMeasured as error:
            missing[name] = str(error)
            context.say(f"{name}: not measured: {error}")
    return running, missing


def absent(missing: Mapping[str, str]) -> list[Figure]:
    """Return a line for each peer that was not measured, with the reason."""
    return [
        Figure(f"{name}: not measured", 0, "", note=reason.replace("\n", " "))
        for name, reason in missing.items()
    ]
