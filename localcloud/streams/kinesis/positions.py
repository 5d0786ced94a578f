"""Where in a shard a reader begins: the five types of starting positions."""

from __future__ import annotations

from typing import Final

from localcloud.streams.kinesis.errors import InvalidArgument
from localcloud.streams.kinesis.region import Region
from localcloud.streams.kinesis.sequence import parse
from localcloud.streams.kinesis.shard import Shard, shard_id
from localcloud.streams.kinesis.stream import DataStream

_BY_NUMBER: Final = frozenset({"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"})
_MUST_EITHER: Final = (
    "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or "
    "(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified {} and {} "
    "StartingSequenceNumber."
)


def position_of(
    region: Region,
    place: tuple[DataStream, Shard],
    kind: str,
    number: str | None,
    moment: float | None,
) -> int:
    """Return the index of the first record that a starting position lets through.

    Raises
    ------
    InvalidArgument
        It has a number or a moment too much, or one too few, or one of another shard.
    """
    stream, shard = place
    if number is not None and kind not in _BY_NUMBER:
        raise InvalidArgument(_MUST_EITHER.format(kind, "also a"))
    match kind:
        case "TRIM_HORIZON":
            return shard.log.first
        case "LATEST":
            return shard.log.next
        case "AT_TIMESTAMP":
            return shard.log.first_since(_moment(region, moment))
    if number is None:
        raise InvalidArgument(_MUST_EITHER.format(kind, "no"))
    index = _index(region, stream, shard, number)
    return index if kind == "AT_SEQUENCE_NUMBER" else index + 1


def _moment(region: Region, moment: float | None) -> int:
    """Return a moment in milliseconds since 1970."""
    if moment is None:
        raise InvalidArgument(
            "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has "
            "no timestamp parameter."
        )
    milliseconds = round(moment * 1000)
    if milliseconds > region.now:
        raise InvalidArgument(
            "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
            f"timestampInMillis: {milliseconds}, currentTimestampInMillis: {region.now}"
        )
    return milliseconds


def _index(region: Region, stream: DataStream, shard: Shard, text: str) -> int:
    """Return the index that a sequence number of a shard holds."""
    where = (
        f"StartingSequenceNumber {text} used in GetShardIterator on shard {shard.id} in stream {stream.name} "
        f"under account {region.account} is invalid"
    )
    try:
        number = parse(text)
    except ValueError as error:
        raise InvalidArgument(f"{where}.") from error
    if number.shard != shard.number:
        raise InvalidArgument(
            f"Invalid StartingSequenceNumber. It encodes {shard_id(number.shard)}, while it was used in a "
            f"call to a shard with {shard.id}"
        )
    if number.created != shard.created:
        raise InvalidArgument(f"{where} because it did not come from this stream.")
    return min(number.place, shard.log.next)
