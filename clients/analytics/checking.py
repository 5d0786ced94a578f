"""Whether figures agree that were counted in different ways: to the unit, or where they do not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from clients import reading
from clients.analytics.figures import ShopFigures

Counts: TypeAlias = "Mapping[tuple[str, str], int]"
"""By figure (``entries``, ``now``, ``deliveries``, ``amount``) and status or currency; zeros left out."""

QUESTION = "figures"
"""The saved question that counts them by SQL: rows of figure, name and value."""


class Difference(NamedTuple):
    """A figure that is not the same everywhere: its value in each place, in their order."""

    figure: str
    name: str
    values: tuple[int, ...]


def of_figures(figures: ShopFigures) -> Counts:
    """Return the live figures as counts."""
    counts = {("entries", status.value): count for status, count in figures.entries.items()}
    counts |= {("now", status.value): count for status, count in figures.now.items()}
    counts |= {("deliveries", currency): revenue.orders for currency, revenue in figures.revenue.items()}
    counts |= {("amount", currency): revenue.amount for currency, revenue in figures.revenue.items()}
    return without_zeros(counts)


def of_rows(rows: Iterable[Sequence[object]]) -> Counts:
    """Return the answer to the saved question as counts.

    Raises
    ------
    clients.reading.Unexpected
        A row is not a figure, a name and a whole number.
    """
    counts: dict[tuple[str, str], int] = {}
    for number, row in enumerate(rows):
        figure, name, value = (*row, None, None, None)[:3]
        where = f"row {number + 1} of {QUESTION}"
        counts[reading.text(figure, where), reading.text(name, where)] = reading.whole(value, where)
    return without_zeros(counts)


def without_zeros(counts: Counts) -> Counts:
    """Return what is counted at all: a status that no order is in is mentioned in some places alone."""
    return {key: count for key, count in counts.items() if count}


def differences(places: Sequence[Counts]) -> list[Difference]:
    """Return the figures that are not the same in all places.

    Examples
    --------
    >>> live = {("entries", "RECEIVED"): 2, ("amount", "EUR"): 900}
    >>> differences([live, live, {("entries", "RECEIVED"): 2}])
    [Difference(figure='amount', name='EUR', values=(900, 900, 0))]
    """
    every = sorted({key for counts in places for key in counts})
    values = {key: tuple(counts.get(key, 0) for counts in places) for key in every}
    return [Difference(*key, numbers) for key, numbers in values.items() if len(set(numbers)) > 1]
