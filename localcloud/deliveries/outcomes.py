"""How an attempt to deliver ends."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Delivered:
    """The endpoint has it."""


@dataclass(frozen=True)
class Refused:
    """A client-side error: another attempt would end the same way, so there is none."""

    reason: str


@dataclass(frozen=True)
class Unavailable:
    """A server-side error: the schedule says whether and when it is tried again."""

    reason: str


@dataclass(frozen=True)
class Unreachable(Unavailable):
    """Nobody listens at the endpoint, so nobody has seen the attempt."""


Outcome = Delivered | Refused | Unavailable
