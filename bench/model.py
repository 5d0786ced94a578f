"""What a benchmark is, and what it says: figures, each against its target."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.sides import HERE, Side
from bench.statistics import Summary


class NotMeasured(Exception):
    """A benchmark could not be carried out; the message says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """A promise: the figure stays ``below`` a value, or is ``at_least`` one, or ``exactly`` one."""

    below: float | None = None
    at_least: float | None = None
    exactly: float | None = None

    def met_by(self, value: float) -> bool:
        """Say whether a figure keeps the promise."""
        return (
            (self.below is None or value < self.below)
            and (self.at_least is None or value >= self.at_least)
            and (self.exactly is None or value == self.exactly)
        )

    def __str__(self) -> str:
        bounds = [
            f"{sign} {value:g}"
            for sign, value in (("<", self.below), ("≥", self.at_least), ("=", self.exactly))
            if value is not None
        ]
        return " and ".join(bounds)


@dataclass(frozen=True, slots=True)
class Beside:
    """A promise beside the base: a bound on this side's figure divided by the base's.

    Attributes
    ----------
    sooner
        The base's figure is divided by this side's instead: how many times sooner it is over.
    """

    target: Target
    sooner: bool = False

    def of(self, now: float, base: float) -> float | None:
        """Return the ratio; None where it would be a division by nothing."""
        above, below = (base, now) if self.sooner else (now, base)
        return above / below if below else None

    def __str__(self) -> str:
        return f"{self.target} times{' sooner' if self.sooner else ''}"


# Turns of one and the same side differ by as much.
NOT_SLOWER, NOT_LESS = Beside(Target(below=1.1)), Beside(Target(at_least=0.9))


@dataclass(frozen=True, slots=True)
class Figure:
    """One result.

    Attributes
    ----------
    value
        What counts against the target, such as a median.
    spread
        Of the measurements it comes from; None where there was one.
    note
        How it was measured, where the name does not say it.
    beside
        What it shall be beside the base's.
    """

    name: str
    value: float
    unit: str
    target: Target | None = None
    spread: Summary | None = None
    note: str = ""
    beside: Beside | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        return None if self.target is None else self.target.met_by(self.value)


@dataclass(frozen=True, slots=True)
class Context:
    """What a benchmark is given.

    Attributes
    ----------
    folder
        A folder of its own, removed afterwards.
    quick
        Measure shortly: it shows that the harness works, not how fast anything is.
    say
        Shows a person how far it is.
    side
        Whose software is measured.
    peers
        Whether other people's servers are measured beside it; not in a comparison with a base.
    """

    folder: Path
    quick: bool = False
    say: Callable[[str], None] = lambda text: None
    side: Side = HERE
    peers: bool = True


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A named measurement.

    Attributes
    ----------
    name
        ``burst.orders`` is a part of ``burst``: that name stands for all of them.
    limit
        Seconds after which it is given up.
    long
        It takes too long to be run unless it is asked for, and to be run more than once a side.
    """

    name: str
    title: str
    limit: float
    run: Callable[[Context], Awaitable[Sequence[Figure]]]
    long: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure of this side beside the same of the base, each of some turns.

    Attributes
    ----------
    now, base
        The values, one of each turn in which there was one.
    ratio
        That of the medians, by ``Figure.beside`` or else this side's divided by the base's.
    ratios
        Those within each turn, which hold what else the machine did against both sides.
    """

    figure: Figure
    now: tuple[float, ...]
    base: tuple[float, ...]
    ratio: float | None = None
    ratios: tuple[float, ...] = ()

    @property
    def met(self) -> bool | None:
        """Whether the ratio is as promised; None without a promise or a ratio."""
        if self.figure.beside is None or self.ratio is None:
            return None
        return self.figure.beside.target.met_by(self.ratio)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one benchmark: figures, or the error that ended it.

    Attributes
    ----------
    comparisons
        Beside a base: one for each of the figures that either side has.
    base_error
        Why the base could not be measured, in one of its turns at least.
    """

    benchmark: Benchmark
    seconds: float
    figures: tuple[Figure, ...] = field(default=())
    error: str | None = None
    comparisons: tuple[Comparison, ...] = ()
    base_error: str | None = None

    @property
    def missed(self) -> list[Figure]:
        """The figures that miss their target, or their ratio to the base's."""
        missed = [figure for figure in self.figures if figure.met is False]
        return missed + [comparison.figure for comparison in self.comparisons if comparison.met is False]
