"""Segment documents: what X-Ray takes, what it refuses and why.

Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html. The codes of
refusals are not documented; these are as descriptive as those that AWS's answers are known to hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from localcloud.watchtower.traces.header import is_segment_id, is_trace_id

JSON = dict[str, "JSON"] | list["JSON"] | str | int | float | bool | None
Document = dict[str, JSON]

LARGEST: Final = 64 * 1024
"""How many bytes a document may have."""
LAST_MOMENT: Final = 253_402_300_799
"""The last second of the year 9999: a greater number is no time."""
_NAME: Final = re.compile(r"[\w\s.:/%&#=+\\\-@]{1,200}")
_ANNOTATION: Final = re.compile(r"[A-Za-z0-9_]{1,500}")

encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class SegmentRefused(Exception):
    """X-Ray does not take a document.

    Parameters
    ----------
    code
        Such as ``InvalidTraceId``.
    segment_id
        The document's own id, where it can be read.
    """

    def __init__(self, code: str, message: str, segment_id: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.segment_id = segment_id


class Parsed(NamedTuple):
    """A document that was taken, and the trace it belongs to."""

    trace_id: str
    document: Document


def parse_document(text: str | bytes) -> Parsed:
    """Read a segment, or a subsegment that is sent apart.

    Raises
    ------
    SegmentRefused

    Examples
    --------
    >>> parse_document('{"name": "shop", "id": "70de5b6f19ff9a0a"}')
    Traceback (most recent call last):
    localcloud.watchtower.traces.documents.SegmentRefused: Invalid segment. ErrorCode: MissingStartTime
    """
    size = len(text) if isinstance(text, bytes) else len(text.encode())
    if size > LARGEST:
        raise _refused("SegmentTooLarge", f"The segment document has {size} bytes; the limit is {LARGEST}.")
    try:
        document: JSON = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise _refused("ParseError") from None
    if not isinstance(document, dict):
        raise _refused("ParseError")
    trace_id = document.get("trace_id")
    segment_id = document.get("id")
    own = segment_id if isinstance(segment_id, str) else None
    reason = next(_faults(document), None)
    if reason is None and not is_trace_id(trace_id):
        reason = "MissingTraceId" if trace_id is None else "InvalidTraceId"
    apart = document.get("type") == "subsegment"
    if reason is None and apart and not is_segment_id(document.get("parent_id")):
        reason = "MissingParentId"
    if reason is not None:
        raise _refused(reason, segment_id=own)
    return Parsed(str(trace_id), document)


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _refused(code: str, message: str = "", segment_id: str | None = None) -> SegmentRefused:
    return SegmentRefused(code, message or f"Invalid segment. ErrorCode: {code}", segment_id)


def _faults(document: Document) -> Iterator[str]:
    """Yield what is wrong with the members that segments and subsegments share."""
    name, start, end = document.get("name"), document.get("start_time"), document.get("end_time")
    if not is_segment_id(document.get("id")):
        yield "MissingId" if document.get("id") is None else "InvalidId"
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        yield "MissingName" if name is None else "InvalidName"
    if not _is_time(start):
        yield "MissingStartTime" if start is None else "InvalidStartTime"
    if end is None and document.get("in_progress") is not True:
        yield "MissingEndTime"
    if end is not None and (not _is_time(end) or _seconds(end) < _seconds(start)):
        yield "InvalidEndTime"
    if not _are_annotations(document.get("annotations")):
        yield "InvalidAnnotation"
    subsegments = document.get("subsegments")
    for subsegment in subsegments if isinstance(subsegments, list) else [subsegments]:
        if isinstance(subsegment, dict) and isinstance(subsegments, list):
            yield from _faults(subsegment)
        elif subsegments is not None:
            yield "InvalidSubsegments"


def _is_time(value: JSON) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LAST_MOMENT


def _seconds(value: JSON) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _are_annotations(value: JSON) -> bool:
    if value is None:
        return True
    return isinstance(value, dict) and all(
        _ANNOTATION.fullmatch(name) and isinstance(item, str | int | float | bool)
        for name, item in value.items()
    )


def children(document: Mapping[str, JSON]) -> list[Document]:
    """Return a document's own subsegments."""
    listed = document.get("subsegments")
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def walk(document: Document) -> Iterator[Document]:
    """Yield a document and all that is within, parents first."""
    yield document
    for child in children(document):
        yield from walk(child)


def text_of(document: Mapping[str, JSON], *names: str) -> str:
    """Return a text at a path of members; empty where there is none."""
    value: JSON = dict(document)
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def started(document: Mapping[str, JSON]) -> float:
    """Return when it began, in seconds since 1970."""
    return _seconds(document.get("start_time"))


def ended(document: Mapping[str, JSON]) -> float:
    """Return when it ended; what is in progress has its beginning."""
    return _seconds(document.get("end_time")) or started(document)


def status_of(document: Mapping[str, JSON]) -> int | None:
    """Return the HTTP status of its answer."""
    http = document.get("http")
    response = http.get("response") if isinstance(http, dict) else None
    status = response.get("status") if isinstance(response, dict) else None
    return int(status) if isinstance(status, int | float) and not isinstance(status, bool) else None
