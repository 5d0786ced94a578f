"""What ``--data`` keeps over a stop, with a project of notes and with the orders."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError
from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.appsync_auth import AppSyncApiKeyAuthentication

from localcloud.folders.data import DataError, DataManifest, has_state, open_data
from localcloud.journal import Journal
from tests.forked import run
from tests.integration.conftest import PASSWORD, Person, Shop, ask, order_input
from tests.localcloud.running import ROOT, Running, alive, descendants, running, wait_for

NOTES = ROOT / "tests" / "localcloud" / "notes"
KEPT = DataManifest(4566, "000000000000", "us-east-1", "local")


def free_ports() -> int:
    """Return a port that is free with those that the parts have after it."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        try:
            for following in range(port, port + 13):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", following))
        except (OSError, OverflowError):
            continue
        return port


@pytest.fixture
def home(tmp_path: Path) -> tuple[Path, int]:
    """A folder, and the port that all starts with its data share."""
    return tmp_path, free_ports()


@contextmanager
def started(home: tuple[Path, int], template: Path, *arguments: str) -> Iterator[Running]:
    folder, port = home
    data = ("--port", str(port), "--data", str(folder / "data"))
    with running(folder, template, *data, *arguments) as cloud:
        yield cloud
    assert cloud.process.returncode == 0, cloud.printed.read_text()


def greet_nobody(cloud: Running) -> str:
    """Send the greeter an event that it fails on, and return its id once it has: it will be tried again."""
    functions = cloud.session().client("lambda", endpoint_url=cloud.engine)
    (name,) = [function["FunctionName"] for function in functions.list_functions()["Functions"]]
    payload = b'{"arguments": {"name": "nobody"}}'
    answer = functions.invoke(FunctionName=name, InvocationType="Event", Payload=payload)
    log = cloud.printed.with_name("log.txt")
    wait_for(lambda: "nobody to greet" in log.read_text())
    return str(answer["ResponseMetadata"]["RequestId"])


def queued(home: tuple[Path, int]) -> list[str]:
    """Return the ids of the events that a stop has kept."""
    journal = Journal.open(home[0] / "data" / "cloud")
    try:
        return list(journal.take("functions/events"))
    finally:
        journal.close()


def notes_client(cloud: Running) -> Client:
    api = cloud.apis[0]
    auth = AppSyncApiKeyAuthentication(host=api.graphql.split("/")[2], api_key=api.api_keys[0])
    return Client(transport=AIOHTTPTransport(url=api.graphql, auth=auth))


@pytest.mark.slow
@pytest.mark.integration
async def test_data_and_stack_survive_a_restart(home: tuple[Path, int]) -> None:
    template = home[0] / "project" / "template.yaml"
    shutil.copytree(NOTES, template.parent)
    with started(home, template) as first:
        refused = greet_nobody(first)
        async with notes_client(first) as session:
            add = gql('mutation { addNote(board: "b", text: "milk") { id } }')
            note = (await session.execute(add))["addNote"]
    assert queued(home) == [refused]
    text = template.read_text().replace("Default: Hello", "Default: Good evening")
    template.write_text(text.replace("Timeout: 5", "Timeout: 7"))
    code = template.parent / "js" / "board.js"
    code.write_text(code.read_text() + "\n// changed meanwhile\n")
    with started(home, template, "--artefacts") as second:
        assert second.apis == first.apis
        assert second.outputs == first.outputs
        printed = second.printed.read_text()
        assert "starting the engine with what was kept" in printed
        assert printed.count("Not kept: ") == 1
        async with notes_client(second) as session:
            board = await session.execute(gql('{ board(name: "b") { id text } }'))
            assert board == {"board": [{"id": note["id"], "text": "milk"}]}
            assert await session.execute(gql('{ greet(name: "Ada") }')) == {"greet": "Good evening, Ada"}
        resolver = (
            second.session()
            .client("appsync", endpoint_url=second.engine)
            .get_resolver(apiId=second.apis[0].id, typeName="Query", fieldName="board")["resolver"]
        )
        assert resolver["code"].endswith("// changed meanwhile\n")
    # Its next attempt was not due yet, or is over: then one more is on the way.
    assert queued(home) == [refused]


@pytest.mark.slow
@pytest.mark.integration
def test_gateway_apis_keep_their_addresses(home: tuple[Path, int]) -> None:
    template = ROOT / "tests" / "localcloud" / "chat" / "template.yaml"
    with started(home, template) as first:
        gateway = first.session().client("apigateway", endpoint_url=first.engine)
        api_id = gateway.create_rest_api(name="by hand")["id"]
    with started(home, template) as second:
        for kind in ("rest_apis", "websocket_apis"):
            assert second.ready[kind] == first.ready[kind]
        assert second.outputs == first.outputs
        (rest,) = cast("list[dict[str, str]]", second.ready["rest_apis"])
        request = urllib.request.Request(f"{rest['url']}/rooms/blue", headers={"X-Door": "open"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert json.load(answer)["colour"] == "blue"
        gateway = second.session().client("apigateway", endpoint_url=second.engine)
        assert api_id in {api["id"] for api in gateway.get_rest_apis()["items"]}


def put_faults(cloud: Running, *faults: dict[str, object]) -> None:
    request = urllib.request.Request(
        f"{cloud.engine}/_localcloud/faults", data=json.dumps({"faults": faults}).encode(), method="PUT"
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


SUBMIT = gql("mutation ($input: SubmitOrderInput!) { submitOrder(input: $input) { id status } }")
ORDER = gql("query ($id: ID!) { order(id: $id) { status history { version } } }")
REFUSED = {"kind": "error", "status": 400, "code": "AccessDeniedException"}


def meter(cloud: Running) -> dict[str, dict[str, Any]]:
    with urllib.request.urlopen(f"{cloud.engine}/_localcloud/meter") as answer:
        counted: dict[str, dict[str, Any]] = json.load(answer)
    return counted


def machine_name(cloud: Running) -> str:
    """The state machine's name."""
    return cloud.outputs["StateMachineArn"].rpartition(":")[2]


def signed_in(shop: Shop, name: str) -> Person:
    """Sign in an existing user."""
    session = shop.cognito.initiate_auth(
        ClientId=shop.cloud.outputs["UserPoolClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
    )
    return Person(name, "", session["AuthenticationResult"]["IdToken"])


@pytest.mark.slow  # the engine alone shows the same in seconds: tests/engine/test_persistence.py
@pytest.mark.integration
async def test_orders_users_and_messages_survive_a_restart(home: tuple[Path, int]) -> None:
    template = ROOT / "appsync" / "template.yaml"
    paces = ("--artefacts", "--parameter", "PaceSeconds=0")
    done, waiting = order_input("cup"), order_input("cup")
    with started(home, template, *paces) as cloud:
        shop = Shop(cloud)
        shop.stock("cup", 10)
        ada = shop.person("ada")
        async with shop.as_person(ada) as session:
            await session.execute(ask(SUBMIT, {"input": done}))
            # Recorded, and started by nobody: neither directly nor by the queue.
            put_faults(
                cloud,
                {"service": "states", "operation": "StartExecution", **REFUSED},
                {"service": "sqs", "operation": "SendMessage", **REFUSED},
            )
            await session.execute(ask(SUBMIT, {"input": waiting}))
            put_faults(cloud)
        wait_for(delivered(shop, str(done["clientToken"])), what="the order's delivery")
        assert not delivered(shop, str(waiting["clientToken"]))()
        metered = meter(cloud)
        # Their invokers: Step Functions through the engine, the stream's mapping beside it.
        assert {count["invocations"] > 0 for count in metered["lambda"].values()} == {True}
        assert any("Fanout" in name for name in metered["lambda"])
        assert any("ValidateOrder" in name for name in metered["lambda"])
        assert metered["by"]["states"]["dynamodb.UpdateItem"] == 5
        assert list(metered["transitions"]) == [machine_name(cloud)]
        shop.sqs.send_message(
            QueueUrl=cloud.outputs["OrderQueueUrl"],
            MessageBody=json.dumps({"orderId": waiting["clientToken"]}),
            DelaySeconds=4,
        )
    with started(home, template, *paces) as again:
        shop = Shop(again)
        assert again.outputs == cloud.outputs
        assert shop.available("cup") >= 8
        for person in (ada, signed_in(shop, ada.name)):  # the token from before the stop, and a new one
            async with shop.as_person(person) as session:
                order = (await session.execute(ask(ORDER, {"id": done["clientToken"]})))["order"]
                assert order["status"] == "DELIVERED"
                assert len(order["history"]) == 6
        wait_for(delivered(shop, str(waiting["clientToken"])), what="the message's arrival")
        arn = f"{again.outputs['StateMachineArn'].replace(':stateMachine:', ':execution:')}:"
        with pytest.raises(ClientError) as refused:  # its name stays taken
            shop.states.start_execution(
                stateMachineArn=again.outputs["StateMachineArn"],
                name=str(done["clientToken"]),
                input=json.dumps({"orderId": done["clientToken"]}),
            )
        assert refused.value.response["Error"]["Code"] == "ExecutionAlreadyExists"
        described = shop.states.describe_execution(executionArn=arn + str(done["clientToken"]))
        assert described["status"] == "SUCCEEDED"


def delivered(shop: Shop, order_id: str) -> Callable[[], bool]:
    def look() -> bool:
        item = shop.dynamodb.get_item(
            TableName=shop.cloud.outputs["OrdersTableName"],
            Key={"pk": {"S": f"ORDER#{order_id}"}, "sk": {"S": "STATE"}},
            ConsistentRead=True,
        )
        return bool(item["Item"]["status"]["S"] == "DELIVERED")

    return look


@pytest.mark.slow
@pytest.mark.integration
async def test_orders_in_flight_continue_after_kill_9(home: tuple[Path, int]) -> None:
    template = ROOT / "appsync" / "template.yaml"
    paces = ("--artefacts", "--parameter", "PaceSeconds=2")
    data = ("--port", str(home[1]), "--data", str(home[0] / "data"))
    orders = [order_input("cup") for _ in range(12)]
    accepted = [str(order["clientToken"]) for order in orders]
    with running(home[0], template, *data, *paces, own_engine=True) as cloud:
        shop = Shop(cloud)
        shop.stock("cup", 100)
        async with shop.as_person(shop.person("ada")) as session:
            for order in orders:
                await session.execute(ask(SUBMIT, {"input": order}))
                # So that they are at different places when the end comes.
                await asyncio.sleep(0.3)
        below = descendants(cloud.process.pid)
        cloud.process.kill()
        cloud.process.wait()
        # Its children notice it by themselves, and release the folder and the ports.
        wait_for(lambda: not any(map(alive, below)), what="the end of its children")
    (home[0] / "ready.json").unlink()
    with started(home, template, *paces) as again:
        shop = Shop(again)
        for token in accepted:
            wait_for(delivered(shop, token), what=f"the delivery of {token}")
        arn = f"{again.outputs['StateMachineArn'].replace(':stateMachine:', ':execution:')}:"
        for token in accepted:
            assert shop.states.describe_execution(executionArn=arn + token)["status"] == "SUCCEEDED"
            events = shop.states.get_execution_history(executionArn=arn + token, maxResults=1000)["events"]
            assert [event["id"] for event in events] == list(range(1, len(events) + 1))
        assert shop.available("cup") == 100 - len(orders)


@pytest.mark.slow
@pytest.mark.integration
def test_failed_stack_is_not_stored(home: tuple[Path, int]) -> None:
    broken = home[0] / "broken.yaml"
    broken.write_text(
        "Resources:\n  A:\n    Type: AWS::SecretsManager::Secret\n    Properties:\n"
        '      Name: "{{resolve:ssm:/not/there}}"\n'
    )
    done = subprocess.run(
        [sys.executable, "-m", "localcloud", str(broken), "--port", str(home[1])]
        + ["--data", str(home[0] / "data")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 1
    assert not has_state(home[0] / "data")
    with started(home, NOTES / "template.yaml") as cloud:
        assert len(cloud.apis) == 1
    assert has_state(home[0] / "data")


def test_data_folder_belongs_to_one_port_account_region_and_stack(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    open_data(folder, KEPT)
    open_data(folder, KEPT)
    assert folder.stat().st_mode & 0o077 == 0
    with pytest.raises(DataError) as refused:
        open_data(folder, DataManifest(5000, "000000000000", "us-east-1", "local"))
    assert str(refused.value) == (
        f"--data {folder}: was created with --port 4566, not 5000; start with that, or name another folder"
    )
    with pytest.raises(DataError, match="--stack-name local, not other"):
        open_data(folder, DataManifest(4566, "000000000000", "us-east-1", "other"))


def test_foreign_folder_is_left_unchanged(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(DataError, match="has files of something else; name a new or an empty folder"):
        open_data(tmp_path, KEPT)
    (tmp_path / "localcloud.json").write_text("{")
    with pytest.raises(DataError, match=r"localcloud\.json is not JSON; delete the folder to start over"):
        open_data(tmp_path, KEPT)
    (tmp_path / "localcloud.json").write_text('{"format": 99}')
    with pytest.raises(DataError, match="was written by another version"):
        open_data(tmp_path, KEPT)


@pytest.mark.integration
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "{folder}/data"], "--data goes with a fixed --port"),
        (["--faults", "{folder}/none.json"], "none.json: cannot be read: No such file or directory"),
        (
            ["--faults", "{folder}/faults.json"],
            "faults.json: faults[0].kind: expected one of throttle, error,",
        ),
        (["--quotas", "{folder}/quotas.yaml"], "quotas.yaml, line 3: "),
    ],
)
def test_invalid_files_are_reported_before_the_start(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "faults.json").write_text('{"faults": [{"service": "a", "operation": "b", "kind": "c"}]}')
    (tmp_path / "quotas.yaml").write_text("quotas:\n- {service: a\n")
    words = [argument.format(folder=tmp_path) for argument in arguments]
    done = run("localcloud", str(NOTES / "template.yaml"), "--port", "0", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "starting" not in done.stderr
    assert not (tmp_path / "data").exists()
