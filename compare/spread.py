"""Whether a difference is one: what runs by turns is measured several times, and the turns differ, too."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Spread:
    """One figure of one contestant, a value for each turn."""

    title: str
    turns: tuple[float, ...]

    @property
    def middle(self) -> float:
        """The median of the turns."""
        return median(self.turns)


def spread(title: str, turns: Iterable[Sequence[float]]) -> Spread | None:
    """Return the median of each turn that has any value; None when none has."""
    medians = tuple(median(values) for values in turns if values)
    return Spread(title, medians) if medians else None


def undecided(spreads: Iterable[Spread]) -> list[tuple[str, str]]:
    """Return the neighbours, by their medians, whose turns overlap: noise drowns the difference.

    With one turn each nothing is known of the noise, and no pair is decided.

    Examples
    --------
    >>> undecided([Spread("a", (10.0, 14.0)), Spread("b", (13.0, 20.0)), Spread("c", (90.0, 95.0))])
    [('a', 'b')]
    """
    ordered = sorted(spreads, key=lambda spread: spread.middle)
    return [
        (first.title, second.title)
        for first, second in itertools.pairwise(ordered)
        if min(len(first.turns), len(second.turns)) < 2 or max(first.turns) >= min(second.turns)
    ]
