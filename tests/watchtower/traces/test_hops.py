"""One trace through every service of a running local cloud."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.localcloud.running import Running, running
from tests.watchtower.traces.documents import START, TRACE, segment

TEMPLATE = Path(__file__).parent / "hops" / "template.yaml"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("hops"), TEMPLATE) as up:
        yield up


def test_xray_is_served_at_the_engines_address(cloud: Running) -> None:
    xray = cloud.session().client("xray", endpoint_url=cloud.engine)
    taken = xray.put_trace_segments(TraceSegmentDocuments=[segment(1)])
    assert taken["UnprocessedTraceSegments"] == []
    begin, end = (datetime.fromtimestamp(moment, UTC) for moment in (START - 1, START + 1))
    (one,) = xray.get_trace_summaries(StartTime=begin, EndTime=end)["TraceSummaries"]
    assert one["Id"] == TRACE
    xray.close()


def test_stack_creates_rules_and_groups(cloud: Running) -> None:
    xray = cloud.session().client("xray", endpoint_url=cloud.engine)
    rules = [one["SamplingRule"] for one in xray.get_sampling_rules()["SamplingRuleRecords"]]
    assert [(rule["RuleName"], rule["FixedRate"]) for rule in rules] == [("quiet", 0.0), ("Default", 1.0)]
    assert rules[0]["RuleARN"] == cloud.outputs["Rule"]
    assert xray.get_group(GroupARN=cloud.outputs["Group"])["Group"]["FilterExpression"] == "fault"
    xray.close()


def test_ready_file_names_the_daemon(cloud: Running) -> None:
    environment = cloud.ready["environment"]
    assert isinstance(environment, dict)
    assert environment["AWS_XRAY_DAEMON_ADDRESS"].startswith("127.0.0.1:")
    assert "AWS_XRAY_DAEMON_ADDRESS" not in os.environ
