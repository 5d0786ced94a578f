"""Event records, against AWS's own event documents: what boto3 hands over becomes exactly these."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.functions.mappings.records import (
    Record,
    attribute_value,
    event_of,
    queue_record,
    size_of,
    stream_record,
    within_limit,
)
from tests.functions.helpers import event

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams.type_defs import RecordTypeDef
    from mypy_boto3_sqs.type_defs import MessageTypeDef


def as_received(record: dict[str, Any]) -> MessageTypeDef:
    """Return the message that boto3's ReceiveMessage gives for an event record."""
    message = {
        "MessageId": record["messageId"],
        "ReceiptHandle": record["receiptHandle"],
        "Body": record["body"],
        "MD5OfBody": record["md5OfBody"],
        "Attributes": record["attributes"],
    }
    if record["messageAttributes"]:
        message["MessageAttributes"] = {
            name: {"StringValue": value["stringValue"], "DataType": value["dataType"]}
            for name, value in record["messageAttributes"].items()
        }
    return cast("MessageTypeDef", message)


def as_read(record: dict[str, Any]) -> RecordTypeDef:
    """Return the record that boto3's GetRecords gives for an event record."""
    change = dict(record["dynamodb"])
    change["ApproximateCreationDateTime"] = datetime.fromtimestamp(change["ApproximateCreationDateTime"], UTC)
    read = {name: value for name, value in record.items() if name != "eventSourceARN"} | {"dynamodb": change}
    if "userIdentity" in record:
        read["userIdentity"] = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
    return cast("RecordTypeDef", read)


@pytest.mark.parametrize("name", ["sqs_event.json", "sqs_fifo_event.json"])
def test_messages_have_awss_shape(name: str) -> None:
    for record in event(name)["Records"]:
        arn, region = record["eventSourceARN"], record["awsRegion"]
        assert queue_record(as_received(record), arn, region) == record


def test_stream_records_have_awss_shape() -> None:
    for record in event("dynamodb_stream_event.json")["Records"]:
        assert stream_record(as_read(record), record["eventSourceARN"]) == record


def test_binary_message_attributes_are_base64() -> None:
    message = cast(
        "MessageTypeDef",
        {
            "MessageAttributes": {"raw": {"BinaryValue": b"\x00\xff", "DataType": "Binary"}},
            "MD5OfMessageAttributes": "abc",
        },
    )
    record = queue_record(message, "arn", "eu-west-1")
    assert record["messageAttributes"] == {
        "raw": {"binaryValue": "AP8=", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"}
    }
    assert record["md5OfMessageAttributes"] == "abc"


@pytest.mark.parametrize(
    ("value", "document"),
    [
        ({"S": "a"}, {"S": "a"}),
        ({"N": "1.50"}, {"N": "1.50"}),
        ({"BOOL": False}, {"BOOL": False}),
        ({"NULL": True}, {"NULL": True}),
        ({"B": b"\x00"}, {"B": "AA=="}),
        ({"BS": [b"\x00", b"\x01"]}, {"BS": ["AA==", "AQ=="]}),
        ({"SS": ["a", "b"]}, {"SS": ["a", "b"]}),
        ({"NS": ["1"]}, {"NS": ["1"]}),
        ({"L": [{"M": {"x": {"B": b"\x00"}}}]}, {"L": [{"M": {"x": {"B": "AA=="}}}]}),
    ],
)
def test_attribute_values_are_json(value: dict[str, object], document: object) -> None:
    assert attribute_value(value) == document


@given(st.lists(st.text(max_size=40)), st.integers(100, 300))
def test_a_batch_is_cut_to_fit_and_nothing_is_lost(texts: list[str], limit: int) -> None:
    records: list[Record] = [{"body": text} for text in texts]
    parts = list(within_limit(records, limit))
    assert [record for part in parts for record in part] == records
    for part in parts:
        assert len(part) == 1 or sum(map(size_of, part)) <= limit
        assert json.loads(event_of(part)) == {"Records": part}
