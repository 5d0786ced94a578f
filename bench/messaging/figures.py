"""What attempts amount to: order, repetitions, delays. Pure functions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from bench.messaging.records import Attempt


def handled(attempts: Iterable[Attempt]) -> list[Attempt]:
    """Return the attempts that went well, in the order of their invocations and places in the batch."""
    return sorted(
        (attempt for attempt in attempts if attempt.handled),
        key=lambda attempt: (attempt.entered, attempt.id),
    )


def inversions(attempts: Iterable[Attempt]) -> int:
    """Count the messages that were first handled after a later one of the same key.

    Examples
    --------
    >>> attempts = [Attempt(f"{n}", "a", number, float(n), True) for n, number in enumerate([0, 2, 1, 2])]
    >>> inversions(attempts)
    1
    """
    sequences: dict[str, list[int]] = defaultdict(list)
    first: set[tuple[str, int]] = set()
    for attempt in handled(attempts):
        if attempt.message not in first:
            first.add(attempt.message)
            sequences[attempt.key].append(attempt.number)
    count = 0
    for numbers in sequences.values():
        highest = -1
        for number in numbers:
            count += number < highest
            highest = max(highest, number)
    return count


def repeated(attempts: Iterable[Attempt]) -> int:
    """Count how often a message was handled again after it had been handled."""
    counts = Counter(attempt.message for attempt in attempts if attempt.handled)
    return sum(count - 1 for count in counts.values())


def delays(
    attempts: Iterable[Attempt], sent: Mapping[tuple[str, int], float]
) -> dict[tuple[str, int], float]:
    """Return, for each message, the milliseconds from sending it to the invocation that handled it first."""
    times: dict[tuple[str, int], float] = {}
    for attempt in handled(attempts):
        times.setdefault(attempt.message, (attempt.entered - sent[attempt.message]) * 1000)
    return times


def recoveries(attempts: Sequence[Attempt]) -> list[float]:
    """Return, for each message that failed and then went well, the seconds between both."""
    failed: dict[tuple[str, int], float] = {}
    for attempt in sorted(
        (attempt for attempt in attempts if not attempt.handled), key=lambda attempt: attempt.entered
    ):
        failed.setdefault(attempt.message, attempt.entered)
    recovered: dict[tuple[str, int], float] = {}
    for attempt in handled(attempts):
        if attempt.message in failed:
            recovered.setdefault(attempt.message, attempt.entered - failed[attempt.message])
    return list(recovered.values())
