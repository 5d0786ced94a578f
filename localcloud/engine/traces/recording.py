"""The engine's own segments, and its decisions on new traces."""

from __future__ import annotations

from localcloud.watchtower.traces.front import Document, Emitter, TraceHeader, new_trace_id


class EngineTraces:
    """Sends segments to the daemon of the local cloud's process.

    Parameters
    ----------
    address
        ``HOST:PORT`` of the daemon; empty: nothing is recorded.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._emitter = Emitter(address)

    def begin(self, header: TraceHeader | None, service: str, kind: str) -> TraceHeader:
        """Return the trace that a request belongs to: its caller's, or a new one."""
        header = header or TraceHeader(new_trace_id())
        if header.sampled is None:
            return TraceHeader(header.root, header.parent, bool(self._address))
        return header

    def send(self, segment: Document) -> None:
        """Send a segment; never waits."""
        self._emitter.send(segment)
