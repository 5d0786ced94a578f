"""What becomes of a record before it is buffered: unpacked, split, and given its partition keys."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping

from localcloud.streams.firehose.failures import PROCESSING
from localcloud.streams.firehose.processing import Processing
from localcloud.streams.firehose.queries import well_formed
from localcloud.streams.firehose.records import Failure, Record


def unpacked(record: Record) -> Record | Failure:
    """Return a record that its producer packed with GZIP as it was before."""
    try:
        return record.became(gzip.decompress(record.data))
    except (OSError, EOFError, zlib.error) as error:
        return Failure(
            record, PROCESSING, "Decompression.Failed", f"The record cannot be decompressed: {error}"
        )


def split(record: Record, by: str) -> list[Record] | Failure:
    r"""Return the records within a record; each holds its receipt.

    Parameters
    ----------
    by
        ``JSON``, or a delimiter.

    Examples
    --------
    >>> [part.data for part in split(Record(b'{"a":1}{"a":2}', 0.0), "JSON")]
    [b'{"a":1}', b'{"a":2}']
    >>> [part.data for part in split(Record(b"a\nb\n", 0.0), "\n")]
    [b'a', b'b']
    """
    try:
        text = record.data.decode()
        parts = list(_documents(text)) if by == "JSON" else [part for part in text.split(by) if part]
    except (ValueError, RecursionError) as error:
        return Failure(record, PROCESSING, "DynamicPartitioning.DeAggregationFailed", f"{error}")
    if not parts:
        return Failure(record, PROCESSING, "DynamicPartitioning.DeAggregationFailed", "The record is empty")
    record.receipt.hold(len(parts) - 1)
    return [record.became(well_formed(part).encode()) for part in parts]


def keys_of(record: Record, processing: Processing) -> Mapping[str, str] | Failure:
    """Return the partition keys that the query extracts from a record."""
    if processing.query is None:
        return {}
    try:
        return processing.query.extract(record.data)
    except ValueError as error:
        return Failure(record, PROCESSING, "DynamicPartitioning.MetadataExtractionFailed", f"{error}")


def _documents(text: str) -> Iterator[str]:
    decoder = json.JSONDecoder()
    position = 0
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        if position == len(text):
            return
        document, end = decoder.raw_decode(text, position)
        if isinstance(document, list):
            # "JSON objects in an array" are records as well.
            yield from (json.dumps(item, separators=(",", ":"), ensure_ascii=False) for item in document)
        else:
            yield text[position:end]
        position = end
