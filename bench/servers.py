"""The servers that are compared, each in a process of its own: the data plane alone, and its peers."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import shutil
import socket
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import boto3

from bench.model import Context, Figure, NotMeasured

ROOT = Path(__file__).resolve().parent.parent
PLANE = ROOT / "bench" / "plane"
PEERS = ROOT / "bench" / "peers"
SIMULATOR = "@aws-amplify/amplify-appsync-simulator"
KEY = "da2-alone"
START_SECONDS = 30.0
INSTALL_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Door:
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
    """A server that runs; ``began`` and ``up`` by ``time.perf_counter``."""

    door: Door
    pid: int
    began: float
    up: float


@asynccontextmanager
async def program(
    name: str, *command: str, cwd: Path = ROOT, realtime: str = "/graphql", appsync: bool = True
) -> AsyncIterator[Server]:
    """Run a program that prints its address as its first line and ends with its standard input.

    Raises
    ------
    NotMeasured
        It does not start.
    """
    complaints = tempfile.TemporaryFile()  # noqa: SIM115 - the process's, as long as it runs
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
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
            said = complaints.read().decode(errors="replace").strip().splitlines()
            raise NotMeasured(f"{name} did not start: {line or (said[-1] if said else 'it said nothing')}")
        rest = asyncio.create_task(process.stdout.read())
        address = urlsplit(line)
        door = Door(name, address.port or 0, address.path, realtime, appsync=appsync)
        yield Server(door, process.pid, began, time.perf_counter())
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
async def data_plane(folder: Path, template: Path = PLANE / "template.yaml") -> AsyncIterator[Server]:
    """Run the data plane alone with the API of a template."""
    described = folder / "api.json"
    tool = "tools/data_plane.py"
    process = await asyncio.create_subprocess_exec(
        sys.executable, tool, "describe", str(template), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise NotMeasured(f"{template} could not be described")
    described.write_bytes(said)
    async with program("the data plane", sys.executable, tool, "serve", str(described)) as server:
        yield server


async def install_simulator() -> None:
    """Install the Amplify simulator unless it is there.

    Raises
    ------
    NotMeasured
        There is no npm, or it fails.
    """
    if (PEERS / "node_modules" / SIMULATOR).is_dir():
        return
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise NotMeasured("Node and npm are not here")
    options = ("--omit-lockfile-registry-resolved", "--ignore-scripts", "--no-audit", "--no-fund")
    process = await asyncio.create_subprocess_exec(
        npm, "ci", *options, cwd=PEERS, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(INSTALL_SECONDS):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise NotMeasured(f"npm took more than {INSTALL_SECONDS:g} s") from None
    if process.returncode != 0:
        lines = said.decode(errors="replace").strip().splitlines()
        raise NotMeasured(f"npm could not install it: {lines[0] if lines else 'it said nothing'}")


@asynccontextmanager
async def amplify() -> AsyncIterator[Server]:
    """Run the Amplify simulator with the same API, its resolver in VTL."""
    await install_simulator()
    async with program(
        "the Amplify simulator", "node", "amplify.mjs", cwd=PEERS, realtime="/graphql/realtime"
    ) as server:
        yield server


@asynccontextmanager
async def bare(library: str) -> AsyncIterator[Server]:
    """Run a fan-out with nothing around it, by ``aiohttp`` or ``picows``."""
    if importlib.util.find_spec(library) is None:
        raise NotMeasured(f"{library} is not here: `make setup-dev` installs it")
    script = str(PEERS / "bare.py")
    async with program(
        f"bare {library}", sys.executable, script, library, realtime="/", appsync=False
    ) as one:
        yield one


@asynccontextmanager
async def ministack() -> AsyncIterator[Server]:
    """Run MiniStack with the same API, its resolver in VTL; it has no GraphQL real time."""
    command = ROOT / ".venv-engine" / "bin" / "ministack"
    if not command.exists():
        raise NotMeasured("its environment is not here: `make setup` makes it")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        str(command),
        cwd=ROOT,
        env=_environment(port),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await _answers(port)
        up = time.perf_counter()
        door = await asyncio.to_thread(_deployed, port)
        yield Server(door, process.pid, began, up)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _environment(port: int) -> Mapping[str, str]:
    return {
        "PATH": str(ROOT / ".venv-engine" / "bin"),
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "SERVICES": "appsync",
        "LOG_LEVEL": "ERROR",
    }


async def _answers(port: int) -> None:
    def ask() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=2):
                return True
        except OSError:
            return False

    try:
        async with asyncio.timeout(START_SECONDS):
            while not await asyncio.to_thread(ask):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise NotMeasured("it did not start") from None


def _deployed(port: int) -> Door:
    client = boto3.client(
        "appsync",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - it asks for some
    )
    api = client.create_graphql_api(name="plane", authenticationType="API_KEY")["graphqlApi"]["apiId"]
    key = client.create_api_key(apiId=api)["apiKey"]["id"]
    client.start_schema_creation(apiId=api, definition=(PLANE / "schema.graphql").read_bytes())
    client.create_data_source(apiId=api, name="nothing", type="NONE")
    client.create_resolver(
        apiId=api,
        typeName="Mutation",
        fieldName="publish",
        dataSourceName="nothing",
        requestMappingTemplate='{"version": "2018-05-29", "payload": $util.toJson($ctx.args)}',
        responseMappingTemplate="$util.toJson($ctx.result)",
    )
    return Door("MiniStack", port, f"/v1/apis/{api}/graphql", "", key)


async def start_peers(
    context: Context, stack: AsyncExitStack, peers: Mapping[str, AbstractAsyncContextManager[Server]]
) -> tuple[list[Server], dict[str, str]]:
    """Start the peers that are here, until the stack closes; say by name why others are not."""
    found: list[Server] = []
    missing: dict[str, str] = {}
    for name, peer in peers.items():
        try:
            found.append(await stack.enter_async_context(peer))
        except NotMeasured as error:
            missing[name] = str(error)
            context.say(f"{name}: not measured: {error}")
    return found, missing


def absent(missing: Mapping[str, str]) -> list[Figure]:
    """Return a line for each peer that was not measured, with the reason."""
    return [
        Figure(f"{name}: not measured", 0, "", note=reason.replace("\n", " "))
        for name, reason in missing.items()
    ]
