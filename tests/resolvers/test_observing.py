"""What fan-out, redelivery and the reconciler say of themselves: metrics, and the traces of orders."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from orders.errors import PublishFailed
from orders.model import timestamp
from orders.status import FINAL
from resolvers import fanout, metrics, reconcile, redeliver
from resolvers.dispatch import Dispatcher
from tests.orders.fakes import MemoryChannel
from tests.resolvers.conftest import HEADER, Documents, World, event
from tests.shape import shape

ID = "3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"
OTHER = "0b9a8f7e-6d5c-4b7a-8e0f-4d9a1e8c2b3f"


@pytest.fixture
def slow(world: World, monkeypatch: pytest.MonkeyPatch) -> MemoryChannel:
    """A second channel, and a dispatcher that reports."""
    channel = MemoryChannel("websocket")
    dispatcher = Dispatcher((world.channel, channel), observe=fanout.report)
    monkeypatch.setattr(fanout, "_dispatcher", lambda: dispatcher)
    return channel


def embedded(text: str) -> list[dict[str, Any]]:
    """Return the documents of the embedded metric format in a log."""
    return [json.loads(line) for line in text.splitlines() if '"_aws"' in line]


def values_of(document: dict[str, Any]) -> dict[str, list[float]]:
    """Return name -> values, after a look at what CloudWatch wants of the document."""
    [directive] = document["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["service"]]
    assert document["service"] == "orderwire"
    names = [definition["Name"] for definition in directive["Metrics"]]
    assert len(set(names)) == len(names) <= 100
    return {name: document[name] for name in names}


def traced_stream() -> Any:
    """Return the stream's batch, each order of it with a trace."""
    document: dict[str, Any] = event("orders_stream")
    for record in document["Records"]:
        image = record["dynamodb"].get("NewImage", {})
        if "history" in image:
            image["trace"] = {"S": HEADER}
    return document


def test_batch_is_counted_in_one_log_line(
    world: World, context: LambdaContext, slow: MemoryChannel, capsys: pytest.CaptureFixture[str]
) -> None:
    slow.failing = {2: PublishFailed("no")}
    document = event("orders_stream")
    now = timestamp(datetime.now(UTC))
    for record in document["Records"]:
        for entry in record["dynamodb"].get("NewImage", {}).get("history", {}).get("L", []):
            entry["M"]["at"]["S"] = now
    fanout.handler(document, context)
    [line] = embedded(capsys.readouterr().out)
    values = values_of(line)
    assert {name: values[name] for name in values if not name.startswith(("PublishTime", "Commit"))} == {
        "OrdersReceived": [2],
        "OrdersFailed": [1],
        "ChangesUndelivered": [2],
        "Undelivered.websocket": [2],
    }
    assert len(values["PublishTime.appsync"]) == len(values["PublishTime.websocket"]) == 6
    assert len(values["CommitToPublished"]) == 6
    assert all(0 <= value < 60_000 for value in values["CommitToPublished"])


def test_change_is_a_segment_of_its_trace_with_a_part_for_each_channel(
    world: World,
    context: LambdaContext,
    slow: MemoryChannel,
    documents: Documents,
) -> None:
    slow.failing = {2: PublishFailed("no")}
    fanout.handler(traced_stream(), context)
    segments = [documents.next() for _ in range(6)]
    assert {
        (segment["annotations"]["order_id"], segment["annotations"]["version"]) for segment in segments
    } == {(order, version) for order in (ID, OTHER) for version in (1, 2, 3)}
    for segment in segments:
        assert segment["name"] == "orderwire-fanout"
        assert segment["trace_id"] == "1-6569a0c0-0123456789abcdef01234567"
        assert segment["parent_id"] == "53995c3f42cd8ad8"
        parts = {part["name"]: part for part in segment["subsegments"]}
        assert parts.keys() == {"appsync", "websocket"}
        assert "fault" not in parts["appsync"]
        assert parts["websocket"].get("fault", False) is (segment["annotations"]["version"] == 2)
        for part in parts.values():
            assert segment["start_time"] <= part["start_time"] <= part["end_time"] <= segment["end_time"]
    assert documents.next()["name"] == "## handler"


def test_republished_change_is_counted_in_its_original_trace(
    world: World,
    context: LambdaContext,
    documents: Documents,
    capsys: pytest.CaptureFixture[str],
) -> None:
    document = event("redelivery_queue")
    document["Records"] = document["Records"][:1]
    body = json.loads(document["Records"][0]["body"])
    document["Records"][0]["body"] = json.dumps({**body, "trace": HEADER})
    redeliver.handler(document, context)
    segment = documents.next()
    assert segment["name"] == "orderwire-redelivery"
    assert [part["name"] for part in segment["subsegments"]] == ["appsync"]
    [line] = embedded(capsys.readouterr().out)
    assert values_of(line) == {"ChangesRedelivered": [1]}


def test_reconciler_counts_what_it_finds_and_is_silent_otherwise(
    world: World, context: LambdaContext, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reconcile.handler({}, context)
    assert embedded(capsys.readouterr().out) == []
    monkeypatch.setattr(reconcile, "resubmit_pending", lambda *_, **__: [ID, OTHER])
    reconcile.handler({}, context)
    [line] = embedded(capsys.readouterr().out)
    assert values_of(line) == {"OrdersReconciled": [2]}


def test_failing_report_fails_no_batch(
    world: World, context: LambdaContext, slow: MemoryChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(fanout, "count_batch", fail)
    assert fanout.handler(event("orders_stream"), context) == {"batchItemFailures": []}


def test_every_end_of_an_order_has_a_metric() -> None:
    assert metrics.OUTCOMES.keys() >= FINAL


def test_alarms_and_dashboard_watch_existing_metrics() -> None:
    counted = {
        *metrics.OUTCOMES.values(),
        metrics.FAILED_INTERNALLY,
        metrics.LATENESS,
        metrics.UNDELIVERED,
        metrics.REDELIVERED,
        metrics.RECONCILED,
    }
    by_channel = {metrics.PUBLISH_TIME, metrics.UNDELIVERED_ON}
    [body] = shape.resources("AWS::CloudWatch::Dashboard").values()
    text = body["DashboardBody"]["Fn::Sub"][0]
    shown = set(re.findall(r'\["Orderwire/[^"]*","([\w.]+)"', text))
    assert {name for name in shown if "." not in name} == counted
    channels = {
        re.search(r'name = "(\w+)"', path.read_text("utf-8"))[1]  # type: ignore[index]
        for path in (Path(shape.ROOT) / "resolvers" / "channels").glob("*.py")
        if "    deadline = " in path.read_text("utf-8")
    }
    assert {name for name in shown if "." in name} == {f"{m}.{c}" for m in by_channel for c in channels}
    own = {
        alarm["MetricName"]
        for alarm in shape.resources("AWS::CloudWatch::Alarm").values()
        if isinstance(alarm["Namespace"], dict)
    }
    assert own <= counted
    page = (shape.ROOT / "docs" / "alarms.in.md").read_text("utf-8")
    assert all(f"`{name}`" in page for name in counted)
