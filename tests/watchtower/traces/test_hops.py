"""One trace through every service of a running local cloud."""

from __future__ import annotations

import json
import os
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.localcloud.running import Running, running, wait_for
from tests.watchtower.traces.documents import START, TRACE, segment

TEMPLATE = Path(__file__).parent / "hops" / "template.yaml"
LAMBDA, FUNCTION = "AWS::Lambda", "AWS::Lambda::Function"
Document = dict[str, Any]


@dataclass
class Hops:
    """The running stack, and a client of X-Ray at the engine's address."""

    cloud: Running
    xray: Any

    def start(self, **arguments: Any) -> tuple[str, str]:
        """Start an order; return its id's header as the resolver saw it, and the answer's."""
        (api,) = self.cloud.apis
        query = "mutation($id: ID!, $trouble: Boolean) { start(id: $id, trouble: $trouble) }"
        headers = {"content-type": "application/json", "x-api-key": api.api_keys[0]}
        headers |= arguments.pop("headers", {})
        body = json.dumps({"query": query, "variables": arguments}).encode()
        request = urllib.request.Request(api.graphql, body, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            document = json.load(answer)
            return document["data"]["start"], answer.headers["x-amzn-trace-id"]

    def segments(self, trace_id: str, count: int) -> list[Document]:
        """Return a trace's segments once there are so many, all of them whole."""
        documents: list[Document] = []

        def complete() -> bool:
            answer = self.xray.batch_get_traces(TraceIds=[trace_id])
            documents[:] = [
                json.loads(item["Document"]) for trace in answer["Traces"] for item in trace["Segments"]
            ]
            return len(documents) >= count and not any(item.get("in_progress") for item in documents)

        wait_for(complete, what=f"{count} segments of {trace_id}")
        return documents


@pytest.fixture(scope="module")
def hops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hops]:
    with running(tmp_path_factory.mktemp("hops"), TEMPLATE) as cloud:
        xray: Any = cloud.session().client("xray", endpoint_url=cloud.engine)
        yield Hops(cloud, xray)
        xray.close()


def tree(document: Document) -> Any:
    """Return the names in a segment, one in the other."""
    return document["name"], [tree(subsegment) for subsegment in document.get("subsegments", [])]


def parents(segments: list[Document]) -> dict[str, str]:
    """Return, by the id of a segment, the name of the one whose part called it."""

    def parts(document: Document) -> Iterator[Document]:
        yield document
        for subsegment in document.get("subsegments", []):
            yield from parts(subsegment)

    owners = {part["id"]: item for item in segments for part in parts(item)}
    return {
        item["id"]: f"{owners[item['parent_id']]['name']} {owners[item['parent_id']]['origin']}"
        for item in segments
        if "parent_id" in item
    }


def test_trace_of_an_order_has_every_hop_in_order(hops: Hops) -> None:
    header, answered = hops.start(id="o-1")
    root = header.split(";")[0].removeprefix("Root=")
    assert answered == f"Root={root};Sampled=1"
    segments = hops.segments(root, 6)
    segments.sort(key=lambda first: (first["start_time"], first["origin"]))
    assert [(item["name"], item["origin"]) for item in segments] == [
        ("hops", "AWS::AppSync::GraphQLAPI"),
        ("hops", "AWS::StepFunctions::StateMachine"),
        ("forward", LAMBDA),
        ("forward", FUNCTION),
        ("finish", LAMBDA),
        ("finish", FUNCTION),
    ]
    assert {item["trace_id"] for item in segments} == {root}
    called = parents(segments)
    assert [called.get(item["id"]) for item in segments] == [
        None,
        "hops AWS::AppSync::GraphQLAPI",
        "hops AWS::StepFunctions::StateMachine",
        "forward AWS::Lambda",
        "forward AWS::Lambda::Function",
        "finish AWS::Lambda",
    ]
    api, machine, _, forward, *_ = segments
    host = "states.us-east-1.amazonaws.com"
    assert tree(api) == ("hops", [("Mutation.start", [("startMachine", [(host, [])])])])
    assert tree(machine) == (
        "hops",
        [("Prepare", []), ("Work", [("Send", [("Lambda", [])])]), ("Done", [])],
    )
    assert [name for name, _ in tree(forward)[1]] == ["Initialization", "Invocation", "Overhead"]
    for item in segments:
        assert item["start_time"] <= item["end_time"]
    (summary,) = hops.xray.get_trace_summaries(
        StartTime=time.time() - 60,
        EndTime=time.time() + 60,
        FilterExpression='service(id(name: "hops", type: "AWS::StepFunctions::StateMachine"))'
        ' AND edge("hops", "forward") AND http.status = 200 AND !fault',
    )["TraceSummaries"]
    assert summary["Id"] == root
    assert summary["EntryPoint"]["Type"] == "AWS::AppSync::GraphQLAPI"


def test_failed_attempt_is_in_the_trace_with_its_exception(hops: Hops) -> None:
    header, _ = hops.start(id="o-2", trouble=True)
    root = header.split(";")[0].removeprefix("Root=")
    segments = hops.segments(root, 8)
    (machine,) = [item for item in segments if item["origin"] == "AWS::StepFunctions::StateMachine"]
    _, work, _ = machine["subsegments"]
    (send,) = work["subsegments"]
    first, second = send["subsegments"]
    assert first["fault"]
    assert first["cause"]["exceptions"][0]["type"] == "RuntimeError"
    assert "fault" not in second
    assert "fault" not in machine
    failed = [item for item in segments if item["origin"] == FUNCTION and item.get("fault")]
    assert [item["cause"]["exceptions"][0]["message"] for item in failed] == ["out of paper"]
    lambdas = [item for item in segments if item["origin"] == LAMBDA and item["name"] == "forward"]
    assert {item["parent_id"] for item in lambdas} == {first["id"], second["id"]}


def test_callers_header_decides_on_the_trace(hops: Hops) -> None:
    root = f"1-{int(time.time()):08x}-00000000000000000000000a"
    header = f"Root={root};Parent=00000000000000ff;Sampled=1"
    received, answered = hops.start(id="o-3", headers={"X-Amzn-Trace-Id": header})
    assert (received, answered) == (header, f"Root={root};Sampled=1")
    segments = hops.segments(root, 6)
    (api,) = [item for item in segments if item["origin"] == "AWS::AppSync::GraphQLAPI"]
    assert api["parent_id"] == "00000000000000ff"


def test_unsampled_caller_leaves_no_segment(hops: Hops) -> None:
    root = f"1-{int(time.time()):08x}-00000000000000000000000b"
    header = f"Root={root};Sampled=0"
    received, answered = hops.start(id="o-4", headers={"X-Amzn-Trace-Id": header})
    assert (received, answered) == (header, header)
    log = Path(hops.cloud.printed).with_name("log.txt")
    wait_for(lambda: "finished o-4" in log.read_text(), what="the order's last function")
    (line,) = [line for line in log.read_text().splitlines() if "finished o-4" in line]
    assert f"Root={root};" in line
    assert line.endswith("Sampled=0")
    assert hops.xray.batch_get_traces(TraceIds=[root])["UnprocessedTraceIds"] == [root]


def fetched(hops: Hops, stage: str, **headers: str) -> tuple[str, str]:
    """Call a stage of the REST API; return what its function had as its trace, and the answer's header."""
    rest = hops.cloud.ready["rest_apis"]
    assert isinstance(rest, list)
    (url,) = [api["url"] for api in rest if api["url"].rstrip("/").endswith(stage)]
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
        return answer.read().decode(), answer.headers["x-amzn-trace-id"]


def test_traced_stage_begins_a_trace(hops: Hops) -> None:
    header, answered = fetched(hops, "traced")
    root = header.split(";")[0].removeprefix("Root=")
    assert answered.startswith(f"Root={root};Parent=")
    segments = {item["origin"]: item for item in hops.segments(root, 3)}
    stage = segments["AWS::ApiGateway::Stage"]
    assert stage["name"] == "rest/traced"
    assert stage["http"]["response"] == {"status": 200}
    assert tree(stage) == ("rest/traced", [("Lambda", [])])
    assert segments[LAMBDA]["parent_id"] == stage["subsegments"][0]["id"]
    assert segments[FUNCTION]["id"] in header


def test_untraced_stage_passes_the_trace_of_its_caller_on(hops: Hops) -> None:
    header, _ = fetched(hops, "plain")
    assert header.endswith("Sampled=0")
    root = f"1-{int(time.time()):08x}-00000000000000000000000c"
    header, _ = fetched(
        hops, "plain", **{"X-Amzn-Trace-Id": f"Root={root};Parent=00000000000000ff;Sampled=1"}
    )
    segments = hops.segments(root, 2)
    assert {item["origin"] for item in segments} == {LAMBDA, FUNCTION}


def traced_call(hops: Hops, service: str, number: int, call: Callable[[Any], object]) -> str:
    """Call a service as an SDK in a Lambda function does, and return the trace that it named."""
    root = f"1-{int(time.time()):08x}-{number:024x}"
    header = f"Root={root};Parent=00000000000000ff;Sampled=1"

    def add_header(request: Any, **_: Any) -> None:
        request.headers["X-Amzn-Trace-Id"] = header

    session: Any = hops.cloud.session()
    client = session.client(service, endpoint_url=hops.cloud.engine)
    client.meta.events.register(f"before-sign.{service}", add_header)
    call(client)
    client.close()
    return root


def check_both_targets(hops: Hops, root: str) -> None:
    """A function that is invoked, and one that is reached by a queue, both go on with the trace."""
    segments = hops.segments(root, 4)
    assert sorted((item["name"], item["origin"]) for item in segments) == [
        ("finish", LAMBDA),
        ("finish", FUNCTION),
        ("show", LAMBDA),
        ("show", FUNCTION),
    ]
    lambdas = [item for item in segments if item["origin"] == LAMBDA]
    assert {item["parent_id"] for item in lambdas} == {"00000000000000ff"}
    (asynchronous,) = [item for item in lambdas if item["name"] == "show"]
    assert [name for name, _ in tree(asynchronous)[1]] == ["Dwell Time", "Attempt #1"]
    attempt = asynchronous["subsegments"][1]
    assert attempt["id"] in {item.get("parent_id") for item in segments}


def test_notification_carries_its_publishers_trace(hops: Hops) -> None:
    topic = hops.cloud.outputs["Topic"]
    check_both_targets(
        hops, traced_call(hops, "sns", 0xD, lambda sns: sns.publish(TopicArn=topic, Message="m"))
    )


def test_event_carries_its_senders_trace(hops: Hops) -> None:
    entry = {"Source": "hops", "DetailType": "t", "Detail": "{}"}
    check_both_targets(
        hops, traced_call(hops, "events", 0xE, lambda events: events.put_events(Entries=[entry]))
    )


def test_event_with_a_header_of_its_own_carries_that(hops: Hops) -> None:
    root = f"1-{int(time.time()):08x}-{0xF:024x}"
    header = f"Root={root};Parent=00000000000000ff;Sampled=1"
    entry = {"Source": "hops", "DetailType": "t", "Detail": "{}", "TraceHeader": header}
    events: Any = hops.cloud.session().client("events", endpoint_url=hops.cloud.engine)
    events.put_events(Entries=[entry])
    events.close()
    check_both_targets(hops, root)


def test_sampling_rule_of_the_stack_decides_on_executions_without_a_header(hops: Hops) -> None:
    states: Any = hops.cloud.session().client("stepfunctions", endpoint_url=hops.cloud.engine)

    def decided(machine: str) -> str:
        arguments = {
            "stateMachineArn": hops.cloud.outputs[machine],
            "input": '{"id": "o-5", "trouble": false}',
        }
        execution = states.start_execution(**arguments)["executionArn"]
        return str(states.describe_execution(executionArn=execution)["traceHeader"]).rpartition(";")[2]

    assert decided("QuietMachine") == "Sampled=0"
    assert decided("Machine") == "Sampled=1"
    states.close()


def test_xray_is_served_at_the_engines_address(hops: Hops) -> None:
    answer = hops.xray.put_trace_segments(TraceSegmentDocuments=[segment(1)])
    assert answer["UnprocessedTraceSegments"] == []
    begin, end = (datetime.fromtimestamp(moment, UTC) for moment in (START - 1, START + 1))
    (summary,) = hops.xray.get_trace_summaries(StartTime=begin, EndTime=end)["TraceSummaries"]
    assert summary["Id"] == TRACE


def test_stack_creates_rules_and_groups(hops: Hops) -> None:
    rules = [record["SamplingRule"] for record in hops.xray.get_sampling_rules()["SamplingRuleRecords"]]
    assert [(rule["RuleName"], rule["FixedRate"]) for rule in rules] == [("quiet", 0.0), ("Default", 1.0)]
    assert rules[0]["RuleARN"] == hops.cloud.outputs["Rule"]
    group = hops.xray.get_group(GroupARN=hops.cloud.outputs["Group"])["Group"]
    assert group["FilterExpression"] == "fault"


def test_ready_file_names_the_daemon(hops: Hops) -> None:
    environment = hops.cloud.ready["environment"]
    assert isinstance(environment, dict)
    assert environment["AWS_XRAY_DAEMON_ADDRESS"].startswith("127.0.0.1:")
    assert "AWS_XRAY_DAEMON_ADDRESS" not in os.environ
