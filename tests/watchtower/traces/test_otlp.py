"""What a collector receives, read by OpenTelemetry's own messages."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from google.protobuf.json_format import Parse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from localcloud.watchtower.traces.documents import Document
from localcloud.watchtower.traces.otlp.endpoint import otlp_endpoint
from localcloud.watchtower.traces.otlp.exporter import Exporter
from localcloud.watchtower.traces.otlp.spans import Spans
from localcloud.watchtower.traces.store import TraceStore
from tests.watchtower.traces.documents import START, TRACE, segment, subsegment

IDS = ("traceId", "spanId", "parentSpanId")


def read(body: str | bytes) -> Any:
    """Read a request; OTLP's JSON has ids in hexadecimal, where protobuf's own would have base64."""

    def encoded(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return {k: base64.b64encode(bytes.fromhex(v)).decode() if k in IDS else v for k, v in pairs}

    document = json.loads(body, object_pairs_hook=encoded)
    return Parse(json.dumps(document), ExportTraceServiceRequest())


def exported(*texts: str) -> Any:
    documents: list[Document] = [json.loads(text) for text in texts]
    return read(json.dumps(Spans().request(documents)))


def attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


def test_segment_becomes_a_span_with_its_subsegments_below() -> None:
    request = exported(
        segment(
            1,
            origin="AWS::AppSync::GraphQLAPI",
            parent_id="00000000000000ff",
            aws={"account_id": "000000000000", "region": "us-east-1"},
            http={"request": {"method": "POST", "url": "http://a/"}, "response": {"status": 200}},
            annotations={"tier": "gold", "items": 3, "gift": True, "share": 0.5},
            subsegments=[subsegment(2, namespace="aws", name="DynamoDB"), subsegment(3, name="inner")],
        )
    )
    (group,) = request.resource_spans
    assert attributes(group.resource.attributes) == {
        "service.name": "shop",
        "cloud.provider": "aws",
        "cloud.account.id": "000000000000",
        "cloud.region": "us-east-1",
        "aws.xray.origin": "AWS::AppSync::GraphQLAPI",
    }
    top, called, inner = group.scope_spans[0].spans
    assert {span.trace_id.hex() for span in (top, called, inner)} == {TRACE[2:].replace("-", "")}
    assert [span.kind for span in (top, called, inner)] == [
        Span.SPAN_KIND_SERVER,
        Span.SPAN_KIND_CLIENT,
        Span.SPAN_KIND_INTERNAL,
    ]
    assert top.parent_span_id.hex() == "00000000000000ff"
    assert called.parent_span_id == inner.parent_span_id == top.span_id
    assert top.start_time_unix_nano == round((START + 0.001) * 1_000_000) * 1000
    assert top.end_time_unix_nano - top.start_time_unix_nano == 1_000_000_000
    assert attributes(top.attributes) == {
        "http.request.method": "POST",
        "url.full": "http://a/",
        "http.response.status_code": 200,
        "tier": "gold",
        "items": 3,
        "gift": True,
        "share": 0.5,
    }
    assert top.status.code == Status.STATUS_CODE_UNSET


def test_failed_segment_becomes_a_span_with_its_exception() -> None:
    cause: dict[str, Any] = {"exceptions": [{"id": "1", "type": "ValueError", "message": "broken"}]}
    request = exported(segment(1, fault=True, cause=cause))
    (span,) = request.resource_spans[0].scope_spans[0].spans
    assert (span.status.code, span.status.message) == (Status.STATUS_CODE_ERROR, "broken")
    (event,) = span.events
    assert event.name == "exception"
    assert attributes(event.attributes) == {"exception.type": "ValueError", "exception.message": "broken"}


def test_subsegment_sent_apart_belongs_to_its_segments_service() -> None:
    apart = segment(2, type="subsegment", parent_id=f"{1:016x}", name="inner")
    orphan = segment(9, type="subsegment", parent_id=f"{8:016x}", name="lost")
    request = exported(segment(1, in_progress=True), apart, orphan)
    names = {
        attributes(group.resource.attributes)["service.name"]: [
            span.name for span in group.scope_spans[0].spans
        ]
        for group in request.resource_spans
    }
    assert names == {"shop": ["inner"], "unknown_service": ["lost"]}


def test_links_become_links() -> None:
    request = exported(segment(1, links=[{"trace_id": TRACE, "id": f"{7:016x}"}]))
    (span,) = request.resource_spans[0].scope_spans[0].spans
    (link,) = span.links
    assert (link.trace_id.hex(), link.span_id.hex()) == (TRACE[2:].replace("-", ""), f"{7:016x}")


class Collector:
    """Takes exports, or refuses them."""

    def __init__(self) -> None:
        self.status = 200
        self.bodies: list[bytes] = []
        self.url = ""

    async def take(self, request: web.BaseRequest) -> web.Response:
        assert request.path == "/v1/traces"
        assert request.content_type == "application/json"
        if self.status == 200:
            self.bodies.append(await request.read())
        return web.Response(status=self.status, text="{}")


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    collector = Collector()
    runner = web.ServerRunner(web.Server(collector.take))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield collector
    await runner.cleanup()


async def test_exporter_sends_batches_and_reports_a_missing_receiver_once(collector: Collector) -> None:
    warnings: list[str] = []
    store = TraceStore()
    exporter = Exporter(store, collector.url, warnings.append)
    await exporter.start()
    for number in range(1, 301):
        store.receive(segment(number).encode())
    await exporter.flush()
    sizes = [len(read(body).resource_spans[0].scope_spans[0].spans) for body in collector.bodies]
    assert sizes == [256, 44]
    collector.status = 503
    for number in (1, 2):
        store.receive(segment(number).encode())
        await exporter.flush()
    assert warnings == [f"traces cannot be exported to {collector.url}/v1/traces: it answers 503"]
    collector.status = 200
    store.receive(segment(3).encode())
    await asyncio.wait_for(exporter.stop(), 30)
    assert len(collector.bodies) == 3


async def test_exporter_continues_after_a_document_with_half_a_character(collector: Collector) -> None:
    warnings: list[str] = []
    store = TraceStore()
    exporter = Exporter(store, collector.url, warnings.append)
    await exporter.start()
    store.receive(json.dumps({**json.loads(segment(1)), "annotations": {"half": "\ud800"}}).encode())
    await exporter.flush()
    store.receive(segment(2).encode())
    await asyncio.wait_for(exporter.stop(), 30)
    assert (len(collector.bodies), warnings) == (2, [])


def test_endpoint_is_an_address_by_http() -> None:
    assert otlp_endpoint("") == ""
    assert otlp_endpoint("http://127.0.0.1:4318/") == "http://127.0.0.1:4318"
    with pytest.raises(Exception, match="is no address such as"):
        otlp_endpoint("127.0.0.1:4318")
