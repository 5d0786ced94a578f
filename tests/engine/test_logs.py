"""Functions' lines in CloudWatch Logs: read, filtered, and counted by metric filters."""

from __future__ import annotations

import base64
import gzip
import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.test_service_metrics import total
from tests.engine.world import World, wait_until

STREAM = "2026/01/31/[$LATEST]0f"


def printed(world: World, *messages: str) -> str:
    """Have a function's lines wait in the Lambda service; return their group."""
    group = f"/aws/lambda/{world.name('fn')}"
    now = int(time.time() * 1000)
    world.lambdas.pages["/_localcloud/logs"] = [[now + n, STREAM, text] for n, text in enumerate(messages)]
    return group


def test_function_log_is_read_by_stream_and_json_pattern(world: World) -> None:
    logs = world.client("logs")
    texts = ["START RequestId: 1", json.dumps({"level": "ERROR", "ms": 7}), json.dumps({"level": "INFO"})]
    group = printed(world, *texts)
    errors = logs.filter_log_events(logGroupName=group, filterPattern='{ $.level = "ERROR" }')["events"]
    assert [event["message"] for event in errors] == [texts[1]]
    assert errors[0]["logStreamName"] == STREAM
    assert [
        item["logStreamName"] for item in logs.describe_log_streams(logGroupName=group)["logStreams"]
    ] == [STREAM]
    events = logs.get_log_events(logGroupName=group, logStreamName=STREAM, startFromHead=True)["events"]
    assert [event["message"] for event in events] == texts
    now = int(time.time())
    query = logs.start_query(
        logGroupName=group,
        startTime=now - 60,
        endTime=now + 60,
        queryString="fields @message | filter @message like /ERROR/",
    )
    (row,) = logs.get_query_results(queryId=query["queryId"])["results"]
    assert row[0] == {"field": "@message", "value": texts[1]}
    record = logs.get_log_record(logRecordPointer=row[1]["value"])["logRecord"]
    assert record["@message"] == texts[1]
    with pytest.raises(ClientError, match="does not know unmask"):
        logs.start_query(logGroupName=group, startTime=0, endTime=now, queryString="unmask @message")


def test_log_groups_of_functions_are_listed(world: World) -> None:
    group = f"/aws/lambda/{world.name('fn')}"
    world.lambdas.pages["/_localcloud/logs"] = [group]
    groups = world.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert [item["logGroupName"] for item in groups] == [group]


def test_metric_filters_count_and_read_values_and_dimensions(world: World) -> None:
    logs, namespace = world.client("logs"), world.name("Shop")
    lines = [json.dumps({"level": "ERROR", "ms": ms, "way": "rest"}) for ms in (7, 3)]
    group = printed(world, *lines, "plain")
    waiting = world.lambdas.pages.pop("/_localcloud/logs")
    logs.create_log_group(logGroupName=group)
    for name, value, dimensions in (("errors", "1", {}), ("took", "$.ms", {"Way": "$.way"})):
        logs.put_metric_filter(
            logGroupName=group,
            filterName=name,
            filterPattern='{ $.level = "ERROR" }',
            metricTransformations=[
                {
                    "metricName": name,
                    "metricNamespace": namespace,
                    "metricValue": value,
                    "dimensions": dimensions,
                }
            ],
        )
    world.lambdas.pages["/_localcloud/logs"] = waiting
    assert total(world, namespace, "errors") == 2
    assert total(world, namespace, "took", Way="rest") == 10
    moment = int(time.time() * 1000)
    logs.create_log_stream(logGroupName=group, logStreamName="own")
    event = {"timestamp": moment, "message": json.dumps({"level": "ERROR", "ms": 1, "way": "rest"})}
    logs.put_log_events(logGroupName=group, logStreamName="own", logEvents=[event])
    assert total(world, namespace, "errors") == 3
    logs.delete_log_group(logGroupName=group)


def test_subscription_filter_passes_matching_lines_to_its_function(world: World) -> None:
    logs = world.client("logs")
    function = world.function(lambda event: event)
    arn = world.client("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    group = printed(world, "ERROR one", "INFO two")
    waiting = world.lambdas.pages.pop("/_localcloud/logs")
    logs.create_log_group(logGroupName=group)
    logs.put_subscription_filter(
        logGroupName=group, filterName="errors", filterPattern="ERROR", destinationArn=arn
    )
    world.lambdas.pages["/_localcloud/logs"] = waiting

    def calls() -> list[Any]:
        return [call for call in world.lambdas.invocations if call[0] == function]

    (call,) = wait_until(calls)
    data = json.loads(gzip.decompress(base64.b64decode(call[2]["awslogs"]["data"])))
    assert [event["message"] for event in data["logEvents"]] == ["ERROR one"]
    assert (data["logGroup"], data["logStream"]) == (group, STREAM)
    logs.delete_log_group(logGroupName=group)


def test_invalid_pattern_is_refused(world: World) -> None:
    group = printed(world, "x")
    with pytest.raises(ClientError, match="Invalid filter pattern"):
        world.client("logs").filter_log_events(logGroupName=group, filterPattern="{ $.a }")


def test_log_group_keeps_its_newest_lines(world: World) -> None:
    logs, group = world.client("logs"), world.name("group")
    logs.create_log_group(logGroupName=group)
    now = int(time.time() * 1000)
    for stream in ("old", "new"):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    for stream, count in (("old", 3_000), ("new", 4_000)):
        events = [{"timestamp": now + number, "message": stream} for number in range(count)]
        now += count
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    kept = [
        len(logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)["events"])
        for stream in ("old", "new")
    ]
    assert kept == [1_000, 4_000]
    logs.delete_log_group(logGroupName=group)
