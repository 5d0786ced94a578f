"""Edits while ``python -m localcloud`` runs, and what ``--log`` shows of requests."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.localcloud.running import ROOT, Running, running, wait_for

# Edits of a running local cloud are made in test_nested.py as well; tests/appsync has the crash that names
# its file, and the requests that --log shows.
pytestmark = [pytest.mark.slow, pytest.mark.integration]
ADD = 'mutation Add($text: String!) { addNote(board: "b", text: $text) { board id text at } }'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(
        shutil.copytree(ROOT / "tests" / "localcloud" / "notes", tmp_path_factory.mktemp("r") / "notes")
    )


@pytest.fixture(scope="module")
def cloud(folder: Path) -> Iterator[Running]:
    with running(folder.parent, folder / "template.yaml", "--log", reload=True) as up:
        yield up


def printed(cloud: Running) -> str:
    return cloud.printed.read_text()


def edited(cloud: Running, path: Path, old: str, new: str, *, until: str) -> str:
    """Edit a file, wait until the command says ``until``, and return what it printed since."""
    before = len(printed(cloud))
    text = path.read_text()
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new))
    wait_for(lambda: until in printed(cloud)[before:], what=until)
    return printed(cloud)[before:]


def reloaded(cloud: Running, since: int) -> None:
    wait_for(lambda: "reloaded" in printed(cloud)[since:], what="reloaded")


async def ask(cloud: Running, query: str, **variables: str) -> dict[str, object]:
    api = cloud.apis[0]
    headers = {"x-api-key": api.api_keys[0]}
    async with (
        aiohttp.ClientSession() as session,
        session.post(api.graphql, json={"query": query, "variables": variables}, headers=headers) as answer,
    ):
        document: dict[str, object] = await answer.json()
        return document


@asynccontextmanager
async def subscribed(cloud: Running, *documents: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    api = cloud.apis[0]
    authorization = {"host": api.graphql.split("/")[2], "x-api-key": api.api_keys[0]}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(api.realtime, protocols=["graphql-ws"], headers=authorization) as socket,
    ):
        await socket.send_json({"type": "connection_init"})
        assert (await socket.receive_json())["type"] == "connection_ack"
        for number, document in enumerate(documents):
            start = {"data": json.dumps({"query": document}), "extensions": {"authorization": authorization}}
            await socket.send_json({"type": "start", "id": str(number), "payload": start})
            assert await frame(socket) == {"id": str(number), "type": "start_ack"}
        yield socket


async def frame(socket: aiohttp.ClientWebSocketResponse) -> dict[str, object]:
    async with asyncio.timeout(60):
        while True:
            document: dict[str, object] = await socket.receive_json()
            if document["type"] != "ka":
                return document


async def test_edited_resolver_is_live_and_its_crash_names_file_and_line(
    cloud: Running, folder: Path
) -> None:
    path = folder / "js" / "addNote.js"
    lines = path.read_text().splitlines()
    (line,) = [number for number, text in enumerate(lines, 1) if "function response" in text]
    report = await asyncio.to_thread(
        edited, cloud, path, lines[line - 1], f"{lines[line - 1]} const x = ctx.no.where;", until="reloaded"
    )
    assert f"{path}: notes reloaded (" in report
    before = len(printed(cloud))
    answer = await ask(cloud, ADD, text="milk")
    assert answer["data"] is None
    assert f"(Mutation.addNote.js:{line})" in json.dumps(answer["errors"])
    wait_for(lambda: f"({path}:{line})" in printed(cloud)[before:])
    tree = printed(cloud)[before:]
    assert "notes  mutation Add  200  " in tree
    assert '  API key  {"text": "milk"}' in tree
    assert "└─ Mutation.addNote  " in tree
    assert "├─ notes (DynamoDB PutItem)  " in tree
    assert cloud.apis[0].api_keys[0] not in tree
    await asyncio.to_thread(edited, cloud, path, " const x = ctx.no.where;", "", until="notes reloaded")
    assert (await ask(cloud, ADD, text="milk")).get("errors") is None


async def test_reload_keeps_valid_subscriptions_and_ends_the_others(cloud: Running, folder: Path) -> None:
    schema = folder / "schema.graphql"
    async with subscribed(
        cloud, "subscription { onNote { id text } }", "subscription { onNote { id at } }"
    ) as socket:
        report = await asyncio.to_thread(
            edited, cloud, schema, "  at: AWSDateTime!\n", "  written: AWSDateTime\n", until="reloaded"
        )
        assert "schema.graphql: notes reloaded" in report
        assert await frame(socket) == {"id": "1", "type": "complete"}
        answer = await ask(cloud, ADD.replace(" at", " written"), text="bread")
        assert answer.get("errors") is None, answer
        message = await frame(socket)
        assert message["id"] == "0"
        assert '"text": "bread"' in json.dumps(message["payload"])
    await asyncio.to_thread(
        edited, cloud, schema, "  written: AWSDateTime\n", "  at: AWSDateTime!\n", until="reloaded"
    )


async def test_invalid_edit_is_reported_and_the_previous_version_runs(cloud: Running, folder: Path) -> None:
    note = "what ran before stays: "
    mistakes = (
        (folder / "js" / "board.js", "export function request", "try {} export function request", "(js-"),
        (folder / "schema.graphql", "type Query", "type Query @@", "(schema-invalid)"),
        (folder / "template.yaml", "\nResources:\n", "\nResourcez:\n", "is not a CloudFormation template"),
        (folder / "template.yaml", "js/board.js", "js/absent.js", "absent.js"),
        (
            folder / "template.yaml",
            "!Ref Notes\n        AwsRegion",
            "!Ref Nothing\n        AwsRegion",
            "Nothing",
        ),
    )
    for path, old, new, reason in mistakes:
        report = await asyncio.to_thread(edited, cloud, path, old, new, until=note)
        assert reason in report.rpartition(note)[2], report
        assert (await ask(cloud, ADD, text="eggs")).get("errors") is None
        before = len(printed(cloud))
        path.write_text(path.read_text().replace(new, old))
        await asyncio.to_thread(reloaded, cloud, before)
    assert (await ask(cloud, ADD, text="eggs")).get("errors") is None


async def test_template_may_gain_and_lose_resolvers_and_outputs(cloud: Running, folder: Path) -> None:
    template = folder / "template.yaml"
    text = template.read_text()
    board = text[text.index("  Board:\n") : text.index("  # A direct Lambda resolver")]
    await asyncio.to_thread(edited, cloud, template, board, "", until="reloaded")
    answer = await ask(cloud, '{ board(name: "b") { id } }')
    assert "Cannot return null for non-nullable type" in json.dumps(answer), answer
    template.write_text(text + "  More:\n    Value: more\n")
    ready = folder.parent / "ready.json"
    deadline = time.monotonic() + 60
    while json.loads(ready.read_text())["outputs"].get("More") != "more":
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    data = (await ask(cloud, '{ board(name: "b") { text } }'))["data"]
    assert isinstance(data, dict) and {"text": "eggs"} in data["board"]


def test_reload_can_be_turned_off(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(ROOT / "tests" / "localcloud" / "notes", tmp_path / "notes"))
    with running(tmp_path, folder / "template.yaml") as cloud:
        schema = folder / "schema.graphql"
        schema.write_text("broken {")
        time.sleep(1.5)  # nothing is to happen: there is nothing to wait for
        assert "not applied" not in printed(cloud)
        assert "reloaded" not in printed(cloud)
        assert "notes  mutation" not in printed(cloud)
