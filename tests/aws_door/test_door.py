"""The door, and the preloads that lead to it: programs of their own ask for AWS's names."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from localcloud.aws_door import AwsDoor, Places
from localcloud.front.sniffing import SniffingSite
from localcloud.preload.variables import preloading

API = "https://abc.execute-api.us-east-1.amazonaws.com/live"
PYTHON = """
import json, socket, ssl, sys, urllib.error, urllib.request
def ask(url):
    try:
        return urllib.request.urlopen(url, timeout=30).read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()
def refused(port):
    try:
        socket.create_connection(("db.rds.amazonaws.com", port))
    except OSError as error:
        return str(error)
address = socket.gethostbyname("sts.amazonaws.com")
print(json.dumps([ask(url) for url in sys.argv[1:]] + [refused(5432), address]))
"""
NODE = """
const out = [];
for (const url of process.argv.slice(1)) out.push(await (await fetch(url)).text());
console.log(JSON.stringify(out));
"""


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[AwsDoor, int]]:
    """A door before a server that says whom it was asked for; its port takes TLS as well."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text=f"{request.headers['Host']} {request.path}")

    door = AwsDoor()
    await door.start()
    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    site = SniffingSite(runner, 0, door.port)
    await site.start()
    port = runner.addresses[0][1]
    door.places = Places(port, port, port, {"abc": port}.get, {"abc": port}.get, {port}.__contains__)
    try:
        yield door, port
    finally:
        await runner.cleanup()
        await door.stop()


async def output(door: AwsDoor, *command: str) -> str:
    environment = {**os.environ, **preloading(f"127.0.0.1:{door.port}", {})}
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    printed, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, errors.decode()
    return printed.decode()


async def test_python_program_reaches_the_local_cloud_by_names_of_aws() -> None:
    async with serving() as (door, port):
        urls = [API, "http://sqs.eu-west-1.amazonaws.com/q", f"https://127.0.0.1:{port}/x"]
        urls += ["https://gone.execute-api.us-east-1.amazonaws.com/", "https://checkip.amazonaws.com/"]
        first, plain, loopback, gone, away, refused, address = json.loads(
            await output(door, sys.executable, "-c", PYTHON, *urls)
        )
    assert first == "abc.execute-api.us-east-1.amazonaws.com /live"
    assert (plain, loopback) == ("sqs.eu-west-1.amazonaws.com /q", f"127.0.0.1:{port} /x")
    assert "there is no API gone here" in gone
    assert "nothing leaves this machine" in away
    assert "serves the ports 80 and 443 of AWS's names, not 5432" in refused
    assert address.startswith("127.")


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js")
async def test_node_program_reaches_the_local_cloud_by_names_of_aws() -> None:
    async with serving() as (door, port):
        command = ("node", "--input-type=module", "-e", NODE, "--", API, f"https://127.0.0.1:{port}/x")
        first, loopback = json.loads(await output(door, *command))
    assert first == "abc.execute-api.us-east-1.amazonaws.com /live"
    assert loopback == f"127.0.0.1:{port} /x"


async def test_sitecustomize_of_the_user_runs_as_well(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('another')\n")
    async with serving() as (door, _port):
        led = preloading(f"127.0.0.1:{door.port}", {"PYTHONPATH": str(tmp_path)})
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "print('program')",
            env={**os.environ, **led},
            stdout=asyncio.subprocess.PIPE,
        )
        printed, _ = await process.communicate()
    assert printed.split() == [b"another", b"program"]


def test_command_preloads_nothing_without_the_aws_door() -> None:
    assert preloading("", {"NODE_OPTIONS": "x"}) == {}
