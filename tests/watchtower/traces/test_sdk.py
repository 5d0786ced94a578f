"""aws-xray-sdk, unchanged, against the daemon: its segments by UDP, its sampling by TCP."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from aws_xray_sdk.core import AWSXRayRecorder, xray_recorder
from aws_xray_sdk.core.daemon_config import DaemonConfig
from aws_xray_sdk.core.emitters.udp_emitter import UDPEmitter
from aws_xray_sdk.core.sampling.connector import ServiceConnector
from aws_xray_sdk.core.sampling.rule_cache import RuleCache
from aws_xray_sdk.core.sampling.rule_poller import RulePoller

from tests.watchtower.traces.conftest import Tower

# The SDK makes one while it is imported, and never closes it. The process that collects the tests imports
# it, too, and runs no fixture where workers run the tests.
xray_recorder.emitter._socket.close()


@pytest.fixture
def recorder(tower: Tower) -> Iterator[Any]:
    recorder = AWSXRayRecorder()
    recorder.configure(
        sampling=False, service="shop", daemon_address=tower.xray.address, context_missing="RUNTIME_ERROR"
    )
    yield recorder
    recorder.emitter._socket.close()


async def whole(tower: Tower, trace_id: str) -> list[dict[str, Any]]:
    """Return a trace's documents once there are some: UDP says nothing of its arrival."""
    async with asyncio.timeout(60):
        while True:
            answer = await asyncio.to_thread(tower.client.batch_get_traces, TraceIds=[trace_id])
            if answer["Traces"]:
                return [json.loads(segment["Document"]) for segment in answer["Traces"][0]["Segments"]]


async def test_segment_of_the_sdk_arrives_with_its_subsegments(tower: Tower, recorder: Any) -> None:
    segment = recorder.begin_segment("shop")
    segment.put_annotation("tier", "gold")
    with recorder.in_subsegment("pay", namespace="remote") as subsegment:
        subsegment.put_metadata("card", {"kind": "test"})
    recorder.end_segment()
    (document,) = await whole(tower, segment.trace_id)
    assert document["annotations"] == {"tier": "gold"}
    assert [subsegment["name"] for subsegment in document["subsegments"]] == ["pay"]
    assert tower.warnings == []


async def test_subsegments_streamed_by_the_sdk_are_reassembled(tower: Tower, recorder: Any) -> None:
    recorder.configure(streaming_threshold=0)
    segment = recorder.begin_segment("shop")
    with recorder.in_subsegment("outer"), recorder.in_subsegment("inner"):
        pass
    recorder.end_segment()

    def shape(document: dict[str, Any]) -> Any:
        return document["name"], [shape(subsegment) for subsegment in document.get("subsegments", [])]

    async with asyncio.timeout(60):
        while [shape(document) for document in await whole(tower, segment.trace_id)] != [
            ("shop", [("outer", [("inner", [])])])
        ]:
            await asyncio.sleep(0)


async def test_exception_recorded_by_the_sdk_is_a_fault(tower: Tower, recorder: Any) -> None:
    segment = recorder.begin_segment("shop")
    with pytest.raises(ValueError, match="broken"), recorder.in_subsegment("pay"):
        raise ValueError("broken")
    segment.add_fault_flag()
    recorder.end_segment()
    await whole(tower, segment.trace_id)
    answer = await asyncio.to_thread(
        tower.client.get_trace_summaries,
        StartTime=time.time() - 60,
        EndTime=time.time() + 60,
        FilterExpression='fault AND message = "broken"',
    )
    assert [trace_summary["Id"] for trace_summary in answer["TraceSummaries"]] == [segment.trace_id]


async def test_sdk_fetches_the_rules_it_samples_by(tower: Tower) -> None:
    host, port = tower.xray.address.split(":")
    connector = ServiceConnector()
    connector.setup_xray_client(ip=host, port=port, client=None)
    cache = RuleCache()
    poller = RulePoller(cache, connector)
    await asyncio.to_thread(poller._refresh_cache)
    (rule,) = cache.rules
    assert (rule.name, rule.rate) == ("Default", 1.0)
    request = {"host": "localhost", "service": "shop", "method": "GET", "path": "/"}
    matched = cache.get_matched_rule(request, now=int(time.time()))
    matched.increment_request_count()
    targets, modified = await asyncio.to_thread(connector.fetch_sampling_target, [matched])
    assert targets["Default"]["quota"] == 1
    assert modified > 0


def test_emitter_and_daemon_agree_on_the_address() -> None:
    config = DaemonConfig("127.0.0.1:2000")
    assert (config.udp_port, config.tcp_port) == (2000, 2000)
    UDPEmitter("127.0.0.1:2000")._socket.close()
