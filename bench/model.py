"""What a benchmark is, and what it says: figures, each against its target."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

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
        told = [
            f"{sign} {value:g}"
            for sign, value in (("<", self.below), ("≥", self.at_least), ("=", self.exactly))
            if value is not None
        ]
        return " and ".join(told)


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
    """

    name: str
    value: float
    unit: str
    target: Target | None = None
    spread: Summary | None = None
    note: str = ""

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
        Tells a person how far it is.
    """

    folder: Path
    quick: bool = False
    say: Callable[[str], None] = lambda text: None


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A named measurement.

    Attributes
    ----------
    limit
        Seconds after which it is given up.
    """

    name: str
    title: str
    limit: float
    run: Callable[[Context], Awaitable[Sequence[Figure]]]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one benchmark: figures, or the error that ended it."""

    benchmark: Benchmark
    seconds: float
    figures: tuple[Figure, ...] = field(default=())
    error: str | None = None

    @property
    def missed(self) -> list[Figure]:
        """The figures that miss their target."""
        return [figure for figure in self.figures if figure.met is False]
