"""REST and WebSocket APIs of a template that has nothing to do with orders, and what ``--also`` adds."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import aiohttp
import pytest

from localcloud.aws import EngineAddress, new_credentials
from localcloud.command_line.options import UsageError, check, parser
from localcloud.lifecycle.also import AlsoError, run_also
from tests.localcloud.running import ROOT, Running, alive, descendants, listening, running, wait_for

pytestmark = pytest.mark.integration
TEMPLATE = ROOT / "tests" / "localcloud" / "chat" / "template.yaml"
BUCKET = """
import os, sys, boto3
boto3.client("s3").create_bucket(Bucket=sys.argv[1] + "-" + os.environ["LOCALCLOUD_STACK"])
print("made", sys.argv[1])
"""


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("chat")
    script = folder / "bucket.py"
    script.write_text(BUCKET)
    commands = [f"{sys.executable} {script} {name}" for name in ("one", "two")]
    also = [word for command in commands for word in ("--also", command)]
    (folder / "page").mkdir()
    (folder / "page" / "index.html").write_text("<!doctype html><title>Chat</title>")
    page = ("--web", str(folder / "page"), "--web-also", f"/logs={folder / 'none'}")
    with running(folder, TEMPLATE, "--stack-name", "chat", *page, *also, own_engine=True) as cloud:
        # The ready file is there before all is printed.
        wait_for(lambda: "open it in a browser" in cloud.printed.read_text(), what="the last line")
        yield cloud


def addresses(cloud: Running, kind: str) -> list[dict[str, str]]:
    return cast("list[dict[str, str]]", cloud.ready[kind])


def get(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(url, headers={name.replace("_", "-"): v for name, v in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def test_ready_file_and_console_name_the_apis(chat: Running) -> None:
    (rest,), (socket,) = addresses(chat, "rest_apis"), addresses(chat, "websocket_apis")
    assert (rest["id"], rest["name"]) == (chat.outputs["Rest"], "rooms")
    assert (socket["id"], socket["name"]) == (chat.outputs["Chat"], "chat")
    assert rest["url"].startswith("http://127.0.0.1:") and rest["url"].endswith("/live")
    assert socket["url"].startswith("ws://127.0.0.1:") and socket["url"].endswith("/live")
    printed = chat.printed.read_text()
    assert f"rooms       {rest['url']}  REST" in printed
    assert f"chat        {socket['url']}  WebSocket" in printed
    assert "is not served" not in printed
    assert "is not supported by the local cloud" not in printed


def test_page_receives_every_address_and_no_secret(chat: Running) -> None:
    page = cast("str", chat.ready["web"])
    assert f"page        {page}  open it in a browser" in chat.printed.read_text()
    status, headers, body = get(page)
    assert (status, body) == (200, b"<!doctype html><title>Chat</title>")
    (rest,), (socket,) = addresses(chat, "rest_apis"), addresses(chat, "websocket_apis")
    for address in (chat.engine, rest["url"], socket["url"]):
        assert f" {address.removesuffix('/live')} " in headers["Content-Security-Policy"].replace(";", " ")
    document = json.loads(get(f"{page}config.json")[2])
    assert document == {
        **{name: chat.ready[name] for name in ("engine", "region", "stack", "outputs")},
        **{"apis": [], "event_apis": [], "rest_apis": [rest], "websocket_apis": [socket]},
        "http_apis": [],
        "iot": chat.ready["iot"],
        "files": {"logs": {}},
    }
    assert chat.credentials["secret_access_key"] not in json.dumps(document)
    assert get(f"{page}logs/none.json")[0] == 404


def test_rest_api_answers_requests(chat: Running) -> None:
    (rest,) = addresses(chat, "rest_apis")
    status, _headers, body = get(f"{rest['url']}/rooms/blue", X_Door="open")
    document = {"room": "blue", "stage": "live", "colour": "blue", "door": "front"}
    assert (status, json.loads(body)) == (200, document)
    assert get(f"{rest['url']}/rooms/blue", X_Door="shut")[0] == 403
    assert get(f"{rest['url']}/rooms/blue")[0] == 401
    request = urllib.request.Request(f"{rest['url']}/rooms/blue", method="OPTIONS")
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (204, "https://chat.example")


async def test_websocket_api_answers_messages(chat: Running) -> None:
    (address,) = addresses(chat, "websocket_apis")
    async with aiohttp.ClientSession() as session, session.ws_connect(address["url"]) as socket:
        await socket.send_json({"action": "say", "text": "hello"})
        assert await socket.receive_str(timeout=60) == "HELLO"


def test_additional_commands_create_their_resources(chat: Running) -> None:
    buckets = chat.session().client("s3", endpoint_url=chat.engine).list_buckets()["Buckets"]
    assert {"one-chat", "two-chat"} <= {bucket["Name"] for bucket in buckets}
    log = chat.printed.with_name("log.txt").read_text()
    assert log.index("also: made one") < log.index("also: made two")


async def test_api_created_later_is_served_until_it_is_deleted(chat: Running) -> None:
    gateway = chat.session().client("apigateway", endpoint_url=chat.engine)
    before = await asyncio.to_thread(ports, chat)
    rest_api = gateway.create_rest_api(name="later")
    api, root = rest_api["id"], rest_api["rootResourceId"]
    gateway.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    status = {"application/json": '{"statusCode": 200}'}
    gateway.put_integration(
        restApiId=api, resourceId=root, httpMethod="GET", type="MOCK", requestTemplates=status
    )
    gateway.put_integration_response(
        restApiId=api,
        resourceId=root,
        httpMethod="GET",
        statusCode="200",
        responseTemplates={"application/json": '"later"'},
    )
    gateway.create_deployment(restApiId=api, stageName="now")
    wait_for(lambda: len(ports(chat) - before) == 1, what="the new API's port")
    (port,) = ports(chat) - before
    wait_for(lambda: get(f"http://127.0.0.1:{port}/now/")[::2] == (200, b'"later"'), what="its answer")
    gateway.delete_rest_api(restApiId=api)
    wait_for(lambda: ports(chat) == before, what="the port's end")


def ports(cloud: Running) -> set[int]:
    """Return the ports that the main process itself listens on."""
    inodes = {}
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A":
            inodes[f"socket:[{fields[9]}]"] = int(fields[1].partition(":")[2], 16)
    numbers = set()
    for link in Path(f"/proc/{cloud.process.pid}/fd").iterdir():
        try:
            numbers.add(inodes.get(str(link.readlink()), 0))
        except FileNotFoundError:
            continue
    return numbers - {0}


def test_every_socket_listens_on_loopback(chat: Running) -> None:
    pids = {chat.process.pid} | descendants(chat.process.pid)
    assert listening(pids) == {"0100007F"}


@pytest.mark.slow
def test_failing_command_ends_the_start(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text("Resources: {Queue: {Type: AWS::SQS::Queue}}")
    done = subprocess.run(
        [sys.executable, "-m", "localcloud", str(template), "--port", "0"]
        + ["--also", f"{sys.executable} -c 'print(\"half\"); raise SystemExit(3)'"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 1
    assert "exited with code 3:\n    half" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("'unclosed", '--also "\'unclosed": No closing quotation'),
        (" ", "--also: expected a command"),
        (
            "true && true",
            "--also 'true && true': && is a shell's operator; for a shell write sh -c 'COMMAND'",
        ),
        ("cdd x", "--also 'cdd x': there is no program 'cdd'; for a shell write sh -c 'COMMAND'"),
    ],
)
def test_malformed_command_is_refused(command: str, expected: str) -> None:
    with pytest.raises(UsageError) as refused:
        check(parser().parse_args(["template.yaml", "--also", command]))
    assert str(refused.value) == expected


def test_command_reaches_no_account_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID"):
        monkeypatch.setenv(name, "theirs")
    monkeypatch.setenv("OTHER", "kept")
    engine = EngineAddress("http://127.0.0.1:1", "eu-west-1", "0" * 12, new_credentials("0" * 12))
    environment = engine.inherited()
    assert "theirs" not in environment.values()
    assert environment["OTHER"] == "kept"
    assert {
        name: environment[name] for name in environment if name.startswith("AWS_")
    } == engine.environment()


async def test_failing_command_prints_its_last_lines() -> None:
    lines: list[str] = []
    script = "print('half'); raise SystemExit(3)"
    with pytest.raises(AlsoError) as failed:
        await run_also(f'{sys.executable} -c "{script}"', {}, lines.append)
    assert str(failed.value).endswith("exited with code 3:\n    half")
    assert lines == ["half"]


async def test_command_that_cannot_be_run_is_named() -> None:
    with pytest.raises(AlsoError) as failed:
        await run_also("./no-such-program", {}, lambda line: None)
    assert str(failed.value) == "--also ./no-such-program: cannot be run: No such file or directory"


async def test_interrupted_start_leaves_no_command_behind(tmp_path: Path) -> None:
    marker = tmp_path / "begun"
    tell = f"pathlib.Path({str(marker)!r}).write_text(str(os.getpid()))"
    script = f"import os, pathlib, time; {tell}; time.sleep(600)"
    running = asyncio.create_task(run_also(f'{sys.executable} -c "{script}"', {}, lambda line: None))
    while not (marker.exists() and marker.read_text()):
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not alive(int(marker.read_text()))
