"""Who may listen to event streams: what `test_streams` tries cell by cell, and `docs/access.md` shows."""

from __future__ import annotations

from dataclasses import dataclass

from tests.access.table import Caller, Of, Outcome

LISTENERS = (Caller.OWNER, Caller.STRANGER, Caller.STAFF)
NOT_THERE = "404 `order-not-found`"


@dataclass(frozen=True)
class StreamRow:
    """A stream, and what comes of it for each of `LISTENERS`."""

    path: str
    of: Of
    outcomes: tuple[str, str, str]

    def outcome(self, caller: Caller) -> str:
        """Return what comes of it for ``caller``."""
        return self.outcomes[LISTENERS.index(caller)]


_ORDER_EVENTS = "/orders/{id}/events"
STREAM_ROWS = (
    StreamRow(_ORDER_EVENTS, Of.THEIRS, (Outcome.HEARS, NOT_THERE, Outcome.HEARS)),
    StreamRow(_ORDER_EVENTS, Of.NONE, (NOT_THERE, NOT_THERE, NOT_THERE)),
    StreamRow(f"{_ORDER_EVENTS}?wait=1", Of.THEIRS, (Outcome.HEARS, Outcome.SILENCE, Outcome.HEARS)),
    StreamRow(f"{_ORDER_EVENTS}?wait=1", Of.NONE, (Outcome.SILENCE, Outcome.SILENCE, Outcome.SILENCE)),
    StreamRow("/events", Of.THEIRS, (Outcome.HEARS, Outcome.SILENCE, Outcome.SILENCE)),
)
