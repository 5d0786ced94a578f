"""The peers that the data plane is measured beside, each in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import shutil
import socket
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import boto3

from bench.model import NotMeasured
from bench.servers import PLANE, START_SECONDS, Endpoint, Server, program
from bench.sides import ROOT

PEERS = ROOT / "bench" / "peers"
SIMULATOR = "@aws-amplify/amplify-appsync-simulator"
INSTALL_SECONDS = 120.0


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
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise NotMeasured(f"npm took more than {INSTALL_SECONDS:g} s") from None
    if process.returncode != 0:
        lines = output.decode(errors="replace").strip().splitlines()
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
    ) as server:
        yield server


@asynccontextmanager
async def ministack() -> AsyncIterator[Server]:
    """Run MiniStack with the same API, its resolver in VTL; it has no GraphQL real time."""
    start = time.perf_counter()
    async with ministack_with("appsync") as (port, pid):
        up = time.perf_counter()
        endpoint = await asyncio.to_thread(_deployed, port)
        yield Server(endpoint, pid, start, up)


@asynccontextmanager
async def ministack_with(*services: str) -> AsyncIterator[tuple[int, int]]:
    """Run MiniStack with some of its services; yield its port and its process."""
    command = ROOT / ".venv-engine" / "bin" / "ministack"
    if not command.exists():
        raise NotMeasured("its environment is not here: `make setup` makes it")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        str(command),
        cwd=ROOT,
        env=_environment(port, services),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await _answers(port)
        yield port, process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _environment(port: int, services: Sequence[str]) -> Mapping[str, str]:
    return {
        "PATH": str(ROOT / ".venv-engine" / "bin"),
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "SERVICES": ",".join(services),
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


def _deployed(port: int) -> Endpoint:
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
    return Endpoint("MiniStack", port, f"/v1/apis/{api}/graphql", "", key)
