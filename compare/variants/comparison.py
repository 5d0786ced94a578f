"""A comparison of variants: its rows, and what is said of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from compare.prices import PriceBook
from compare.spread import undecided
from compare.variants.evidence import Evidence
from compare.variants.running import Row

FIGURES = (("accepted", "accepted"), ("begun", "first state"), ("ended", "last state"))


@dataclass(frozen=True, slots=True)
class Comparison:
    """The whole report.

    Attributes
    ----------
    pauses
        Seconds that the shop itself lets a delivered order wait: what is over of its life is added.
    evidence
        Of each orchestrator, by its name.
    """

    family: str
    date: datetime
    machine: str
    orders: int
    rate: float
    rows: tuple[Row, ...]
    book: PriceBook
    worries: tuple[str, ...]
    burst: bool = False
    pauses: float = 0.0
    evidence: Mapping[str, Evidence] = field(default_factory=dict)

    def added(self, row: Row) -> float | None:
        """Return the milliseconds of the median order's life that are no pause of the shop's."""
        return None if row.ended is None else row.ended.p50 - self.pauses * 1000

    @property
    def sending(self) -> str:
        """How the orders were sent, in words."""
        return "all at once" if self.burst else f"{self.rate:g} a second"

    @property
    def drowned(self) -> list[str]:
        """What the machine's noise drowns, in words; of a burst's one turn nothing can be said."""
        if self.burst:
            return []
        sentences = []
        for what, words in FIGURES:
            spreads = [noise for row in self.rows if (noise := row.noise[what]) is not None]
            sentences += [f"{words}: {first} and {second}" for first, second in undecided(spreads)]
        return sentences
