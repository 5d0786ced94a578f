"""One order by all ways at once, against the real local cloud with the companion deployed to it."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from clients import WAYS, Arrival, Credentials, Item, NewOrder, OrderClient, Pace, RestClient, Status, Way
from demo.ready import Ready, read_ready
from demo.shop import PASSWORD, prepare
from tests.clients.cutting import Relay
from tests.localcloud.running import ROOT, running

pytestmark = [pytest.mark.integration, pytest.mark.slow]

ADA = Credentials("ada", PASSWORD)
IMPATIENT = Pace(backoff_base=0.05, backoff_cap=0.2, quiet=3.0)
PUSHED = {"appsync", "events", "websocket", "graphql-ws", "sse", "iot", "webhook"}
LIFE = [
    Status.RECEIVED,
    Status.VALIDATED,
    Status.CONFIRMED,
    Status.PACKED,
    Status.SHIPPED,
    Status.DELIVERED,
]


@pytest.fixture(scope="module")
def ready_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("ways")
    deploy = [sys.executable, "tools/companion.py", "deploy", "--stage", "local"]
    deploy += ["--project-dir", str(folder / "companion")]
    parameters = (
        "--parameter",
        "AllowPrivateWebhooks=true",
        "--parameter",
        "PaceSeconds=1",
        "--parameter",
        "PaymentTimeoutSeconds=20",
    )
    with running(
        folder, ROOT / "appsync" / "template.yaml", *parameters, "--also", shlex.join(deploy)
    ) as cloud:
        yield cloud.printed.parent / "ready.json"


@pytest.fixture(scope="module")
def ready(ready_file: Path) -> Ready:
    contents = read_ready(ready_file)
    prepare(contents, [], {"TEA": 1000})
    return contents


def _order() -> NewOrder:
    return NewOrder("EUR", (Item("TEA", "Τσάι 茶 🍵", 1, 420),), "tok_approve")


async def _follow(way: Way, order_id: str, live: asyncio.Barrier) -> list[Arrival]:
    async with way, way.follow([order_id]) as following:
        await following.wait_live()
        await live.wait()
        return [arrival async for arrival in following]


@pytest.mark.parametrize("by_rest", [False, True])
async def test_all_ways_report_the_same_changes_of_one_order(ready: Ready, by_rest: bool) -> None:
    order = _order()
    async with (
        OrderClient(ready.settings, ADA) as client,
        RestClient(ready.settings, client.tokens) as rest,
        asyncio.timeout(120),
    ):
        names = list(WAYS)
        ways = [client.way(name) for name in names]
        live = asyncio.Barrier(len(ways) + 1)
        following = [asyncio.create_task(_follow(way, order.client_token, live)) for way in ways]
        await live.wait()  # listeners are live, pollers have found nothing yet
        await (rest if by_rest else client).submit(order)
        histories = dict(zip(names, await asyncio.gather(*following), strict=True))
    for name, arrivals in histories.items():
        assert [(a.version, a.change.status) for a in arrivals] == list(enumerate(LIFE, 1)), name
        assert [a.change for a in arrivals] == [a.change for a in histories["appsync"]], name
        assert any(a.pushed for a in arrivals) == (name in PUSHED), name
    for way in ways:
        assert (way.traffic.messages_in > 0) == (way.name in PUSHED), way.name
        assert way.traffic.requests > 0


@pytest.mark.parametrize("name", ["websocket", "longpoll", "sse"])
async def test_cut_connections_lose_no_changes(ready: Ready, name: str) -> None:
    order = _order()
    rest, websocket = str(ready.settings.rest), str(ready.settings.websocket)
    streams = str(ready.settings.sse)
    async with (
        Relay(urlsplit(rest).port or 0) as requests,
        Relay(urlsplit(websocket).port or 0) as socket,
        Relay(urlsplit(streams).port or 0) as stream,
        asyncio.timeout(120),
    ):
        settings = replace(
            ready.settings,
            rest=f"http://127.0.0.1:{requests.port}{urlsplit(rest).path}",
            websocket=f"ws://127.0.0.1:{socket.port}{urlsplit(websocket).path}",
            sse=f"http://127.0.0.1:{stream.port}{urlsplit(streams).path}",
        )
        async with OrderClient(settings, ADA, pace=IMPATIENT) as client:
            changes = []
            await client.submit(order)
            async with client.way(name) as way, way.follow([order.client_token]) as following:
                async for arrival in following:
                    changes.append((arrival.version, arrival.change.status))
                    requests.cut()
                    socket.cut()
                    stream.cut()
    assert changes == list(enumerate(LIFE, 1))


async def test_client_accepts_the_answers_of_the_companion(ready: Ready) -> None:
    order = _order()
    async with OrderClient(ready.settings, ADA) as client, RestClient(ready.settings, client.tokens) as rest:
        submitted = await rest.submit(order, prefer_wait=25)
        while not submitted.status.final:  # a busy machine: the same again waits again
            submitted = await rest.submit(order, prefer_wait=25)
        assert submitted.status is Status.DELIVERED
        assert submitted == await client.api.order(order.client_token)
        assert (await rest.history(order.client_token, after=4)).changes == submitted.history[4:]
        page = await rest.page(status=Status.DELIVERED, limit=1)
        assert [order.id for order in page.orders] == [order.client_token]


def test_command_line_follows_by_websocket(ready: Ready, ready_file: Path) -> None:
    environment = {
        **os.environ,
        "ORDERWIRE_USER": ADA.user,
        "ORDERWIRE_PASSWORD": ADA.password,
        "ORDERWIRE_READY_FILE": str(ready_file),
    }

    def orderwire(*arguments: str, stdin: str = "") -> list[dict[str, object]]:
        done = subprocess.run(
            [ROOT / "bin" / "orderwire", *arguments, "--json"],
            input=stdin,
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    order = _order()
    (submitted,) = orderwire("submit", "-", "--rest", stdin=json.dumps(order.document()))
    assert submitted["id"] == order.client_token
    lines = orderwire("follow", order.client_token, "--via", "websocket")
    changes = [document for document in lines if document["type"] == "change"]
    assert [(change["version"], change["status"]) for change in changes] == list(enumerate(LIFE, 1))
