"""What the other services of the local cloud use of X-Ray."""

from __future__ import annotations

from localcloud.watchtower.traces.header import (
    NAME,
    TraceHeader,
    derived_id,
    new_segment_id,
    new_trace_id,
    parse_header,
)
from localcloud.watchtower.traces.service import XRay

__all__ = [
    "NAME",
    "TraceHeader",
    "XRay",
    "derived_id",
    "new_segment_id",
    "new_trace_id",
    "parse_header",
]
