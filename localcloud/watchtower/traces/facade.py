"""What the services of the local cloud use of X-Ray, in whichever process they are.

The code that runs them all starts the daemon (``service``).
"""

from __future__ import annotations

from localcloud.watchtower.traces.current import (
    current,
    current_text,
    links,
    trace_headers,
    use,
    working_for,
)
from localcloud.watchtower.traces.documents import JSON, Document
from localcloud.watchtower.traces.emitter import Emitter
from localcloud.watchtower.traces.header import (
    NAME,
    TraceHeader,
    derived_id,
    new_segment_id,
    new_trace_id,
    parse_header,
)

__all__ = [
    "JSON",
    "NAME",
    "Document",
    "Emitter",
    "TraceHeader",
    "current",
    "current_text",
    "derived_id",
    "links",
    "new_segment_id",
    "new_trace_id",
    "parse_header",
    "trace_headers",
    "use",
    "working_for",
]
