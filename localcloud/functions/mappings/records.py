"""Event records as Lambda hands them to a function, from what SQS and DynamoDB Streams answer.

Sources of the shapes: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html and
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from localcloud.functions.model import JSON

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams.type_defs import RecordTypeDef
    from mypy_boto3_sqs.type_defs import MessageAttributeValueOutputTypeDef, MessageTypeDef

Record = dict[str, JSON]
# AWS keeps a batch's event within the limit of a synchronous invocation.
EVENT_LIMIT = 6_000_000


def queue_record(message: MessageTypeDef, arn: str, region: str) -> Record:
    """Return the event record of a message."""
    record: Record = {
        "messageId": message.get("MessageId", ""),
        "receiptHandle": message.get("ReceiptHandle", ""),
        "body": message.get("Body", ""),
        "attributes": {str(name): value for name, value in message.get("Attributes", {}).items()},
        "messageAttributes": {
            name: _message_attribute(value) for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message.get("MD5OfBody", ""),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": region,
    }
    if "MD5OfMessageAttributes" in message:
        record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return record


def _message_attribute(value: MessageAttributeValueOutputTypeDef) -> JSON:
    document: dict[str, JSON] = {}
    if "StringValue" in value:
        document["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        document["binaryValue"] = _base64(value["BinaryValue"])
    # The two list types exist in the event although SQS has never filled them.
    document["stringListValues"] = []
    document["binaryListValues"] = []
    document["dataType"] = value["DataType"]
    return document


def stream_record(record: RecordTypeDef, arn: str) -> Record:
    """Return the event record of a change in a table."""
    change = record.get("dynamodb", {})
    document: dict[str, JSON] = {}
    if "ApproximateCreationDateTime" in change:
        created = change["ApproximateCreationDateTime"].timestamp()
        document["ApproximateCreationDateTime"] = int(created) if created.is_integer() else created
    for name, image in (
        ("Keys", change.get("Keys")),
        ("NewImage", change.get("NewImage")),
        ("OldImage", change.get("OldImage")),
    ):
        if image is not None:
            document[name] = {key: attribute_value(value) for key, value in image.items()}
    document["SequenceNumber"] = change.get("SequenceNumber", "")
    document["SizeBytes"] = change.get("SizeBytes", 0)
    document["StreamViewType"] = change.get("StreamViewType", "")
    event: Record = {
        "eventID": record.get("eventID", ""),
        "eventName": record.get("eventName", ""),
        "eventVersion": record.get("eventVersion", "1.1"),
        "eventSource": "aws:dynamodb",
        "awsRegion": record.get("awsRegion", ""),
        "dynamodb": document,
        "eventSourceARN": arn,
    }
    identity = record.get("userIdentity")
    if identity:  # DynamoDB itself deleted the item: its time to live had passed
        event["userIdentity"] = {
            "type": identity.get("Type", ""),
            "principalId": identity.get("PrincipalId", ""),
        }
    return event


def attribute_value(value: Mapping[str, object]) -> JSON:
    """Return a DynamoDB attribute value as JSON; boto3 has made bytes of ``B`` and ``BS``.

    Examples
    --------
    >>> attribute_value({"L": [{"B": b"hi"}, {"N": "1"}]})
    {'L': [{'B': 'aGk='}, {'N': '1'}]}
    """
    ((kind, content),) = value.items()
    if kind == "B":
        return {"B": _base64(content)}
    if kind == "BS" and isinstance(content, Iterable):
        return {"BS": [_base64(one) for one in content]}
    if kind == "L" and isinstance(content, list):
        return {"L": [attribute_value(one) for one in content]}
    if kind == "M" and isinstance(content, Mapping):
        return {"M": {str(name): attribute_value(one) for name, one in content.items()}}
    if kind in ("SS", "NS") and isinstance(content, Iterable):
        return {kind: [str(one) for one in content]}
    if isinstance(content, str | bool):
        return {kind: content}
    raise ValueError(f"not a DynamoDB attribute value: {kind}")


def _base64(content: object) -> str:
    if not isinstance(content, bytes | bytearray):
        raise ValueError(f"binary content was expected, not {type(content).__name__}")
    return base64.b64encode(content).decode()


def event_of(records: Iterable[Record]) -> bytes:
    """Return the event of a batch."""
    return json.dumps({"Records": list(records)}, separators=(",", ":"), ensure_ascii=False).encode()


def size_of(record: Record) -> int:
    """Return how many bytes a record adds to its event."""
    return len(json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()) + 1


def within_limit(records: Iterable[Record], limit: int = EVENT_LIMIT) -> Iterator[list[Record]]:
    """Cut a batch so that each part's event stays within Lambda's 6 MB."""
    part: list[Record] = []
    size = 0
    for record in records:
        more = size_of(record)
        if part and size + more > limit:
            yield part
            part, size = [], 0
        part.append(record)
        size += more
    if part:
        yield part
