"""Handles messages and calls, of which some fail on demand, and writes down each attempt."""

from __future__ import annotations

import base64
import json
import os
import time
import uuid
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

import boto3

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

TABLE = os.environ["ATTEMPTS"]
AT_ONCE = 25
DYNAMODB = boto3.client("dynamodb")


class Fault(Exception):
    """The attempt failed; the next may not."""


def count(run: str, what: str) -> int:
    """Return the number of this attempt at ``what``, from 1."""
    answer = DYNAMODB.update_item(
        TableName=TABLE,
        Key={"run": {"S": run}, "id": {"S": f"count:{what}"}},
        UpdateExpression="ADD attempts :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
        ReturnValues="UPDATED_NEW",
    )
    return int(answer["Attributes"]["attempts"]["N"])


def write(run: str, entered: float, attempts: Sequence[tuple[str, int, bool]]) -> None:
    """Write down key, number and success of each message of an invocation that began at ``entered``."""
    invocation = uuid.uuid4().hex
    requests: list[WriteRequestTypeDef] = [
        {
            "PutRequest": {
                "Item": {
                    "run": {"S": run},
                    "id": {"S": f"attempt:{invocation}:{position:05}"},
                    "key": {"S": key},
                    "number": {"N": str(number)},
                    "entered": {"N": f"{entered:.6f}"},
                    "handled": {"BOOL": handled},
                }
            }
        }
        for position, (key, number, handled) in enumerate(attempts)
    ]
    for start in range(0, len(requests), AT_ONCE):
        answer = DYNAMODB.batch_write_item(RequestItems={TABLE: requests[start : start + AT_ONCE]})
        while answer["UnprocessedItems"]:
            answer = DYNAMODB.batch_write_item(RequestItems=answer["UnprocessedItems"])


class StreamPart(TypedDict):
    """What a stream says of a record."""

    data: str
    sequenceNumber: str


class Record(TypedDict, total=False):
    """A message of SQS, or a record of Kinesis, as far as it is read."""

    messageId: str
    body: str
    attributes: dict[str, str]
    kinesis: StreamPart


class Batch(TypedDict):
    """What Lambda hands over."""

    Records: list[Record]


def consume(event: Batch, context: object) -> dict[str, list[dict[str, str]]]:
    """Handle a batch. Of a queue's, report which messages failed; a stream's fails as a whole."""
    entered = time.time()
    records = event["Records"]
    outcomes, failed, held_up = [], [], set()
    for record in records:
        sequence = _sequence(record)
        if sequence in held_up and "kinesis" in record:
            break
        if sequence in held_up:
            failed.append(_identifier(record))  # it has to wait, so it is given back untouched
            continue
        message = json.loads(_body(record))
        key, number, fails = message["key"], message["number"], message["fails"]
        failing = fails == "always" or (fails == "once" and count(message["run"], f"{key}:{number}") == 1)
        outcomes.append((message["run"], key, number, not failing))
        if failing:
            failed.append(_identifier(record))
            held_up.add(sequence)
    for run in {outcome[0] for outcome in outcomes}:
        write(run, entered, [outcome[1:] for outcome in outcomes if outcome[0] == run])
    if failed and "kinesis" in records[0]:
        raise Fault("a record failed")
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failed]}


def _body(record: Record) -> str | bytes:
    return base64.b64decode(record["kinesis"]["data"]) if "kinesis" in record else record["body"]


def _identifier(record: Record) -> str:
    return record["kinesis"]["sequenceNumber"] if "kinesis" in record else record["messageId"]


def _sequence(record: Record) -> str:
    """Return what the record must not overtake: its group, its shard, or (in a standard queue) nothing."""
    if "kinesis" in record:
        return "shard"
    return record["attributes"].get("MessageGroupId", record["messageId"])


class Call(TypedDict):
    """A call's payload."""

    run: str
    number: int
    percent: int
    way: str


class QueuedCall(TypedDict):
    """A message of SQS, as far as it is read."""

    messageId: str
    body: str


class QueuedCalls(TypedDict):
    """A batch of them."""

    Records: list[QueuedCall]


def work(event: Call, context: object) -> dict[str, int]:
    """Do the work of one call."""
    entered = time.time()
    run, number = event["run"], event["number"]
    attempt = count(run, str(number))
    # By number and attempt, so that each way of calling meets the same faults.
    fails = zlib.crc32(f"{number}:{attempt}".encode()) % 100 < event["percent"]
    write(run, entered, [(event["way"], number, not fails)])
    if fails:
        raise Fault(f"attempt {attempt} failed")
    return {"number": number}


def work_from_queue(event: QueuedCalls, context: object) -> dict[str, list[dict[str, str]]]:
    """Do the work of each message of a batch."""
    failed = []
    for record in event["Records"]:
        try:
            work(json.loads(record["body"]), context)
        except Fault:
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
