"""Whether the orders of a customer began in the order in which they were sent.

Which of two orders in flight came first is undefined. So the order of two is
certain only where the second one was sent when the first one's answer was there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

AT_ONE_TIME = 1.0
"""Seconds: workflows that begin one after another run beside each other, so that this is no overtaking."""


class Start(NamedTuple):
    """When an order was sent, accepted and begun, in seconds; the last may be another clock's."""

    customer: str
    sent: float
    accepted: float
    started: float


def overtaken(starts: Iterable[Start]) -> int:
    """Count the orders that began after one that the same customer sent when they were accepted already.

    Examples
    --------
    >>> first, second = Start("ada", 0.0, 0.1, 9.0), Start("ada", 0.2, 0.3, 5.0)
    >>> overtaken([first, second]), overtaken([first, second._replace(sent=0.05)])
    (1, 0)
    """
    by_customer: dict[str, list[Start]] = {}
    for start in starts:
        by_customer.setdefault(start.customer, []).append(start)
    return sum(_of_one(each) for each in by_customer.values())


def _of_one(starts: list[Start]) -> int:
    starts.sort(key=lambda start: start.sent)
    sent = [start.sent for start in starts]
    # When the soonest began of those from here on; of none, never.
    soonest = [float("inf")]
    for start in reversed(starts):
        soonest.append(min(soonest[-1], start.started))
    soonest.reverse()
    return sum(soonest[bisect_right(sent, start.accepted)] + AT_ONE_TIME < start.started for start in starts)
