"""What is known of each order of a burst."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from clients.model import Status


class Outcome(StrEnum):
    """What an order's submission came to."""

    ACCEPTED = "accepted"
    THROTTLED = "throttled"
    """Refused for the rate: another time it may be taken."""
    REFUSED = "refused"
    """Refused for what it is."""
    FAILED = "failed"
    """No answer, or an empty one: the order may have been taken."""


@dataclass(slots=True)
class Record:
    """One order.

    Attributes
    ----------
    number
        Its place among all orders of the burst, as they were to be sent.
    due, sent, answered, started
        Seconds on this client's clock: when it was to be sent, when it was, when the answer was there, and
        when the news came of its first state after RECEIVED. None for what did not happen.
    started_at
        When that state was written, on the server's clock.
    states
        Those that arrived, in their order.
    """

    number: int
    customer: str
    order_id: str
    due: float = 0.0
    sent: float | None = None
    answered: float | None = None
    outcome: Outcome | None = None
    reason: str = ""
    started: float | None = None
    started_at: datetime | None = None
    sent_twice: bool = False
    states: list[Status] = field(default_factory=list)

    @property
    def final(self) -> bool:
        """Whether its last state is there."""
        return bool(self.states) and self.states[-1].final
