"""AWS's own verifier (npm ``sns-validator``) takes our signatures, and not those of altered messages."""

from __future__ import annotations

import fcntl
import json
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.aws_rules.npm import installed, needs
from tests.deliveries.tls import self_signed
from tests.engine.hooks import Hook, get
from tests.engine.world import World

NODE = Path(__file__).parents[1] / "deliveries" / "node"
HOST = "sns.us-east-1.amazonaws.com"


@pytest.fixture(scope="module")
def packages() -> None:
    """Install the verifier; one process at a time, for tests that are run side by side."""
    needs("node", "npm")
    with (NODE / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        installed(NODE)


@pytest.fixture(scope="module")
def host(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Serve the local cloud's certificates as SNS's host would: over TLS, under its name."""
    pem = self_signed(tmp_path_factory.mktemp("tls"), HOST)

    class Request(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = world.get("/_localcloud/sns" + self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield {"port": server.server_address[1], "authority": pem.read_text()}
    server.shutdown()
    server.server_close()


def messages_of(world: World, version: str) -> dict[str, dict[str, Any]]:
    """Return one message of each kind, signed by a version."""
    sns, hook = world.client("sns"), Hook()
    attributes = {"SignatureVersion": version}
    topic = sns.create_topic(Name=world.name("topic"), Attributes=attributes)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"{hook.url}/v")
    hook.confirm("/v")
    function = world.function(lambda event: event)
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{function}"
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="wörds\nand more", Subject="subject")
    notification = hook.wait("/v", "Notification").document
    get(notification["UnsubscribeURL"])
    hook.wait("/v", "UnsubscribeConfirmation")
    event: list[Any] = []

    def invoked() -> bool:
        event[:] = [event for name, _, event in world.lambdas.invocations if name == function]
        return bool(event)

    assert world.lambdas.wait_for(invoked)
    messages = {
        "confirmation": hook.at("/v", "SubscriptionConfirmation")[0].document,
        "notification": notification,
        "event": event[0]["Records"][0]["Sns"],
    }
    hook.close()
    return messages


def verdicts(host: dict[str, Any], messages: list[dict[str, Any]]) -> list[str | None]:
    done = subprocess.run(
        ["node", "verify.mjs"],
        cwd=NODE,
        input=json.dumps({**host, "messages": messages}),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    result: list[str | None] = json.loads(done.stdout)
    return result


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.usefixtures("packages")
def test_validator_accepts_genuine_messages_and_refuses_altered_ones(
    world: World, host: dict[str, Any], version: str
) -> None:
    messages = messages_of(world, version)
    assert {message["SignatureVersion"] for message in messages.values()} == {version}
    assert verdicts(host, list(messages.values())) == [None, None, None]
    altered = [
        {**messages["notification"], "Message": "other words"},
        {**messages["notification"], "TopicArn": messages["notification"]["TopicArn"] + "x"},
        {**messages["notification"], "SignatureVersion": "2" if version == "1" else "1"},
        {**messages["confirmation"], "SubscribeURL": "https://example.com/"},
        {**messages["event"], "Subject": "another"},
    ]
    assert verdicts(host, altered) == ["The message signature is invalid."] * len(altered)
