"""The engine's own segments, and its decisions on new traces."""

from __future__ import annotations

from typing import Any, Final

from localcloud.watchtower.traces.facade import Document, Emitter, TraceHeader, new_trace_id
from localcloud.watchtower.traces.sampling import Sampled, Sampler, rules_of

_SAMPLER: Final = Sampler()
"""This process's copy of the daemon's rules: none, and so everything, until one is created."""


def use_rules(document: Any) -> None:
    """Decide by the rules that GetSamplingRules has answered from now on; callable from any thread."""
    _SAMPLER.use(rules_of(document))


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
        """Return the trace that a request belongs to: its caller's, or a new one by the sampling rules."""
        header = header or TraceHeader(new_trace_id())
        if header.sampled is not None:
            return header
        sampled = bool(self._address) and _SAMPLER.decide(Sampled(service, kind))
        return TraceHeader(header.root, header.parent, sampled)

    def send(self, segment: Document) -> None:
        """Send a segment; never waits."""
        self._emitter.send(segment)
