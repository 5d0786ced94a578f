"""Asynchronous invocations, dead letters and event source mappings in templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.check.templates import findings_of, ref

BUS = {"Fn::Sub": "arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-bus/default"}


def function(**values: Any) -> dict[str, Any]:
    base = {"Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::000000000000:role/r"}
    return {"Type": "AWS::Lambda::Function", "Properties": {**base, "Code": {"ZipFile": "x"}, **values}}


def template(**resources: Any) -> dict[str, Any]:
    return {
        "Parameters": {"Retries": {"Type": "Number", "Default": 7}},
        "Resources": {
            "Work": function(),
            "Failures": {"Type": "AWS::SQS::Queue"},
            "Ordered": {"Type": "AWS::SQS::Queue", "Properties": {"FifoQueue": True}},
            "Bell": {"Type": "AWS::SNS::Topic"},
            "Bucket": {"Type": "AWS::S3::Bucket"},
            "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {}},
            **resources,
        },
    }


def on(success: Any = None, failure: Any = None) -> dict[str, Any]:
    both = {"OnSuccess": success, "OnFailure": failure}
    return {"DestinationConfig": {side: {"Destination": arn} for side, arn in both.items() if arn}}


def event_config(**values: Any) -> dict[str, Any]:
    base = {"FunctionName": {"Ref": "Work"}, "Qualifier": "$LATEST"}
    return template(Config={"Type": "AWS::Lambda::EventInvokeConfig", "Properties": {**base, **values}})


@pytest.mark.parametrize(
    "values",
    [
        on(ref("Failures", "Arn"), ref("Bucket", "Arn")),
        on(BUS, {"Ref": "Bell"}),
        on(failure={"Fn::ImportValue": "elsewhere"}),
        {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": "60"},
    ],
)
def test_valid_configuration_is_no_finding(tmp_path: Path, values: dict[str, Any]) -> None:
    assert findings_of(tmp_path, event_config(**values)) == []


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "You must specify at least one of error handling or destination setting."),
        (
            {"MaximumRetryAttempts": {"Ref": "Retries"}},
            "1 validation error detected: Value '7' at 'maximumRetryAttempts' failed to satisfy constraint: "
            "Member must have value less than or equal to 2",
        ),
        (
            on(success=ref("Bucket", "Arn")),
            "The provided destination config DestinationConfig(onSuccess=arn:aws:s3:::Bucket, "
            "onFailure=None) is invalid.",
        ),
        (
            on(failure=ref("Table", "StreamArn")),
            "The provided destination config DestinationConfig(onSuccess=None, onFailure=arn:aws:dynamodb:"
            "us-east-1:000000000000:table/Table/stream/now) is invalid.",
        ),
        (on(failure=ref("Work", "Arn")), "You can't specify the function as a destination for itself."),
    ],
)
def test_configuration_refused_by_lambda_is_an_error(
    tmp_path: Path, values: dict[str, Any], message: str
) -> None:
    assert findings_of(tmp_path, event_config(**values)) == [f"error: event-invoke-config: Config: {message}"]


def test_ref_of_a_queue_is_no_arn(tmp_path: Path) -> None:
    (line,) = findings_of(tmp_path, event_config(**on(failure={"Ref": "Failures"})))
    assert "Value 'the Ref of Failures (AWS::SQS::Queue)' at 'destination'" in line


def test_fifo_queue_as_a_destination_is_an_error(tmp_path: Path) -> None:
    (line,) = findings_of(tmp_path, event_config(**on(failure=ref("Ordered", "Arn"))))
    assert line.startswith("error: destination-undeliverable: Config: arn:aws:sqs:")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (ref("Failures", "Arn"), None),
        ({"Ref": "Bell"}, None),
        (ref("Bucket", "Arn"), "Invalid dead letter queue ARN: arn:aws:s3:::Bucket"),
        (ref("Ordered", "Arn"), "Lambda delivers to standard queues and topics alone"),
    ],
)
def test_dead_letters_go_to_standard_queues_and_topics(
    tmp_path: Path, target: Any, message: str | None
) -> None:
    lines = findings_of(tmp_path, template(More=function(DeadLetterConfig={"TargetArn": target})))
    assert len(lines) == (message is not None)
    assert all(line.startswith("error: dead-letter-config: More: ") for line in lines)
    assert all((message or "") in line for line in lines)


def test_negative_reserved_concurrency_is_an_error(tmp_path: Path) -> None:
    (line,) = findings_of(tmp_path, template(More=function(ReservedConcurrentExecutions=-1)))
    assert line.startswith("error: reserved-concurrency: More: ReservedConcurrentExecutions is -1")


# --- mappings ---


def mapping(source: Any, **values: Any) -> dict[str, Any]:
    base = {"FunctionName": {"Ref": "Work"}, "EventSourceArn": source}
    return template(Feed={"Type": "AWS::Lambda::EventSourceMapping", "Properties": {**base, **values}})


STREAM, QUEUE, ORDERED = ref("Table", "StreamArn"), ref("Failures", "Arn"), ref("Ordered", "Arn")
FIRST = {"StartingPosition": "TRIM_HORIZON"}
DATA = {"Fn::Sub": "arn:aws:kinesis:${AWS::Region}:${AWS::AccountId}:stream/s"}
CONSUMER = {"Fn::Sub": "arn:aws:kinesis:${AWS::Region}:${AWS::AccountId}:stream/s/consumer/c:1763661600"}
PAST = {"StartingPosition": "AT_TIMESTAMP"}


@pytest.mark.parametrize(
    ("source", "values"),
    [
        (QUEUE, {"BatchSize": 10, "ScalingConfig": {"MaximumConcurrency": 2}}),
        (QUEUE, {"BatchSize": 100, "MaximumBatchingWindowInSeconds": 1}),
        (ORDERED, {"FunctionResponseTypes": ["ReportBatchItemFailures"]}),
        (STREAM, {**FIRST, **on(failure=ref("Bucket", "Arn")), "MaximumRetryAttempts": -1}),
        (STREAM, {**FIRST, "MaximumRecordAgeInSeconds": 60, "ParallelizationFactor": 10}),
        ({"Fn::ImportValue": "elsewhere"}, {"BisectBatchOnFunctionError": True}),
        (STREAM, {**FIRST, "TumblingWindowInSeconds": 900, "ParallelizationFactor": 1}),
        (DATA, {**FIRST, "TumblingWindowInSeconds": "30", **on(failure={"Ref": "Bell"})}),
        (CONSUMER, {"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": "1763661600"}),
    ],
)
def test_valid_mapping_is_no_finding(tmp_path: Path, source: Any, values: dict[str, Any]) -> None:
    assert findings_of(tmp_path, mapping(source, **values)) == []


@pytest.mark.parametrize(
    ("source", "values", "message"),
    [
        (QUEUE, {"ScalingConfig": {"MaximumConcurrency": 1}}, "'maximumConcurrency' failed to satisfy"),
        (QUEUE, {"MaximumRetryAttempts": 2}, "MaximumRetryAttempts is not supported for queues"),
        (QUEUE, {"BatchSize": 11, "MaximumBatchingWindowInSeconds": 0}, "must be greater than 0 if maximum"),
        (ORDERED, {"BatchSize": 11}, "a FIFO queue's batches have at most 10 messages"),
        (ORDERED, {"MaximumBatchingWindowInSeconds": 1}, "not supported for FIFO queues"),
        ({"Ref": "Failures"}, {}, "the Ref of Failures (AWS::SQS::Queue) is no ARN"),
        (STREAM, {}, "a stream needs a StartingPosition"),
        (STREAM, {"StartingPosition": "AT_TIMESTAMP"}, "AT_TIMESTAMP is not TRIM_HORIZON or LATEST"),
        (STREAM, {**FIRST, "ScalingConfig": {"MaximumConcurrency": 2}}, "only supported for Amazon SQS"),
        (STREAM, {**FIRST, "MaximumRecordAgeInSeconds": 59}, "is 59, not -1 or 60 to 604800"),
        (STREAM, {**FIRST, "MaximumRetryAttempts": 10_001}, "less than or equal to 10000"),
        (STREAM, {**FIRST, "ParallelizationFactor": 11}, "less than or equal to 10"),
        (STREAM, {**FIRST, **on(failure=BUS)}, "event-bus/default is invalid."),
        (STREAM, {**FIRST, **on(success=QUEUE)}, "OnSuccess destinations are not supported"),
        (STREAM, {**FIRST, "FilterCriteria": {"Filters": [{"Pattern": "["}]}}, "Invalid filter pattern"),
        (STREAM, {**FIRST, "FilterCriteria": {"Filters": [{"Pattern": "{}"}] * 11}}, "there are 11 filters"),
        (STREAM, {**FIRST, "FunctionResponseTypes": ["Items"]}, "Items is not ReportBatchItemFailures"),
        (DATA, PAST, "StartingPositionTimestamp is required"),
        (DATA, {**PAST, "StartingPositionTimestamp": 4_000_000_000}, "is in the future"),
        (DATA, {**PAST, "StartingPositionTimestamp": "now"}, "now is no number of seconds"),
        (DATA, {**FIRST, "StartingPositionTimestamp": 1}, "not supported with the position TRIM_HORIZON"),
        (DATA, {**FIRST, "TumblingWindowInSeconds": 901}, "less than or equal to 900"),
        (
            DATA,
            {**FIRST, "TumblingWindowInSeconds": 1, "ParallelizationFactor": "2"},
            "ParallelizationFactor must be 1 where TumblingWindowInSeconds is greater than 0",
        ),
    ],
)
def test_mapping_refused_by_lambda_is_an_error(
    tmp_path: Path, source: Any, values: dict[str, Any], message: str
) -> None:
    (line,) = findings_of(tmp_path, mapping(source, **values))
    assert line.startswith("error: event-source-mapping: Feed: ")
    assert message in line


def test_unsupported_mapping_is_an_error(tmp_path: Path) -> None:
    cluster = {"Fn::Sub": "arn:aws:kafka:${AWS::Region}:${AWS::AccountId}:cluster/c/1"}
    (line,) = findings_of(tmp_path, mapping(cluster, **FIRST))
    assert line.startswith("error: unsupported-source: Feed: ")


# --- SAM ---


def serverless(**values: Any) -> dict[str, Any]:
    base = {"Runtime": "python3.13", "Handler": "a.b", "InlineCode": "x"}
    resource = {"Type": "AWS::Serverless::Function", "Properties": {**base, **values}}
    return {"Transform": "AWS::Serverless-2016-10-31", **template(Sam=resource)}


def test_sam_function_is_checked_as_its_expansion(tmp_path: Path) -> None:
    values = {
        "DeadLetterQueue": {"Type": "SQS", "TargetArn": ref("Ordered", "Arn")},
        "EventInvokeConfig": {"MaximumRetryAttempts": 3, **on(failure=ref("Sam", "Arn"))},
        "Events": {
            "Changes": {
                "Type": "DynamoDB",
                "Properties": {"Stream": STREAM, **FIRST, "BatchSize": 0, **on(failure=BUS)},
            },
            "Jobs": {"Type": "SQS", "Properties": {"Queue": ORDERED, "BatchSize": 20}},
        },
    }
    rules = [line.split(": ")[1] for line in findings_of(tmp_path, serverless(**values))]
    assert sorted(rules) == [
        "dead-letter-config",
        *["event-invoke-config"] * 2,
        *["event-source-mapping"] * 3,
    ]


def test_queue_created_by_sam_is_a_destination(tmp_path: Path) -> None:
    config = {"DestinationConfig": {"OnFailure": {"Type": "SQS"}, "OnSuccess": {"Type": "SNS"}}}
    assert findings_of(tmp_path, serverless(EventInvokeConfig=config)) == []


@pytest.mark.parametrize("kind", ["MSK", "SelfManagedKafka", "MQ", "DocumentDB"])
def test_unsupported_sam_source_is_an_error(tmp_path: Path, kind: str) -> None:
    (line,) = findings_of(tmp_path, serverless(Events={"Feed": {"Type": kind, "Properties": {}}}))
    assert line.startswith("error: unsupported-source: Sam: the local cloud polls queues, table streams ")


def test_self_managed_broker_is_an_error(tmp_path: Path) -> None:
    broker = {"Endpoints": {"KafkaBootstrapServers": ["127.0.0.1:9092"]}}
    feed = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"SelfManagedEventSource": broker}}
    lines = findings_of(tmp_path, template(Feed=feed))
    assert [line for line in lines if line.startswith("error: unsupported-source: Feed: ")]


def test_function_as_its_own_destination_by_name_is_an_error(tmp_path: Path) -> None:
    arn = {"Fn::Sub": "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:looping"}
    values = {"FunctionName": "looping", "EventInvokeConfig": on(success=arn)}
    (line,) = findings_of(tmp_path, serverless(**values))
    assert line.endswith("You can't specify the function as a destination for itself.")


# --- visibility timeouts ---


def polled(queue: dict[str, Any], function: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    events = {"Jobs": {"Type": "SQS", "Properties": {"Queue": ref("Jobs", "Arn")}}}
    document = serverless(**function, Events=events)
    document["Resources"]["Jobs"] = {"Type": "AWS::SQS::Queue", "Properties": queue}
    return {**document, "Globals": {"Function": shared}}


@pytest.mark.parametrize(
    ("queue", "function", "shared", "visible", "timeout"),
    [
        ({}, {"Timeout": 31}, {}, 30, 31),
        ({"VisibilityTimeout": 2}, {}, {}, 2, 3),
        ({"VisibilityTimeout": 60}, {}, {"Timeout": 61}, 60, 61),
    ],
)
def test_queue_whose_visibility_is_too_short_is_an_error(
    tmp_path: Path,
    queue: dict[str, Any],
    function: dict[str, Any],
    shared: dict[str, Any],
    visible: int,
    timeout: int,
) -> None:
    (line,) = findings_of(tmp_path, polled(queue, function, shared))
    assert line.startswith("error: event-source-mapping: Sam: ")
    assert line.endswith(
        f"Queue visibility timeout: {visible} seconds is less than Function timeout: {timeout} seconds"
    )


def test_cloudformation_mapping_is_checked_against_the_visibility_of_its_queue(tmp_path: Path) -> None:
    document = mapping(ref("Jobs", "Arn"), FunctionName={"Ref": "Sam"})
    document["Resources"]["Jobs"] = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 5}}
    document["Resources"]["Sam"] = serverless(Timeout=6)["Resources"]["Sam"]
    document["Transform"] = "AWS::Serverless-2016-10-31"
    (line,) = findings_of(tmp_path, document)
    assert "Queue visibility timeout: 5 seconds" in line


@pytest.mark.parametrize(
    ("queue", "function"),
    [
        ({"VisibilityTimeout": 30}, {"Timeout": 30}),
        ({"VisibilityTimeout": {"Fn::ImportValue": "x"}}, {"Timeout": 900}),
    ],
)
def test_queue_with_enough_visibility_is_no_finding(
    tmp_path: Path, queue: dict[str, Any], function: dict[str, Any]
) -> None:
    assert findings_of(tmp_path, polled(queue, function, {})) == []
