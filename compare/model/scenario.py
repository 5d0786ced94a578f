"""What the model is asked about: so many orders, which live so long and are followed by so many."""

from __future__ import annotations

from dataclasses import dataclass

from clients import BadSettings

MONTH = 30 * 24 * 3600
"""Seconds that a month has here."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One load.

    An order's changes are ``changes - 1`` independent, exponentially distributed distances apart, so that
    its life is ``life`` on average: real dwell times differ from order to order, and an order that always
    moves on by the clock would fall in step with the clients that ask by it.

    Attributes
    ----------
    rate
        Orders a second, day and night.
    followers
        Clients that follow each order, each over a connection of its own.
    life
        Seconds from an order's first change to its last, on average.
    changes
        Changes an order goes through, the first among them: 2 or more.
    payload
        Bytes of one change as it is sent.
    poll
        Seconds between the requests of fixed polling.
    linger
        Seconds that a client stays connected after the order's end.

    Examples
    --------
    >>> Scenario(life=30, changes=6).dwell
    6.0
    """

    rate: float = 1.0
    followers: int = 1
    life: float = 30.0
    changes: int = 6
    payload: int = 400
    region: str = "us-east-1"
    poll: float = 1.0
    linger: float = 0.0

    def __post_init__(self) -> None:
        limits = (
            ("rate", self.rate, 1e-6, 1e7),
            ("followers", self.followers, 0, 1e6),
            ("life", self.life, 0.01, 30 * 86400.0),
            ("changes", self.changes, 2, 1000),
            ("payload", self.payload, 1, 240 * 1024),
            ("poll", self.poll, 0.01, 86400.0),
            ("linger", self.linger, 0.0, 30 * 86400.0),
        )
        for name, value, low, high in limits:
            if not low <= value <= high:
                raise BadSettings(f"{name} must be between {low:g} and {high:g}, and is {value:g}")

    @property
    def dwell(self) -> float:
        """Seconds between two changes, on average."""
        return self.life / (self.changes - 1)

    @property
    def monthly(self) -> float:
        """Orders a month."""
        return self.rate * MONTH
