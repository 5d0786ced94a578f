"""The proxy, and the preloads that lead to it: programs of their own ask for AWS's names."""

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

from localcloud.aws_proxy import AwsProxy, Places
from localcloud.gateway.sniffing import SniffingSite
from localcloud.preload.variables import preloading

API = "https://abc.execute-api.us-east-1.amazonaws.com/live"
PYTHON = """
import json, socket, ssl, sys, urllib.error, urllib.request
def ask(url):
    try:
        return urllib.request.urlopen(url, timeout=60).read().decode()
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
async def serving() -> AsyncIterator[tuple[AwsProxy, int]]:
    """A proxy before a server that says whom it was asked for; its port takes TLS as well."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text=f"{request.headers['Host']} {request.path}")

    proxy = AwsProxy()
    await proxy.start()
    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    site = SniffingSite(runner, 0, proxy.port)
    await site.start()
    port = runner.addresses[0][1]
    proxy.places = Places(port, port, port, {"abc": port}.get, {"abc": port}.get, {port}.__contains__)
    try:
        yield proxy, port
    finally:
        await runner.cleanup()
        await proxy.stop()


async def output(proxy: AwsProxy, *command: str) -> str:
    environment = {**os.environ, **preloading(f"127.0.0.1:{proxy.port}", {})}
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    printed, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, errors.decode()
    return printed.decode()


async def test_python_program_reaches_the_local_cloud_by_names_of_aws() -> None:
    async with serving() as (proxy, port):
        urls = [API, "http://sqs.eu-west-1.amazonaws.com/q", f"https://127.0.0.1:{port}/x"]
        urls += ["https://gone.execute-api.us-east-1.amazonaws.com/", "https://checkip.amazonaws.com/"]
        first, plain, loopback, gone, away, refused, address = json.loads(
            await output(proxy, sys.executable, "-c", PYTHON, *urls)
        )
    assert first == "abc.execute-api.us-east-1.amazonaws.com /live"
    assert (plain, loopback) == ("sqs.eu-west-1.amazonaws.com /q", f"127.0.0.1:{port} /x")
    assert "there is no API gone here" in gone
    assert "nothing leaves this machine" in away
    assert "serves the ports 80 and 443 of AWS's names, not 5432" in refused
    assert address.startswith("127.")


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js")
async def test_node_program_reaches_the_local_cloud_by_names_of_aws() -> None:
    async with serving() as (proxy, port):
        command = ("node", "--input-type=module", "-e", NODE, "--", API, f"https://127.0.0.1:{port}/x")
        first, loopback = json.loads(await output(proxy, *command))
    assert first == "abc.execute-api.us-east-1.amazonaws.com /live"
    assert loopback == f"127.0.0.1:{port} /x"


async def test_sitecustomize_of_the_user_runs_as_well(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('another')\n")
    async with serving() as (proxy, _port):
        led = preloading(f"127.0.0.1:{proxy.port}", {"PYTHONPATH": str(tmp_path)})
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "print('program')",
            env={**os.environ, **led},
            stdout=asyncio.subprocess.PIPE,
        )
        printed, _ = await process.communicate()
    assert printed.split() == [b"another", b"program"]


def test_command_preloads_nothing_without_the_aws_proxy() -> None:
    assert preloading("", {"NODE_OPTIONS": "x"}) == {}
