"""X-Ray's documents of a trace, read as spans: each piece of work, what it is a part of, and its times.

A span holds names, times and whether it failed; of annotations, those that our own functions write.
Addresses, metadata and the texts of exceptions are left out: they may quote what customers sent.

Source: "AWS X-Ray segment documents" in X-Ray's developer guide.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, cast

from orders.model import Timestamp

MOST_SPANS = 1_000
"""Of a trace; an order has some hundred."""

ANNOTATIONS = ("channel", "version", "status", "attempt")
"""What is shown of annotations, in this order."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of work.

    Attributes
    ----------
    parent : str or None
        The span that it is a part of, or that called it.
    origin : str or None
        The AWS service, such as ``AWS::Lambda``; None of a part.
    ended_at : str or None
        None while it is in progress. Both times are ISO 8601 with microseconds.
    detail : str or None
        What it was about: an operation, an HTTP status, a channel and version.
    """

    id: str
    parent: str | None
    name: str
    origin: str | None
    started_at: Timestamp
    ended_at: Timestamp | None
    failed: bool
    detail: str | None = None


class SpanStore(Protocol):
    """What keeps the traces."""

    def documents(self, trace_id: str) -> Sequence[str]:
        """Return the documents of a trace, each a segment as JSON; none when it is not kept (any more).

        Raises
        ------
        TraceThrottled
        """
        ...


def trace_id_of(header: str | None) -> str | None:
    """Return the trace's id in X-Ray's header; None when there is none.

    Examples
    --------
    >>> trace_id_of("Root=1-6569a0c0-0123456789abcdef01234567;Sampled=1")
    '1-6569a0c0-0123456789abcdef01234567'
    """
    fields = dict(part.strip().partition("=")[::2] for part in (header or "").split(";"))
    return fields.get("Root") or None


def spans_of(documents: Iterable[str]) -> tuple[Span, ...]:
    """Return the spans of a trace, each behind the one that it is a part of, and by their times.

    What is no segment is left out, and so is what comes after `MOST_SPANS`.

    Examples
    --------
    >>> part = {"id": "b", "name": "publish", "start_time": 2, "end_time": 3}
    >>> whole = {"id": "a", "name": "fanout", "start_time": 1, "end_time": 4, "subsegments": [part]}
    >>> [(span.name, span.parent) for span in spans_of([json.dumps(whole)])]
    [('fanout', None), ('publish', 'a')]
    """
    drafts: dict[str, tuple[float, Span]] = {}
    for text in documents:
        for start, span in _read(text):
            drafts.setdefault(span.id, (start, span))
    inside: dict[str | None, list[tuple[float, Span]]] = {}
    for start, span in drafts.values():
        parent = span.parent if span.parent in drafts and span.parent != span.id else None
        inside.setdefault(parent, []).append((start, span))
    ordered: list[Span] = []
    pending = sorted(inside.pop(None, []), key=_by_start, reverse=True)
    while pending and len(ordered) < MOST_SPANS:
        _, span = pending.pop()
        ordered.append(span)
        pending += sorted(inside.pop(span.id, []), key=_by_start, reverse=True)
    return tuple(ordered)


def _by_start(entry: tuple[float, Span]) -> tuple[float, str]:
    start, span = entry
    return start, span.id


def _read(text: str) -> Iterator[tuple[float, Span]]:
    try:
        document = json.loads(text)
    except ValueError:
        return
    # A queue rather than recursion: how deep a document goes is not ours to say.
    waiting: list[tuple[object, str | None]] = [(document, None)]
    while waiting:
        value, around = waiting.pop()
        if not isinstance(value, dict):
            continue
        document = cast("Mapping[str, object]", value)
        id_, name, start = document.get("id"), document.get("name"), document.get("start_time")
        if not isinstance(id_, str) or not isinstance(name, str) or not _is_number(start):
            continue
        called_by = document.get("parent_id")
        parent = around if around is not None else called_by if isinstance(called_by, str) else None
        end, origin = document.get("end_time"), document.get("origin")
        span = Span(
            id=id_,
            parent=parent,
            name=name,
            origin=origin if isinstance(origin, str) else None,
            started_at=_moment(start),
            ended_at=_moment(end) if _is_number(end) and document.get("in_progress") is not True else None,
            failed=any(document.get(flag) is True for flag in ("fault", "error", "throttle")),
            detail=_detail(document),
        )
        yield float(cast("float", start)), span
        parts = document.get("subsegments")
        waiting += [(part, id_) for part in parts] if isinstance(parts, list) else []


def _is_number(value: object) -> bool:
    # Beyond this a clock has no name for it.
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**37


def _moment(seconds: object) -> Timestamp:
    moment = datetime.fromtimestamp(float(cast("float", seconds)), UTC)
    return Timestamp(moment.isoformat(timespec="microseconds").replace("+00:00", "Z"))


def _detail(document: Mapping[str, object]) -> str | None:
    words: list[str] = []
    aws, http = document.get("aws"), document.get("http")
    if isinstance(aws, dict) and isinstance(aws.get("operation"), str):
        words.append(aws["operation"])
    response = http.get("response") if isinstance(http, dict) else None
    if isinstance(response, dict) and isinstance(response.get("status"), int):
        words.append(f"HTTP {response['status']}")
    annotations = document.get("annotations")
    if isinstance(annotations, dict):
        words += [
            f"{name} {annotations[name]}"
            for name in ANNOTATIONS
            if isinstance(annotations.get(name), str | int | float)
        ]
    return ", ".join(words) or None
