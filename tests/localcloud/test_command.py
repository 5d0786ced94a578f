"""``python -m localcloud`` with a template that has nothing to do with orders."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.appsync_auth import AppSyncApiKeyAuthentication
from gql.transport.appsync_websockets import AppSyncWebsocketsTransport
from gql.transport.exceptions import TransportQueryError

from tests.forked import run
from tests.localcloud.running import ROOT, Running, alive, descendants, listening, running, wait_for

pytestmark = pytest.mark.integration
TEMPLATE = ROOT / "tests" / "localcloud" / "notes" / "template.yaml"


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("notes")
    arguments = ("--parameter", "Greeting=Good day", "--warm")
    with running(folder, TEMPLATE, *arguments, own_engine=True) as cloud:
        yield cloud
        children = descendants(cloud.process.pid)
        assert children
    # SIGTERM has ended it cleanly, and nothing is left behind: for the price of no other cloud.
    assert cloud.process.returncode == 0, cloud.printed.read_text()
    assert not (folder / "ready.json").exists()
    assert [pid for pid in children if alive(pid)] == []


def client(cloud: Running) -> Client:
    api = cloud.apis[0]
    auth = AppSyncApiKeyAuthentication(host=api.graphql.split("/")[2], api_key=api.api_keys[0])
    return Client(transport=AIOHTTPTransport(url=api.graphql, auth=auth))


def test_ready_file_has_every_address_and_output(notes: Running) -> None:
    assert notes.ready.keys() == {
        "engine", "region", "account", "credentials", "apis", "event_apis", "rest_apis",
        "websocket_apis", "http_apis",
        "sns", "function_urls", "iot", "stack", "outputs", "meters", "environment", "web", "nested", "stacks",
        "process", "aws",
    }  # fmt: skip
    assert notes.ready["web"] is None
    assert notes.engine.startswith("http://127.0.0.1:")
    assert notes.ready["region"] == "us-east-1"
    assert notes.ready["account"] == "000000000000"
    assert notes.credentials.keys() == {"access_key_id", "secret_access_key"}
    (api,) = notes.apis
    assert api.name == "notes"
    assert notes.outputs["Url"] == api.graphql
    assert api.graphql.startswith("http://127.0.0.1:") and api.graphql.endswith("/graphql")
    assert api.realtime == api.graphql.replace("http://", "ws://")
    assert len(api.api_keys) == 1
    path = notes.printed.with_name("ready.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_property_without_effect_is_named_once(notes: Running) -> None:
    property_, type_ = "AppSync::GraphQLApi OwnerContact (nothing reads it here)", "ECR::Repository (no image"
    line = f"without effect on one machine: {property_}, {type_} runs here)"
    assert notes.printed.read_text().count(line) == 1


def test_start_prints_keys_and_outputs_and_the_log_file_has_no_key(notes: Running) -> None:
    # The ready file is written before the last lines are printed.
    wait_for(lambda: "up until Ctrl-C" in notes.printed.read_text())
    printed = notes.printed.read_text()
    key = notes.apis[0].api_keys[0]
    assert f" {key}  API key\n" in printed
    for name, value in notes.outputs.items():
        assert re.search(rf"^ +{name} +{re.escape(value)}$", printed, re.MULTILINE), (name, printed)
    log = notes.printed.with_name("log.txt")
    assert re.search(rf"^logs +{re.escape(str(log))}  functions and engine$", printed, re.MULTILINE)
    assert key not in log.read_text()
    assert notes.credentials["secret_access_key"] not in printed + log.read_text()


def test_functions_are_warm_on_request(notes: Running) -> None:
    warm, _, rest = notes.printed.read_text().partition("warming the functions: one environment of each\n")
    assert "resources in place" not in warm
    assert re.match(r"localcloud  1 function warm after \d+\.\d s\n", rest)


async def test_stock_gql_queries_the_local_cloud(notes: Running) -> None:
    async with client(notes) as session:
        added = await session.execute(
            gql('mutation { addNote(board: "b1", text: "milk") { board id text at } }')
        )
        note = added["addNote"]
        assert (note["board"], note["text"]) == ("b1", "milk")
        board = await session.execute(gql('{ board(name: "b1") { id text } }'))
        assert board == {"board": [{"id": note["id"], "text": "milk"}]}
        greeted = await session.execute(gql('{ greet(name: "Ada") }'))
        assert greeted == {"greet": "Good day, Ada"}
        with pytest.raises(TransportQueryError) as failed:
            await session.execute(gql('{ greet(name: "nobody") }'))
        assert failed.value.errors is not None
        assert failed.value.errors[0]["errorType"] == "Lambda:Unhandled"
        assert failed.value.errors[0]["message"] == "nobody to greet"


def test_boto3_evaluates_resolvers_at_the_engine(notes: Running) -> None:
    appsync = notes.session().client("appsync", endpoint_url=notes.engine)
    context = json.dumps({"arguments": {"name": "b1"}})
    code = (TEMPLATE.parent / "js" / "board.js").read_text()
    done = appsync.evaluate_code(
        runtime={"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"},
        code=code,
        context=context,
        function="request",
    )
    assert json.loads(done["evaluationResult"])["query"]["expression"] == "board = :board"
    rendered = appsync.evaluate_mapping_template(template="$ctx.args.name!", context=context)
    assert rendered["evaluationResult"] == "b1!"


async def test_stock_gql_subscribes(notes: Running) -> None:
    api = notes.apis[0]
    auth = AppSyncApiKeyAuthentication(host=api.realtime.split("/")[2], api_key=api.api_keys[0])
    received: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    async with (
        Client(transport=AppSyncWebsocketsTransport(url=api.realtime, auth=auth)) as subscriber,
        client(notes) as session,
    ):

        async def listen() -> None:
            async for event in subscriber.subscribe(gql('subscription { onNote(board: "b2") { text } }')):
                received.put_nowait(event)

        listener = asyncio.create_task(listen())
        try:
            # gql does not say when a subscription is live: add notes until one comes through.
            while received.empty():
                await session.execute(gql('mutation { addNote(board: "other", text: "no") { board text } }'))
                await session.execute(gql('mutation { addNote(board: "b2", text: "yes") { board text } }'))
                await asyncio.sleep(0.01)
            assert received.get_nowait() == {"onNote": {"text": "yes"}}
            while not received.empty():
                assert received.get_nowait() == {"onNote": {"text": "yes"}}
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)


def test_stock_boto3_calls_the_local_cloud(notes: Running) -> None:
    tables = notes.session().client("dynamodb", endpoint_url=notes.engine).list_tables()["TableNames"]
    assert tables == [notes.outputs["Table"]]


def test_every_socket_listens_on_loopback(notes: Running) -> None:
    pids = {notes.process.pid} | descendants(notes.process.pid)
    assert listening(pids) == {"0100007F"}  # 127.0.0.1


def test_end_of_the_engine_ends_the_rest_with_a_message(tmp_path: Path) -> None:
    with running(tmp_path, TEMPLATE, own_engine=True) as cloud:
        children = descendants(cloud.process.pid)
        engine = next(
            pid for pid in children if b"localcloud.engine" in Path(f"/proc/{pid}/cmdline").read_bytes()
        )
        os.kill(engine, signal.SIGKILL)
        assert cloud.process.wait(60) == 1
        assert "the engine was ended by signal 9" in cloud.printed.read_text()
    assert [pid for pid in children if alive(pid)] == []


def test_children_end_when_the_local_cloud_is_killed(tmp_path: Path) -> None:
    with running(tmp_path, TEMPLATE, own_engine=True) as cloud:
        children = descendants(cloud.process.pid)
        cloud.process.kill()
        cloud.process.wait(60)
        wait_for(lambda: not any(alive(pid) for pid in children), what="the end of all children")


def test_exit_code_of_a_failed_command_survives_ctrl_c(tmp_path: Path) -> None:
    with running(tmp_path, TEMPLATE, "--run", "sh -c 'exit 3'") as cloud:
        wait_for(lambda: "up until Ctrl-C, and then exits with code 3" in cloud.printed.read_text())
        children = descendants(cloud.process.pid)
        assert children
        cloud.process.send_signal(signal.SIGINT)
        assert cloud.process.wait(60) == 3
    assert "--run: sh -c 'exit 3' exited with code 3: above is what it printed" in cloud.printed.read_text()
    assert not (tmp_path / "ready.json").exists()
    assert [pid for pid in children if alive(pid)] == []


def test_command_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    ready = ("--ready-file", str(tmp_path / "ready.json"))
    done = run(
        "localcloud", str(TEMPLATE), "--port", "0", "--exit", *ready, "--run", "no-such-command --at all"
    )
    assert done.returncode == 2
    assert "--run 'no-such-command --at all': there is no program 'no-such-command'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["nowhere.yaml"], 2, "nowhere.yaml: cannot be read: No such file or directory"),
        (["{template}", "--port", "70000"], 2, "--port 70000: expected 0 to 65000"),
        (["{template}", "--account", "12"], 2, "--account '12': expected 12 digits"),
        (["{template}", "--ready-file", "{template}/ready.json"], 2, "File exists"),
        (["{template}", "--parameter", "Greeting"], 2, "--parameter 'Greeting': expected KEY=VALUE"),
        (["{template}", "--exit"], 2, "--exit goes with --run"),
    ],
)
def test_invalid_arguments_are_explained(arguments: list[str], code: int, message: str) -> None:
    words = [argument.format(template=TEMPLATE) for argument in arguments]
    done = run("localcloud", "--port", "0", *words)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
