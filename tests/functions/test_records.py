"""Event records, against AWS's own event documents: what the services send becomes exactly these."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.functions.interfaces import Message
from localcloud.functions.mappings.records import (
    Record,
    event_of,
    queue_record,
    stream_record,
    within_limit,
)
from localcloud.functions.streams import StreamRecord
from tests.functions.helpers import event


def as_received(record: dict[str, Any]) -> Message:
    """Return the message that ReceiveMessage answers for an event record."""
    message: Message = {
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
    return message


def as_read(record: dict[str, Any]) -> StreamRecord:
    """Return the record that GetRecords answers for an event record."""
    read: StreamRecord = {name: value for name, value in record.items() if name != "eventSourceARN"}
    if "userIdentity" in record:
        read["userIdentity"] = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
    return read


@pytest.mark.parametrize("name", ["sqs_event.json", "sqs_fifo_event.json"])
def test_queue_messages_have_the_shape_of_aws(name: str) -> None:
    for record in event(name)["Records"]:
        arn, region = record["eventSourceARN"], record["awsRegion"]
        assert queue_record(as_received(record), arn, region) == record


def test_stream_records_have_the_shape_of_aws() -> None:
    for record in event("dynamodb_stream_event.json")["Records"]:
        assert stream_record(as_read(record), record["eventSourceARN"]) == record


def test_binary_message_attributes_are_base64() -> None:
    message: Message = {
        "MessageAttributes": {"raw": {"BinaryValue": "AP8=", "DataType": "Binary"}},
        "MD5OfMessageAttributes": "abc",
    }
    record = queue_record(message, "arn", "eu-west-1")
    assert record["messageAttributes"] == {
        "raw": {"binaryValue": "AP8=", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"}
    }
    assert record["md5OfMessageAttributes"] == "abc"


def test_images_pass_unchanged() -> None:
    image: Record = {
        "text": {"S": "a"},
        "number": {"N": "1.50"},
        "flag": {"BOOL": False},
        "nothing": {"NULL": True},
        "bytes": {"B": "AA=="},
        "sets": {"M": {"b": {"BS": ["AA==", "AQ=="]}, "s": {"SS": ["a", "b"]}, "n": {"NS": ["1"]}}},
        "list": {"L": [{"M": {"x": {"B": "AA=="}}}]},
    }
    change: Record = {
        "Keys": {"text": {"S": "a"}},
        "NewImage": image,
        "OldImage": image,
        "SequenceNumber": "1",
    }
    record = stream_record({"eventName": "MODIFY", "dynamodb": change}, "arn")
    document = record["dynamodb"]
    assert isinstance(document, dict)
    assert (document["Keys"], document["NewImage"], document["OldImage"]) == (
        {"text": {"S": "a"}},
        image,
        image,
    )


def test_record_in_the_form_of_an_event_is_passed_unchanged() -> None:
    sent: StreamRecord = {
        "eventID": "1",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-west-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1763661600,
            "Keys": {"pk": {"S": "\u00e9"}},
            "SequenceNumber": "1",
            "SizeBytes": 1,
            "StreamViewType": "KEYS_ONLY",
        },
    }
    text = json.dumps(sent)
    record = stream_record(sent, "arn", text)
    assert record == {**sent, "eventSourceARN": "arn"}
    assert event_of([record]) == f'{{"Records":[{text[:-1]},"eventSourceARN":"arn"}}]}}'.encode()
    assert json.loads(event_of([record, record])) == {"Records": [record, record]}


def test_record_in_another_form_is_rewritten() -> None:
    sent: StreamRecord = {"eventName": "INSERT", "dynamodb": {"SizeBytes": 1}, "more": True}
    record = stream_record(sent, "arn", json.dumps(sent))
    assert json.loads(event_of([record])) == {"Records": [stream_record(sent, "arn")]}
    assert "more" not in record


@pytest.mark.parametrize(("sent", "moment"), [(1763661600, 1763661600), (1.7e9, 1700000000), (1.5, 1.5)])
def test_change_time_is_an_integer_where_it_is_whole(sent: float, moment: float) -> None:
    document = stream_record({"dynamodb": {"ApproximateCreationDateTime": sent}}, "arn")["dynamodb"]
    assert isinstance(document, dict)
    assert repr(document["ApproximateCreationDateTime"]) == repr(moment)


@given(st.lists(st.text(max_size=40)), st.integers(100, 300))
def test_batch_is_split_within_the_limit_without_loss(texts: list[str], limit: int) -> None:
    records: list[Record] = [{"body": text} for text in texts]
    parts = list(within_limit(records, limit))
    assert [record for part, _ in parts for record in part] == records
    for part, sent in parts:
        assert part
        assert len(part) == 1 or len(sent) <= limit + len('{"Records":[]}')
        assert json.loads(sent) == {"Records": part}
