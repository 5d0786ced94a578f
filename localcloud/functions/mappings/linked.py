"""The trace that a batch of messages belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from localcloud.functions.mappings.records import Record
from localcloud.watchtower.traces.facade import TraceHeader, parse_header, use


def use_traces_of(records: Sequence[Record]) -> None:
    """Have this task go on with the trace of a batch's messages.

    Messages of several traces cannot go on with one of them: the invocation begins one of its own, and
    its segment has links to theirs.
    """
    headers: dict[str, TraceHeader] = {}
    for record in records:
        attributes = record["attributes"]
        text = attributes.get("AWSTraceHeader") if isinstance(attributes, dict) else None
        header = parse_header(text) if isinstance(text, str) else None
        if header is not None:
            headers.setdefault(header.root, header)
    if len(headers) == 1:
        use(next(iter(headers.values())))
    else:
        use(None, tuple(header for header in headers.values() if header.sampled))
