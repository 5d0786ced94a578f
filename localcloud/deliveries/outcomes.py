"""How an attempt to deliver ends."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Delivered:
    """The endpoint has it."""


@dataclass(frozen=True)
class DeliveryRefused:
    """A client-side error: another attempt would end the same way, so there is none.

    Attributes
    ----------
    code
        The kind of failure in the words of the sender, such as ``NO_RESOURCE``; empty where it has none.
    """

    reason: str
    code: str = field(default="", repr=False)


@dataclass(frozen=True)
class Unavailable:
    """A server-side error: the schedule says whether and when it is tried again.

    Attributes
    ----------
    code
        As that of :class:`DeliveryRefused`.
    after
        How many seconds the endpoint wants to be left alone, if it says so (``Retry-After``).
    """

    reason: str
    code: str = field(default="", repr=False)
    after: float = field(default=0.0, repr=False)


@dataclass(frozen=True)
class Unreachable(Unavailable):
    """Nothing listens at the endpoint, so the attempt was not received."""


Outcome = Delivered | DeliveryRefused | Unavailable
