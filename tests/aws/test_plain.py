"""Clients of the start: each operation as botocore's own model has it, and each answer as boto3 reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.loaders import Loader
from botocore.model import ServiceModel

from localcloud.aws import EngineAddress, new_credentials
from localcloud.aws.plain import plain_client
from localcloud.aws.plain.operations import SERVICES

ACCOUNT = "000000000000"
# One that no client was made from: a client of S3 takes the bucket out of the addresses of its model.
LOADER = Loader()
Request = tuple[str, str, dict[str, str], bytes]
XML = '<{0}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><{0}Result>{1}</{0}Result></{0}Response>'


class Server(ThreadingHTTPServer):
    """Keeps what it is sent, and answers what a test says."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: list[tuple[int, bytes]] = []
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        server.requests.append((self.command, self.path, headers, body))
        status, content = server.answers.pop(0)
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def address(server: Server) -> EngineAddress:
    return EngineAddress(
        f"http://127.0.0.1:{server.server_port}", "eu-west-1", ACCOUNT, new_credentials(ACCOUNT)
    )


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_operations_are_those_of_botocores_model(service: str) -> None:
    model = ServiceModel(LOADER.load_service_model(service, "service-2"), service)
    pages = LOADER.load_service_model(service, "paginators-1")["pagination"]
    assert SERVICES[service].version in {"", model.api_version}
    for method, operation in SERVICES[service].operations.items():
        theirs = model.operation_model(operation.name)
        assert method == re.sub(r"(?<!^)(?=[A-Z])", "_", operation.name).lower()
        members = theirs.input_shape.members if theirs.input_shape else {}
        if operation.path:
            path = theirs.http["requestUri"].replace("+}", "}").partition("?")[0]
            for name, member in members.items():
                if member.serialization.get("location") == "uri":
                    path = path.replace(f"{{{member.serialization['name']}}}", f"{{{name}}}")
            assert (theirs.http["method"], path) == (operation.method, operation.path)
        for name in operation.query:
            assert members[name].serialization == {"location": "querystring", "locationName": name} or (
                members[name].serialization["name"] == name
            )
        if operation.pages:
            takes, gives = operation.pages
            assert (pages[operation.name]["input_token"], pages[operation.name]["output_token"]) == (
                takes,
                gives,
            )


def test_request_is_the_one_that_boto3_sends(server: Server) -> None:
    function = {"Configuration": {"FunctionName": "a", "LastModified": "2026-11-30T00:00:00.000+0000"}}
    server.answers = [(200, json.dumps(function).encode())] * 2
    engine = address(server)
    arguments: Any = {"FunctionName": "orders-place", "Qualifier": "$LATEST"}
    ours, theirs = (
        client.get_function(**arguments)
        for client in (plain_client(engine, "lambda"), engine.client("lambda"))
    )
    assert ours["Configuration"] == theirs["Configuration"]
    first, second = server.requests
    assert first[:2] == second[:2]
    scopes = [headers["authorization"].partition(",")[0] for _, _, headers, _ in (first, second)]
    assert scopes[0] == scopes[1]


def test_pages_follow_and_times_are_times(server: Server) -> None:
    mapping = {"UUID": "u", "LastModified": 1.5, "StartingPositionTimestamp": 1764460800}
    server.answers = [
        (200, json.dumps({"EventSourceMappings": [mapping], "NextMarker": "n&2"}).encode()),
        (200, b'{"EventSourceMappings": [], "NextMarker": null}'),
    ]
    pages = list(
        plain_client(address(server), "lambda").get_paginator("list_event_source_mappings").paginate()
    )
    assert [len(page["EventSourceMappings"]) for page in pages] == [1, 0]
    when = datetime(2025, 11, 30, tzinfo=UTC)
    assert pages[0]["EventSourceMappings"][0]["StartingPositionTimestamp"] == when
    assert [target.partition("?")[2] for _, target, _, _ in server.requests] == ["", "Marker=n%262"]


def test_form_and_xml_are_read_as_boto3_reads_them(server: Server) -> None:
    stack = (
        "<Stacks><member><StackName>a</StackName><StackStatus>CREATE_COMPLETE</StackStatus>"
        "<CreationTime>2026-11-30T10:00:00.000Z</CreationTime><DisableRollback>false</DisableRollback>"
        "<Outputs><member><OutputKey>K</OutputKey><OutputValue>1 &amp; 2</OutputValue></member></Outputs>"
        "<Parameters/></member></Stacks>"
    )
    server.answers = [(200, XML.format("DescribeStacks", stack).encode())] * 2
    engine = address(server)
    ours, theirs = (
        client.describe_stacks(StackName="a b")
        for client in (plain_client(engine, "cloudformation"), engine.client("cloudformation"))
    )
    assert ours["Stacks"] == theirs["Stacks"]
    assert sorted(server.requests[0][3].split(b"&")) == sorted(server.requests[1][3].split(b"&"))


def test_nested_arguments_are_sent_as_boto3_sends_them(server: Server) -> None:
    server.answers = [(200, XML.format("CreateChangeSet", "<Id>i</Id><StackId>s</StackId>").encode())] * 2
    engine = address(server)
    arguments: Any = {
        "StackName": "a",
        "ChangeSetName": "c",
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        "Parameters": [{"ParameterKey": "K", "UsePreviousValue": True}],
        "TemplateBody": '{"Ü": "&="}',
    }
    for client in (plain_client(engine, "cloudformation"), engine.client("cloudformation")):
        assert client.create_change_set(**arguments)["Id"] == "i"
    assert sorted(server.requests[0][3].split(b"&")) == sorted(server.requests[1][3].split(b"&"))


@pytest.mark.parametrize(
    ("service", "method", "body", "code"),
    [
        ("lambda", "get_function", b'{"__type": "ResourceNotFoundException:http://x", "message": "no"}',
         "ResourceNotFoundException"),
        ("cloudformation", "describe_stacks",
         b"<ErrorResponse><Error><Code>ValidationError</Code><Message>no</Message></Error></ErrorResponse>",
         "ValidationError"),
        ("s3", "put_object", b"<Error><Code>NoSuchBucket</Code><Message>n</Message></Error>", "NoSuchBucket"),
        ("lambda", "get_function", b"<html>", "502"),
    ],
)  # fmt: skip
def test_error_has_its_code(server: Server, service: Any, method: str, body: bytes, code: str) -> None:
    server.answers = [(502 if code == "502" else 400, body)]
    arguments: dict[str, dict[str, Any]] = {
        "get_function": {"FunctionName": "a"},
        "describe_stacks": {"StackName": "a"},
        "put_object": {"Bucket": "b", "Key": "k.zip", "Body": b"x"},
    }
    with pytest.raises(ClientError) as caught:
        getattr(plain_client(address(server), service), method)(**arguments[method])
    assert caught.value.response["Error"]["Code"] == code


def test_other_operations_are_those_of_boto3(server: Server) -> None:
    server.answers = [(200, b'{"Content": {"Location": "l"}}')]
    client = plain_client(address(server), "lambda")
    arn = "arn:aws:lambda:eu-west-1:000000000000:layer:a:1"
    assert client.get_layer_version_by_arn(Arn=arn)["Content"]["Location"] == "l"


def test_absent_engine_is_an_error_of_botocore() -> None:
    engine = EngineAddress("http://127.0.0.1:1", "eu-west-1", ACCOUNT, new_credentials(ACCOUNT))
    with pytest.raises(EndpointConnectionError):
        plain_client(engine, "lambda").list_functions()


def test_lists_of_api_gateway_are_read_as_boto3_reads_them(server: Server) -> None:
    page = {"item": [{"id": "r", "path": "/", "resourceMethods": {"GET": {}}}]}
    server.answers = [(200, json.dumps(page).encode())] * 2
    engine = address(server)
    ours, theirs = (
        list(
            client.get_paginator("get_resources").paginate(
                restApiId="a1", embed=["methods"], PaginationConfig={"PageSize": 500}
            )
        )
        for client in (plain_client(engine, "apigateway"), engine.client("apigateway"))
    )
    assert ours[0]["items"] == theirs[0]["items"]
    targets = [sorted(target.partition("?")[2].split("&")) for _, target, _, _ in server.requests]
    assert targets[0] == targets[1] == ["embed=methods", "limit=500"]
