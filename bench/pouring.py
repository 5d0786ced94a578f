"""A data stream with a consumer: set up, filled and fed at a pace, and what the consumer notes."""

from __future__ import annotations

import io
import json
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from bench.model import NotMeasured
from bench.sides import ROOT

if TYPE_CHECKING:
    from mypy_boto3_kinesis.type_defs import PutRecordsRequestEntryTypeDef

FUNCTION = ROOT / "bench" / "streams" / "function" / "note.py"
STREAM = "pouring"
BATCH = 500
SHARDS = 4
# What a record has beside the time when it was sent: an order's change is as large.
FILLING = "x" * 250
PATIENCE = 90.0
REFUSED_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Service:
    """Where Kinesis and Lambda are, and the key that opens them.

    Attributes
    ----------
    notes
        The file in which the consumer notes what came.
    """

    name: str
    endpoint: str
    region: str
    key: str
    secret: str
    notes: Path

    def session(self) -> boto3.session.Session:
        """Return a session for it."""
        return boto3.session.Session(self.key, self.secret, region_name=self.region)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one invocation noted: when it began, and when its records were sent; in seconds since 1970."""

    came: float
    sent: tuple[float, ...]


def set_up(service: Service) -> str:
    """Create the stream, the function and the mapping; return the mapping's id."""
    session, config = service.session(), Config(retries={"total_max_attempts": 3})
    kinesis = session.client("kinesis", endpoint_url=service.endpoint, config=config)
    functions = session.client("lambda", endpoint_url=service.endpoint, config=config)
    kinesis.create_stream(StreamName=STREAM, ShardCount=SHARDS)
    kinesis.get_waiter("stream_exists").wait(StreamName=STREAM, WaiterConfig={"Delay": 1})
    stream = kinesis.describe_stream_summary(StreamName=STREAM)["StreamDescriptionSummary"]["StreamARN"]
    account = stream.split(":")[4]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        content.write(FUNCTION, FUNCTION.name)
    functions.create_function(
        FunctionName=STREAM,
        Runtime="python3.13",
        Role=f"arn:aws:iam::{account}:role/{STREAM}",
        Handler="note.handler",
        Code={"ZipFile": archive.getvalue()},
        Timeout=60,
        Environment={"Variables": {"NOTES": str(service.notes)}},
    )
    mapping = functions.create_event_source_mapping(
        FunctionName=STREAM, EventSourceArn=stream, StartingPosition="TRIM_HORIZON", BatchSize=BATCH
    )
    return mapping["UUID"]


def switch(service: Service, mapping: str, *, on: bool) -> None:
    """Have the mapping polled, or not."""
    functions = service.session().client("lambda", endpoint_url=service.endpoint)
    functions.update_event_source_mapping(UUID=mapping, Enabled=on)


def fill(service: Service, count: int) -> None:
    """Put records as fast as the shards take them. Raises ``NotMeasured`` when they do not."""
    kinesis = service.session().client("kinesis", endpoint_url=service.endpoint)
    waiting = [_entry(number) for number in range(count)]
    until = time.monotonic() + PATIENCE
    while waiting:
        if time.monotonic() > until:
            raise NotMeasured(f"{service.name} did not take {count} records in {PATIENCE:g} s")
        sent, waiting = waiting[:BATCH], waiting[BATCH:]
        answer = kinesis.put_records(StreamName=STREAM, Records=sent)
        if answer["FailedRecordCount"]:
            results = zip(sent, answer["Records"], strict=True)
            waiting = [entry for entry, result in results if "ErrorCode" in result] + waiting
            time.sleep(REFUSED_SECONDS)


def pace(service: Service, rate: float, count: int) -> None:
    """Put records one by one at an even pace."""
    kinesis = service.session().client("kinesis", endpoint_url=service.endpoint)
    start = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, start + number / rate - time.monotonic()))
        entry = _entry(number)
        kinesis.put_record(StreamName=STREAM, Data=entry["Data"], PartitionKey=entry["PartitionKey"])


class Notes:
    """What a consumer notes, read on from where the last reading ended."""

    def __init__(self, service: Service) -> None:
        self._path = service.notes
        self._offset = 0

    def read(self) -> list[Batch]:
        """Return the batches that came since."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            lines, _, _ = file.read().rpartition(b"\n")  # the last one may be under way
        if not lines:
            return []
        self._offset += len(lines) + 1
        return [Batch(came, tuple(sent)) for came, sent in map(json.loads, lines.split(b"\n"))]


def _entry(number: int) -> PutRecordsRequestEntryTypeDef:
    document = {"sent": time.time(), "filling": FILLING}
    return {"Data": json.dumps(document).encode(), "PartitionKey": f"order-{number}"}
