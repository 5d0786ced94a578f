"""PutRecord and PutRecords."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from localcloud.streams.kinesis.errors import DryRun, InvalidArgument, ThroughputExceeded, Validation
from localcloud.streams.kinesis.hashing import HASHES
from localcloud.streams.kinesis.interfaces import Row
from localcloud.streams.kinesis.limits import UNCOUNTED
from localcloud.streams.kinesis.measures import measure_put, measure_puts
from localcloud.streams.kinesis.region import Region
from localcloud.streams.kinesis.resharding import relieve
from localcloud.streams.kinesis.sequence import parse
from localcloud.streams.kinesis.shard import Shard
from localcloud.streams.kinesis.stream import ON_DEMAND, DataStream

Request = Mapping[str, Any]
OperationResult = dict[str, Any]
KIB: Final = 1024
MOST_BYTES: Final = 10 * KIB * KIB
THROUGHPUT: Final = "ProvisionedThroughputExceededException"
DRY_RUN: Final = "Request would have succeeded, but DryRun flag is set."


def put_record(region: Region, request: Request) -> OperationResult:
    """Add a record."""
    started = time.perf_counter()
    stream = region.stream(request)
    size = _checked_size(stream, request, "")
    ordering = request.get("SequenceNumberForOrdering")
    if ordering is not None:
        _check_ordering(region, stream, ordering)
    if request.get("DryRun"):
        raise DryRun(DRY_RUN)
    data: bytes = request["Data"]
    key = request.get("PartitionKey") or ""
    shard = stream.shard_of(key, request.get("ExplicitHashKey"))
    if not (request.get(UNCOUNTED) or shard.writing.admit(size)):
        measure_put(region.ports.measures, stream, shard, (size, _since(started)), throttled=True)
        stream.refused(shard, key, request.get("ExplicitHashKey"))
        _relieve(region, stream)
        raise ThroughputExceeded(rate_exceeded(region, stream, shard))
    number = _append(region, stream, {shard: [(key, data)]})[shard][0]
    measure_put(region.ports.measures, stream, shard, (size, _since(started)), throttled=False)
    return {"ShardId": shard.id, "SequenceNumber": number, **_encryption(stream)}


def put_records(region: Region, request: Request) -> OperationResult:
    """Add records; one that its shard does not take now fails alone."""
    started = time.perf_counter()
    stream = region.stream(request)
    entries: list[Request] = request["Records"]
    weights = [
        _checked_size(stream, entry, f"records.{number}.member.")
        for number, entry in enumerate(entries, start=1)
    ]
    if sum(weights) > MOST_BYTES:
        raise InvalidArgument("Records size exceeds 10 MB limit")
    if request.get("DryRun"):
        raise DryRun(DRY_RUN)
    rows: dict[Shard, list[tuple[str, bytes]]] = defaultdict(list)
    sizes: dict[Shard, int] = defaultdict(int)
    places: list[tuple[Shard, int | None]] = []
    for entry, size in zip(entries, weights, strict=True):
        key = entry.get("PartitionKey") or ""
        shard = stream.shard_of(key, entry.get("ExplicitHashKey"))
        if shard.writing.admit(size):
            places.append((shard, len(rows[shard])))
            rows[shard].append((key, entry["Data"]))
            sizes[shard] += size
        else:
            places.append((shard, None))
            stream.refused(shard, key, entry.get("ExplicitHashKey"))
    numbers = _append(region, stream, rows) if rows else {}
    results: list[OperationResult] = []
    for shard, place in places:
        if place is None:
            message = rate_exceeded(region, stream, shard)
            results.append({"ErrorCode": THROUGHPUT, "ErrorMessage": message})
        else:
            results.append({"SequenceNumber": numbers[shard][place], "ShardId": shard.id})
    failed = [shard for shard, place in places if place is None]
    counts = {shard: (len(rows[shard]), sizes[shard]) for shard in rows}
    measure_puts(region.ports.measures, stream, counts, failed, _since(started))
    if failed:
        _relieve(region, stream)
    return {"FailedRecordCount": len(failed), "Records": results, **_encryption(stream)}


def _since(started: float) -> float:
    """Return the milliseconds since a moment."""
    return (time.perf_counter() - started) * 1000


def _append(
    region: Region, stream: DataStream, rows: Mapping[Shard, list[tuple[str, bytes]]]
) -> dict[Shard, list[str]]:
    """Add records to their shards, write them, report them; return their numbers."""
    numbers: dict[Shard, list[str]] = {}
    for shard, records in rows.items():
        written: dict[int, list[Row]] = defaultdict(list)
        numbers[shard] = []
        for key, data in records:
            place, arrival = stream.append(shard, key, data)
            written[shard.log.segment].append((place, arrival, key, data))
            numbers[shard].append(shard.sequence(place, arrival))
        for segment, additions in written.items():
            region.ports.keeping.records(stream, shard, segment, additions)
    for shard in rows:
        shard.notify()
        region.ports.changed(stream.arn, shard.id)
    return numbers


def _relieve(region: Region, stream: DataStream) -> None:
    """Let a stream on demand grow where it was too narrow."""
    if stream.settings.mode == ON_DEMAND:
        parents = relieve(stream)
        if parents:
            resharded(region, stream, parents)


def resharded(region: Region, stream: DataStream, parents: Sequence[Shard]) -> None:
    """Write the shards, and notify the parents' readers that the parents have an end now."""
    region.ports.keeping.stream(stream)
    for shard in parents:
        shard.notify()
        region.ports.changed(stream.arn, shard.id)


def rate_exceeded(region: Region, stream: DataStream, shard: Shard) -> str:
    """Return AWS's words about a shard that has had enough for now."""
    return f"Rate exceeded for shard {shard.id} in stream {stream.name} under account {region.account}."


def _checked_size(stream: DataStream, entry: Request, path: str) -> int:
    """Check what depends on the stream, or what no pattern says, and return the bytes of a record.

    Raises
    ------
    InvalidArgument, Validation
    """
    key = entry.get("PartitionKey")
    if key is None and stream.settings.distribution != "AUTO":
        place = f"{path}partitionKey"
        raise Validation(
            f"1 validation error detected: Value null at '{place}' failed to satisfy constraint: "
            "Member must not be null"
        )
    most = stream.settings.max_record_kib * KIB
    length = len(entry["Data"])
    size = length + len((key or "").encode())
    if size > most:
        raise Validation(
            f"1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim={length} cap={length}]' "
            f"at '{path}data' failed to satisfy constraint: Member must have length less than or equal to "
            f"{most}"
        )
    explicit = entry.get("ExplicitHashKey")
    if explicit is not None and int(explicit) >= HASHES:
        raise InvalidArgument(
            "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
            f"Specified value was {explicit}"
        )
    return size


def _check_ordering(region: Region, stream: DataStream, number: str) -> None:
    """Refuse a number that no record of the past can have: records that follow are greater anyway."""
    try:
        later = parse(number).second > region.now // 1000
    except ValueError:
        later = True
    if later:
        raise InvalidArgument(
            f"ExclusiveMinimumSequenceNumber {number} used in PutRecord on stream {stream.name} under "
            f"account {region.account} is invalid."
        )


def _encryption(stream: DataStream) -> OperationResult:
    return {"EncryptionType": "KMS"} if stream.settings.key_id else {}
