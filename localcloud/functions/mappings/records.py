"""Event records as Lambda hands them to a function, from what SQS, DynamoDB Streams and Kinesis send.

Sources of the shapes: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html,
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html and
https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from json.encoder import encode_basestring

from localcloud.functions.interfaces import Message
from localcloud.functions.model import JSON
from localcloud.functions.streams import StreamRecord

Record = dict[str, JSON]


class SentRecord(Record):
    """A record and its text, where that is there already: it need not be written again.

    One of Kinesis holds what the stream wrote alone; its text is whole.
    """

    # Without an __init__ of its own: there are thousands of records a second.
    __slots__ = ("text",)
    text: str


def _sent(record: SentRecord, text: str) -> SentRecord:
    record.text = text
    return record


# AWS keeps a batch's event within the limit of a synchronous invocation.
EVENT_LIMIT = 6_000_000


_CHANGE = ("Keys", "NewImage", "OldImage")
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def queue_record(message: Message, arn: str, region: str) -> Record:
    """Return the event record of a message."""
    attributes = message.get("MessageAttributes")
    record: Record = {
        "messageId": message.get("MessageId", ""),
        "receiptHandle": message.get("ReceiptHandle", ""),
        "body": message.get("Body", ""),
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: _message_attribute(value)
            for name, value in (attributes.items() if isinstance(attributes, dict) else ())
        },
        "md5OfBody": message.get("MD5OfBody", ""),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": region,
    }
    if "MD5OfMessageAttributes" in message:
        record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return record


def _message_attribute(value: JSON) -> JSON:
    sent = value if isinstance(value, dict) else {}
    document: dict[str, JSON] = {}
    if "StringValue" in sent:
        document["stringValue"] = sent["StringValue"]
    if "BinaryValue" in sent:
        document["binaryValue"] = sent["BinaryValue"]
    # The two list types exist in the event although SQS has never filled them.
    document["stringListValues"] = []
    document["binaryListValues"] = []
    document["dataType"] = sent.get("DataType")
    return document


def stream_record(record: StreamRecord, arn: str, text: str = "") -> Record:
    """Return the event record of a change in a table. Its values have the event's form already.

    Parameters
    ----------
    text
        The record as it was sent.
    """
    sent = record.get("dynamodb")
    change = sent if isinstance(sent, dict) else {}
    document: dict[str, JSON] = {}
    moment = change.get("ApproximateCreationDateTime")
    if isinstance(moment, float) and moment.is_integer():
        moment = int(moment)
    if moment is not None:
        document["ApproximateCreationDateTime"] = moment
    for name in _CHANGE:
        if change.get(name) is not None:
            document[name] = change[name]
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
    if isinstance(identity, dict) and identity:  # DynamoDB itself deleted it: its time to live had passed
        event["userIdentity"] = {
            "type": identity.get("Type", ""),
            "principalId": identity.get("PrincipalId", ""),
        }
    # The event adds which stream it is; the rest mostly is as it was sent.
    if text and "eventSourceARN" not in record and event == {**record, "eventSourceARN": arn}:
        return _sent(SentRecord(event), f'{text[:-1]},"eventSourceARN":{_encode(arn)}}}')
    return event


class KinesisRecords:
    """Brings the records of a shard into the form of events.

    Parameters
    ----------
    source
        The ARN of the stream, or of the consumer, as the mapping names it.
    role
        The ARN of the role that the function runs with.
    """

    def __init__(self, shard: str, source: str, region: str, role: str) -> None:
        self._shard = shard
        common: Record = {
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": "",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": role,
            "awsRegion": region,
            "eventSourceARN": source,
        }
        before, _, after = _encode(common).partition('"eventID":"')
        self._before, self._after = f'{before[1:]}"eventID":"{shard}:', after

    def event_record(self, record: StreamRecord) -> Record:
        """Return the event record of one that Kinesis sent; its data stays base64."""
        number, key = str(record.get("SequenceNumber", "")), str(record.get("PartitionKey", ""))
        data, moment = str(record.get("Data", "")), record.get("ApproximateArrivalTimestamp", 0)
        written: Record = {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": key,
            "sequenceNumber": number,
            "data": data,
            "approximateArrivalTimestamp": moment,
        }
        # An encoder takes ten times as long, and there are thousands of records a second.
        text = (
            f'{{"kinesis":{{"kinesisSchemaVersion":"1.0","partitionKey":{encode_basestring(key)},'
            f'"sequenceNumber":"{number}","data":"{data}","approximateArrivalTimestamp":{moment!r}}},'
            f"{self._before}{number}{self._after}"
        )
        return _sent(SentRecord(kinesis=written), text)


def sequence_number(record: Record) -> str:
    """Return a stream record's place in its shard."""
    change = _change(record)
    return str(change.get("SequenceNumber") or change.get("sequenceNumber") or "")


def created(record: Record) -> float:
    """Return when a stream record was created, in seconds since 1970."""
    change = _change(record)
    moment = change.get("ApproximateCreationDateTime", change.get("approximateArrivalTimestamp"))
    return float(moment) if isinstance(moment, int | float) else 0.0


def ordering_key(record: Record) -> str:
    """Return what a stream record keeps its order with: an item of a table, a partition key of Kinesis.

    Source: "ParallelizationFactor" in https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
    """
    change = _change(record)
    if "partitionKey" in change:
        return str(change["partitionKey"])
    return json.dumps(change.get("Keys"), sort_keys=True)


def _change(record: Record) -> dict[str, JSON]:
    """Return the part that the stream itself wrote: DynamoDB's or Kinesis's."""
    change = record.get("dynamodb", record.get("kinesis"))
    return change if isinstance(change, dict) else {}


def event_of(records: Iterable[Record]) -> bytes:
    """Return the event of a batch."""
    return f'{{"Records":[{",".join(map(text_of, records))}]}}'.encode()


def text_of(record: Record) -> str:
    """Return a record as JSON."""
    return record.text if isinstance(record, SentRecord) else _encode(record)


def length_of(record: Record) -> int:
    """Return about how many bytes a record adds to its event."""
    return len(text_of(record))


def size_of(record: Record) -> int:
    """Return how many bytes a record adds to its event."""
    return len(text_of(record).encode()) + 1


def within_limit(records: Sequence[Record], limit: int = EVENT_LIMIT) -> Iterator[tuple[list[Record], bytes]]:
    """Cut a batch so that each part's event stays within Lambda's 6 MB; yield the parts and their events."""
    whole = event_of(records)
    if len(whole) <= limit:
        if records:
            yield list(records), whole
        return
    part: list[Record] = []
    size = 0
    for record in records:
        more = size_of(record)
        if part and size + more > limit:
            yield part, event_of(part)
            part, size = [], 0
        part.append(record)
        size += more
    yield part, event_of(part)
