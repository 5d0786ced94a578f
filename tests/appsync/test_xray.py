"""What a request to an API with XrayEnabled leaves, with fakes behind it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from localcloud.appsync.calls import FieldCall
from localcloud.appsync.datasources.clients import SourceClient
from localcloud.appsync.datasources.failures import DataSourceFailure
from localcloud.appsync.definition import (
    JSON,
    ApiDefinition,
    AuthMode,
    DataSource,
    DynamoDBConfig,
    HttpConfig,
    LambdaConfig,
    PipelineFunction,
    Resolver,
)
from localcloud.appsync.outcomes import FieldError, FieldOutcome
from localcloud.appsync.xray import XrayResolvers, XraySources, traced_requests
from localcloud.appsync.xray.segments import MOST_PARTS, RequestSegment
from localcloud.watchtower.traces.documents import parse_document
from localcloud.watchtower.traces.facade import TraceHeader, current, new_trace_id
from localcloud.wire import Request, Response, Upgrade

ARN = "arn:aws:lambda:us-east-1:000000000000:function:price"
LAMBDA = DataSource("Price", "AWS_LAMBDA", LambdaConfig(ARN))
STATES = DataSource("States", "HTTP", HttpConfig("https://states.us-east-1.amazonaws.com"))
TABLE = DataSource("Orders", "AMAZON_DYNAMODB", DynamoDBConfig("orders", "us-east-1"))
API = ApiDefinition(
    "abc",
    "shop",
    "",
    AuthMode("API_KEY"),
    functions=MappingProxyType({"f1": PipelineFunction("f1", "findPrice", "Price", "")}),
    resolvers=MappingProxyType(
        {("Query", "price"): Resolver("Query", "price", "PIPELINE", function_ids=("f1",))}
    ),
    xray=True,
)
CALL = FieldCall("Query", "price", {}, step=0)
HEADER = TraceHeader("1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8", True)


class Recorder:
    def __init__(self) -> None:
        self.kept: list[RequestSegment] = []

    def begin(self, header: TraceHeader | None, service: str, kind: str, **request: str) -> TraceHeader:
        return header or TraceHeader(new_trace_id(), sampled=True)

    def record(self, segment: RequestSegment) -> None:
        self.kept.append(segment)

    def document(self) -> Any:
        (segment,) = self.kept
        (document,) = segment.documents()
        text = json.dumps(document)
        parse_document(text)
        return json.loads(text)


class RecordedCalls:
    """A data source that notes which trace it works for."""

    def __init__(self, failure: Exception | None = None, answer: JSON = None) -> None:
        self.headers: list[TraceHeader | None] = []
        self.failure, self.answer = failure, answer

    def open(self, source: DataSource) -> SourceClient:
        return self

    async def execute(self, request: JSON, call: FieldCall) -> JSON:
        self.headers.append(current())
        if self.failure is not None:
            raise self.failure
        return self.answer


class Resolvers:
    """Resolves each field by one call of a data source."""

    def __init__(self, source: SourceClient) -> None:
        self.warnings: list[str] = []
        self._source = source

    def has(self, type_name: str, field_name: str) -> bool:
        return True

    async def resolve(self, call: FieldCall) -> FieldOutcome:
        try:
            await self._source.execute({"operation": "GetItem"}, call)
        except DataSourceFailure as failure:
            return FieldOutcome(errors=[FieldError(str(failure), failure.error_type)])
        return FieldOutcome()


async def answered(
    recorder: Recorder,
    calls: RecordedCalls,
    source: DataSource = LAMBDA,
    *,
    api: ApiDefinition = API,
    fields: int = 1,
) -> Response:
    """Send a request with HEADER whose fields are resolved at once."""
    resolvers = XrayResolvers(Resolvers(XraySources(calls, api).open(source)))

    async def handler(request: Request) -> Response | Upgrade:
        await asyncio.gather(*(resolvers.resolve(CALL) for _ in range(fields)))
        return Response(200, b"{}")

    async def definition() -> ApiDefinition | None:
        return api

    request = Request("POST", "/graphql", {"host": "127.0.0.1:1", "x-amzn-trace-id": str(HEADER)})
    response = await traced_requests(definition, handler, recorder)(request)
    assert isinstance(response, Response)
    return response


def tree(document: Any) -> object:
    return document["name"], [tree(subsegment) for subsegment in document.get("subsegments", [])]


async def test_data_source_is_called_within_its_function_and_resolver() -> None:
    recorder, calls = Recorder(), RecordedCalls()
    response = await answered(recorder, calls)
    document = recorder.document()
    assert tree(document) == ("shop", [("Query.price", [("findPrice", [("Lambda", [])])])])
    resolver = document["subsegments"][0]
    called = resolver["subsegments"][0]["subsegments"][0]
    assert called["aws"] == {"region": "us-east-1", "resource_names": ["price"], "operation": "GetItem"}
    assert calls.headers == [HEADER.below(str(called["id"]))]
    assert response.headers["x-amzn-trace-id"] == f"Root={HEADER.root};Sampled=1"
    assert document["parent_id"] == HEADER.parent


async def test_failure_of_a_data_source_is_an_error_with_its_type_all_the_way_up() -> None:
    recorder = Recorder()
    await answered(recorder, RecordedCalls(DataSourceFailure("no such table", "DynamoDB:Missing")), TABLE)
    document = recorder.document()
    assert "error" not in document
    resolver = document["subsegments"][0]
    called = resolver["subsegments"][0]["subsegments"][0]
    for part in (resolver, called):
        assert part["error"] is True
        (exception,) = part["cause"]["exceptions"]
        assert (exception["type"], exception["message"]) == ("DynamoDB:Missing", "no such table")


@pytest.mark.parametrize(
    ("status", "flags"),
    [(200, set()), (404, {"error"}), (429, {"error", "throttle"}), (503, {"fault"})],
)
async def test_trace_of_an_http_source_has_its_outcome(status: int, flags: set[str]) -> None:
    recorder = Recorder()
    await answered(recorder, RecordedCalls(answer={"statusCode": status, "body": ""}), STATES)
    called = recorder.document()["subsegments"][0]["subsegments"][0]["subsegments"][0]
    assert (called["name"], called["http"]) == (
        "states.us-east-1.amazonaws.com",
        {"response": {"status": status}},
    )
    assert {"error", "throttle", "fault"} & called.keys() == flags


async def test_long_list_stays_within_the_limits_of_xray() -> None:
    recorder, calls = Recorder(), RecordedCalls()
    await answered(recorder, calls, fields=600)
    document = recorder.document()
    assert len(recorder.kept[0].parts) == MOST_PARTS
    assert len(calls.headers) == 600
    assert tree(document) is not None


async def test_untraced_api_leaves_the_request_unchanged() -> None:
    recorder, calls = Recorder(), RecordedCalls()
    response = await answered(recorder, calls, api=replace(API, xray=False))
    assert recorder.kept == []
    assert calls.headers == [None]
    assert "x-amzn-trace-id" not in response.headers
