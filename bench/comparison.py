"""A comparison with a base: both sides take turns in one run, and their figures become ratios."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace

from bench.model import Benchmark, Beside, Comparison, Figure, Result, Target
from bench.runner import run_one
from bench.sides import HERE, Side

# Without a promise, a ratio is this side's figure divided by the base's.
_PLAIN = Beside(Target())


async def run_beside(
    benchmark: Benchmark,
    base: Side,
    *,
    turns: int,
    quick: bool,
    say: Callable[[str], None],
    now: Side = HERE,
) -> Result:
    """Run a benchmark on the base, on this side, on the base again, and so on; return both as one result."""
    results: dict[str, list[Result]] = {base.name: [], now.name: []}
    for turn in range(1 if benchmark.long else turns):
        for side in (base, now):

            def tell(text: str, prefix: str = f"turn {turn + 1}, {side.name}: ") -> None:
                say(prefix + text)

            results[side.name].append(await run_one(benchmark, quick=quick, say=tell, side=side, peers=False))
    return combined(benchmark, results[now.name], results[base.name])


def combined(benchmark: Benchmark, now: Sequence[Result], base: Sequence[Result]) -> Result:
    """Return one result of the turns of both sides.

    A figure of several turns is their median. One that must be exact is what it was in its worst turn: what
    was lost once is lost.
    """
    comparisons = compare([turn.figures for turn in now], [turn.figures for turn in base])
    return Result(
        benchmark,
        sum(turn.seconds for turn in (*now, *base)),
        tuple(comparison.figure for comparison in comparisons if comparison.now),
        next((turn.error for turn in now if turn.error is not None), None),
        tuple(comparisons),
        next((turn.error for turn in base if turn.error is not None), None),
    )


def compare(now: Sequence[Sequence[Figure]], base: Sequence[Sequence[Figure]]) -> list[Comparison]:
    """Return this side's figures beside the base's, of some turns each; those of the base alone come last.

    Parameters
    ----------
    now, base
        The figures of each turn; none where it failed.
    """
    latest = {figure.name: figure for turn in (*base, *now) for figure in turn}
    ours = dict.fromkeys(figure.name for turn in now for figure in turn)
    return [_comparison(latest[name], now, base) for name in dict.fromkeys((*ours, *latest))]


def _comparison(
    figure: Figure, now: Sequence[Sequence[Figure]], base: Sequence[Sequence[Figure]]
) -> Comparison:
    ours, theirs = (_values(figure.name, turns) for turns in (now, base))
    ours_there, theirs_there = _there(ours), _there(theirs)
    beside = figure.beside or _PLAIN
    value, ratio = _value(figure, ours_there or theirs_there), None
    if ours_there and theirs_there:
        ratio = beside.of(statistics.median(ours_there), statistics.median(theirs_there))
    pairs = [pair for pair in zip(ours, theirs, strict=False) if None not in pair]
    ratios = [beside.of(mine, other) for mine, other in pairs if mine is not None and other is not None]
    return Comparison(replace(figure, value=value), ours_there, theirs_there, ratio, _there(ratios))


def _values(name: str, turns: Sequence[Sequence[Figure]]) -> list[float | None]:
    return [next((figure.value for figure in turn if figure.name == name), None) for turn in turns]


def _there(values: Sequence[float | None]) -> tuple[float, ...]:
    return tuple(value for value in values if value is not None)


def _value(figure: Figure, values: Sequence[float]) -> float:
    if figure.target is not None and figure.target.exactly is not None:
        return next((value for value in values if not figure.target.met_by(value)), values[0])
    return statistics.median(values)
