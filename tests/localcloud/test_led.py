"""Programs that build AWS's addresses, two-way routes, and APIs that come and go: on one local cloud."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from localcloud.preload.variables import preloading
from tests.localcloud.running import Running, running, wait_for

HERE = Path(__file__).parent
PROGRAM = """
import json, os, sys, urllib.request, boto3
outputs, region = json.loads(sys.argv[1]), os.environ["AWS_DEFAULT_REGION"]
def read(url):
    return urllib.request.urlopen(url, timeout=60).read().decode()
keys = json.loads(read(f"https://cognito-idp.{region}.amazonaws.com/{outputs['Pool']}/.well-known/jwks.json"))
sqs, s3 = boto3.client("sqs"), boto3.client("s3")
sqs.send_message(QueueUrl=f"https://sqs.{region}.amazonaws.com/000000000000/jobs", MessageBody="hello")
(message,) = sqs.receive_message(QueueUrl=outputs["Queue"], WaitTimeSeconds=5)["Messages"]
s3.put_object(Bucket="led-photos", Key="a b.txt", Body=b"hi")
body = s3.get_object(Bucket="led-photos", Key="a b.txt")["Body"].read().decode()
event = json.loads(read(outputs["Http"] + "/x"))
print(json.dumps([len(keys["keys"]), message["Body"], body, event["rawPath"]]))
"""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("led"), HERE / "led" / "template.yaml") as local:
        yield local


def socket_url(cloud: Running, name: str) -> str:
    apis: Any = cloud.ready["websocket_apis"]
    return str(next(api["url"] for api in apis if api["name"] == name))


def test_all_three_addresses_of_a_websocket_reach_the_local_gateway(cloud: Running) -> None:
    with connect(socket_url(cloud, "push")) as socket:
        socket.send("x")
        pushed = [socket.recv(60) for _ in range(4)]
    assert pushed == ["x", "x", "x", json.dumps(["ok", "ok", "ok"])]


def test_two_way_route_answers_and_a_template_fills_a_queue(cloud: Running) -> None:
    with connect(socket_url(cloud, "two-way")) as socket:
        socket.send(json.dumps({"kind": "queue", "n": 1}))
        socket.send(json.dumps({"kind": "mock"}))
        assert socket.recv(60) == "mock of mock"
    sqs = cloud.session().client("sqs", endpoint_url=cloud.engine)
    answer = sqs.receive_message(QueueUrl=cloud.outputs["Messages"], WaitTimeSeconds=10)
    assert [json.loads(message["Body"]) for message in answer["Messages"]] == [{"kind": "queue", "n": 1}]


def test_program_without_an_endpoint_reaches_the_local_cloud(cloud: Running) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    messages: Any = cloud.ready["environment"]
    named = {name: value for name, value in messages.items() if name != "AWS_ENDPOINT_URL"}
    named["AWS_ENDPOINT_URL"] = ""
    led = preloading(str(cloud.ready["aws"]), environment)
    command = [sys.executable, "-c", PROGRAM, json.dumps(cloud.outputs)]
    printed = subprocess.run(
        command, env={**environment, **named, **led}, check=True, timeout=120, stdout=subprocess.PIPE
    )
    assert json.loads(printed.stdout) == [2, "hello", "hi", "/x"]


def test_ready_file_follows_created_and_deleted_apis(cloud: Running) -> None:
    gateway = cloud.session().client("apigatewayv2", endpoint_url=cloud.engine)
    before = [api["id"] for api in ready_now(cloud)["http_apis"]]
    api_id = gateway.create_api(Name="late", ProtocolType="HTTP", Target=cloud.outputs["Function"])["ApiId"]
    wait_for(lambda: api_id in [api["id"] for api in ready_now(cloud)["http_apis"]], what="the new API")
    gateway.delete_api(ApiId=api_id)
    wait_for(lambda: [api["id"] for api in ready_now(cloud)["http_apis"]] == before, what="the end of it")


def ready_now(cloud: Running) -> Any:
    return json.loads((cloud.printed.parent / "ready.json").read_text())
