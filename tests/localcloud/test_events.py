"""Rules of EventBridge through a local cloud of its own: AppSync, API Gateway, API destinations."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.localcloud.running import ROOT, Running, running, wait_for

pytestmark = pytest.mark.integration
TEMPLATE = ROOT / "tests" / "localcloud" / "events" / "template.yaml"


class Hook:
    """An API with an authorization server, which answers orders with the statuses that it was given."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        owner = self

        class Request(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                owner.requests.append((self.path, dict(self.headers), body))
                token = self.path == "/token"
                status = 200 if token or not owner.statuses else owner.statuses.pop(0)
                answer = (
                    b'{"access_token": "t-1", "token_type": "Bearer", "expires_in": 900}' if token else b""
                )
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    hook = Hook()
    yield hook
    hook.close()


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, hook: Hook) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("events")
    with running(folder, TEMPLATE, "--stack-name", "events", "--parameter", f"Hook={hook.url}") as cloud:
        yield cloud


def put(cloud: Running, kind: str, detail: dict[str, str]) -> str:
    events = cloud.session().client("events", endpoint_url=cloud.engine)
    answer = events.put_events(
        Entries=[{"EventBusName": "shop", "Source": "shop", "DetailType": kind, "Detail": json.dumps(detail)}]
    )
    assert answer["FailedEntryCount"] == 0
    return answer["Entries"][0]["EventId"]


def receive(cloud: Running, queue: str) -> Any:
    sqs = cloud.session().client("sqs", endpoint_url=cloud.engine)
    messages: list[Any] = []

    def look() -> bool:
        messages.extend(
            sqs.receive_message(
                QueueUrl=cloud.outputs[queue], WaitTimeSeconds=1, MessageAttributeNames=["All"]
            ).get("Messages", [])
        )
        return bool(messages)

    wait_for(look, what=f"a message in {queue}")
    sqs.delete_message(QueueUrl=cloud.outputs[queue], ReceiptHandle=messages[0]["ReceiptHandle"])
    return messages[0]


def dead_letter(cloud: Running) -> tuple[dict[str, Any], dict[str, str]]:
    message = receive(cloud, "Dead")
    attributes = {name: item["StringValue"] for name, item in message["MessageAttributes"].items()}
    return json.loads(message["Body"]), attributes


def test_rule_calls_a_mutation_that_iam_alone_may_call(cloud: Running) -> None:
    put(cloud, "say", {"m": "hello"})
    table = cloud.session().resource("dynamodb", endpoint_url=cloud.engine).Table(cloud.outputs["Table"])
    wait_for(lambda: "Item" in table.get_item(Key={"id": "hello"}), what="the item of the mutation")


def test_failed_mutation_leaves_its_event_among_the_dead_letters(cloud: Running) -> None:
    identifier = put(cloud, "say", {"m": "silence"})
    body, attributes = dead_letter(cloud)
    assert (body["id"], body["detail"]) == (identifier, {"m": "silence"})
    assert attributes["ERROR_CODE"] == "ERROR_FROM_TARGET"
    assert attributes["ERROR_MESSAGE"].endswith("nothing to say")


def test_rule_calls_a_method_that_iam_alone_may_call(cloud: Running) -> None:
    put(cloud, "order", {"id": "o 1"})
    assert receive(cloud, "Said")["Body"] == "o 1"


def test_api_destination_is_authorized_retried_and_given_up(cloud: Running, hook: Hook) -> None:
    hook.statuses = [503, 200]
    put(cloud, "hook", {"id": "o-1"})
    wait_for(lambda: len(hook.requests) == 3, what="the token and two attempts")
    (token, *_), (path, headers, body), (again, *_) = hook.requests
    assert (token, path, again) == ("/token", "/orders/o-1", "/orders/o-1")
    assert (headers["Authorization"], headers["X-Shop"]) == ("Bearer t-1", "7")
    assert json.loads(body) == {"id": "o-1"}
    hook.statuses = [500, 500]
    identifier = put(cloud, "hook", {"id": "o-2"})
    document, attributes = dead_letter(cloud)
    assert document["id"] == identifier
    assert (attributes["EXHAUSTED_RETRY_CONDITION"], attributes["RETRY_ATTEMPTS"]) == (
        "MaximumRetryAttempts",
        "1",
    )


def test_pipes_carry_a_message_over_a_stream_into_a_queue(cloud: Running) -> None:
    sqs = cloud.session().client("sqs", endpoint_url=cloud.engine)
    pipes: Any = cloud.session().client("pipes", endpoint_url=cloud.engine)
    for document in ({"kind": "other", "id": "o-0"}, {"kind": "order", "id": "o-1"}):
        sqs.send_message(QueueUrl=cloud.outputs["Incoming"], MessageBody=json.dumps(document))
    body = json.loads(receive(cloud, "Piped")["Body"])
    assert body == {"key": "o-1", "change": {"order": "o-1", "by": "from-queue"}}

    def unread() -> set[str]:
        answer = sqs.get_queue_attributes(
            QueueUrl=cloud.outputs["Incoming"],
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
        return set(answer["Attributes"].values())

    wait_for(lambda: unread() == {"0"}, what="both messages to be gone")
    assert pipes.stop_pipe(Name="from-queue")["CurrentState"] == "STOPPED"
    parameters = pipes.describe_pipe(Name="from-queue")["TargetParameters"]
    assert parameters["KinesisStreamParameters"] == {"PartitionKey": "$.body.id"}


def test_pipe_calls_an_api_destination(cloud: Running, hook: Hook) -> None:
    hook.statuses = []
    sqs = cloud.session().client("sqs", endpoint_url=cloud.engine)
    sqs.send_message(QueueUrl=cloud.outputs["Hooked"], MessageBody="p-1")

    def calls() -> list[tuple[str, str]]:
        return [(path, body.decode()) for path, _headers, body in list(hook.requests) if path != "/token"]

    wait_for(lambda: ("/orders/p-1", '{"piped":"p-1"}') in calls(), what="the call of the pipe")
