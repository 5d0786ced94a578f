"""boto3 against the daemon's own API."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.watchtower.traces.header import new_trace_id
from tests.watchtower.traces.conftest import Tower
from tests.watchtower.traces.documents import START, TRACE, segment, subsegment

HEADER = b'{"format": "json", "version": 1}\n'


async def put(tower: Tower, *documents: str) -> dict[str, Any]:
    return await asyncio.to_thread(tower.client.put_trace_segments, TraceSegmentDocuments=list(documents))


async def summaries(tower: Tower, **members: Any) -> list[dict[str, Any]]:
    arguments = {"StartTime": START - 10, "EndTime": START + 10, **members}
    answer = await asyncio.to_thread(tower.client.get_trace_summaries, **arguments)
    listed: list[dict[str, Any]] = answer["TraceSummaries"]
    return listed


async def refusal(work: Any, **members: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        await asyncio.to_thread(work, **members)
    return dict(caught.value.response["Error"])


async def test_segments_put_by_the_api_are_read_back_whole(tower: Tower) -> None:
    texts = [
        segment(1, annotations={"tier": "gold"}, http={"response": {"status": 201}}),
        segment(2, type="subsegment", parent_id=f"{1:016x}", namespace="remote", name="pay"),
    ]
    assert (await put(tower, *texts))["UnprocessedTraceSegments"] == []
    answer = await asyncio.to_thread(tower.client.batch_get_traces, TraceIds=[TRACE, new_trace_id()])
    (trace,) = answer["Traces"]
    assert trace["Id"] == TRACE
    (whole,) = [json.loads(item["Document"]) for item in trace["Segments"]]
    assert whole["annotations"] == {"tier": "gold"}
    assert [item["name"] for item in whole["subsegments"]] == ["pay"]
    assert len(answer["UnprocessedTraceIds"]) == 1


async def test_put_names_each_refused_document(tower: Tower) -> None:
    large = segment(3, metadata={"a": "x" * 65_536})
    answer = await put(tower, segment(1), segment(2, end_time=None), "{", large)
    assert [(item.get("Id"), item["ErrorCode"]) for item in answer["UnprocessedTraceSegments"]] == [
        (f"{2:016x}", "MissingEndTime"),
        (None, "ParseError"),
        (None, "SegmentTooLarge"),
    ]
    assert len(await summaries(tower)) == 1


async def test_summaries_say_what_the_trace_was(tower: Tower) -> None:
    request = {"url": "http://shop/", "method": "GET", "user_agent": "test", "client_ip": "127.0.0.1"}
    await put(
        tower,
        segment(
            1,
            origin="AWS::AppSync::GraphQLAPI",
            seconds=2.0,
            fault=True,
            user="ada",
            annotations={"tier": "gold", "items": 2, "gift": True},
            http={"request": {**request}, "response": {"status": 500}},
            subsegments=[subsegment(2, name="db", namespace="remote")],
        ),
    )
    (summary,) = await summaries(tower)
    assert summary["HasFault"]
    assert not summary["HasError"]
    assert summary["Duration"] == summary["ResponseTime"] == 2.0
    assert summary["Http"] == {
        "HttpURL": "http://shop/",
        "HttpStatus": 500,
        "HttpMethod": "GET",
        "UserAgent": "test",
        "ClientIp": "127.0.0.1",
    }
    assert summary["EntryPoint"]["Type"] == "AWS::AppSync::GraphQLAPI"
    assert [service["Name"] for service in summary["ServiceIds"]] == ["shop", "db"]
    assert {name: values[0]["AnnotationValue"] for name, values in summary["Annotations"].items()} == {
        "tier": {"StringValue": "gold"},
        "items": {"NumberValue": 2.0},
        "gift": {"BooleanValue": True},
    }
    assert summary["Users"][0]["UserName"] == "ada"


async def test_summaries_are_chosen_by_time_and_by_filter(tower: Tower) -> None:
    await put(tower, segment(1), segment(2, trace_id="1-5759e989-000000000000000000000001", fault=True))
    assert len(await summaries(tower)) == 2
    assert len(await summaries(tower, FilterExpression="fault")) == 1
    assert await summaries(tower, StartTime=START + 100, EndTime=START + 200) == []
    error = await refusal(
        tower.client.get_trace_summaries, StartTime=0, EndTime=1, FilterExpression="nonsense"
    )
    assert error["Code"] == "InvalidRequestException"
    assert "unknown keyword 'nonsense'" in error["Message"]
    error = await refusal(tower.client.get_trace_summaries, StartTime=0, EndTime=6 * 3600 + 1)
    assert "6 hours" in error["Message"]


async def test_summaries_have_pages(tower: Tower) -> None:
    for start in range(0, 120, 40):
        await put(
            tower,
            *(segment(1 + n, trace_id=f"1-5759e988-{n:024x}", seconds=0.1) for n in range(start, start + 40)),
        )

    def pages() -> list[str]:
        paginator = tower.client.get_paginator("get_trace_summaries")
        paged = paginator.paginate(StartTime=START - 10, EndTime=START + 10)
        return [trace_summary["Id"] for page in paged for trace_summary in page["TraceSummaries"]]

    listed = await asyncio.to_thread(pages)
    assert len(listed) == len(set(listed)) == 120


async def test_datagrams_are_stored_and_malformed_ones_reported(tower: Tower) -> None:
    host, port = tower.xray.address.split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect((host, int(port)))
        client.send(HEADER + segment(1).encode())
        client.send(segment(2).encode())
        client.send(HEADER + segment(3, end_time=None).encode())
    async with asyncio.timeout(60):
        while not (await summaries(tower) and len(tower.warnings) == 2):
            await asyncio.sleep(0)
    assert "it has no header line" in tower.warnings[0]
    assert tower.warnings[1] == "a trace segment is not taken: Invalid segment. ErrorCode: MissingEndTime"


async def test_graph_has_services_and_the_calls_between_them(tower: Tower) -> None:
    await put(
        tower,
        segment(
            1, origin="AWS::AppSync::GraphQLAPI", subsegments=[subsegment(2, name="pay", namespace="aws")]
        ),
        segment(3, name="pay", origin="AWS::Lambda", parent_id=f"{2:016x}", error=True, throttle=True),
    )
    for work, members in (
        (tower.client.get_trace_graph, {"TraceIds": [TRACE]}),
        (tower.client.get_service_graph, {"StartTime": START - 10, "EndTime": START + 10}),
    ):
        services = (await asyncio.to_thread(work, **members))["Services"]
        names = {service["ReferenceId"]: (service["Name"], service["Type"]) for service in services}
        edges = {
            (names[service["ReferenceId"]], names[edge["ReferenceId"]])
            for service in services
            for edge in service["Edges"]
        }
        shop, pay = ("shop", "AWS::AppSync::GraphQLAPI"), ("pay", "AWS::Lambda")
        assert edges == {(("shop", "client"), shop), (shop, pay)}
        (paying,) = [service for service in services if service["Name"] == "pay"]
        assert paying["SummaryStatistics"]["ErrorStatistics"]["ThrottleCount"] == 1


async def test_sampling_rules_are_created_changed_and_deleted(tower: Tower) -> None:
    rule = {
        "RuleName": "quiet",
        "Priority": 1,
        "FixedRate": 0.0,
        "ReservoirSize": 0,
        "ServiceName": "health*",
        "ServiceType": "*",
        "Host": "*",
        "HTTPMethod": "*",
        "URLPath": "*",
        "ResourceARN": "*",
        "Version": 1,
    }
    client = tower.client
    created = await asyncio.to_thread(client.create_sampling_rule, SamplingRule=rule)
    arn = created["SamplingRuleRecord"]["SamplingRule"]["RuleARN"]
    assert arn == "arn:aws:xray:us-east-1:000000000000:sampling-rule/quiet"
    listed = (await asyncio.to_thread(client.get_sampling_rules))["SamplingRuleRecords"]
    assert [rule["SamplingRule"]["RuleName"] for rule in listed] == ["quiet", "Default"]
    error = await refusal(client.create_sampling_rule, SamplingRule=rule)
    assert "already exists" in error["Message"]
    await asyncio.to_thread(
        client.update_sampling_rule, SamplingRuleUpdate={"RuleARN": arn, "FixedRate": 0.5}
    )
    await asyncio.to_thread(client.delete_sampling_rule, RuleName="quiet")
    error = await refusal(client.delete_sampling_rule, RuleName="Default")
    assert "Default" in error["Message"]


async def test_groups_select_what_their_filter_selects(tower: Tower) -> None:
    client = tower.client
    await put(
        tower, segment(1), segment(2, trace_id="1-5759e989-000000000000000000000001", name="pay", fault=True)
    )
    await asyncio.to_thread(client.create_group, GroupName="failed", FilterExpression="fault")
    members = {"StartTime": START - 10, "EndTime": START + 10, "GroupName": "failed"}
    graph = await asyncio.to_thread(client.get_service_graph, **members)
    assert {service["Name"] for service in graph["Services"]} == {"pay"}
    error = await refusal(client.create_group, GroupName="bad", FilterExpression="(")
    assert "Invalid filter expression" in error["Message"]
    groups = (await asyncio.to_thread(client.get_groups))["Groups"]
    assert [group["GroupName"] for group in groups] == ["Default", "failed"]
    await asyncio.to_thread(client.delete_group, GroupName="failed")


async def test_unsupported_operation_is_an_error(tower: Tower) -> None:
    error = await refusal(tower.client.get_insight, InsightId="0" * 36)
    assert "/Insight is not served" in error["Message"]
