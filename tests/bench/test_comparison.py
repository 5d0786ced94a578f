"""Two sides by turns: ratios, their direction, and what a table says of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench import __main__ as cli
from bench import comparison, report
from bench.comparison import combined, compare
from bench.machine import Machine
from bench.model import Benchmark, Beside, Context, Figure, NotMeasured, Result, Target
from bench.sides import HERE, Side

BASE = Side("base", Path("/base"), Path("/base/python"), "4e8be7d0")
SOONER = Beside(Target(at_least=6), sooner=True)
HALF = Beside(Target(below=0.5))


def turns(name: str, *values: float, beside: Beside | None = None) -> list[list[Figure]]:
    return [[Figure(name, value, "s", beside=beside)] for value in values]


def test_ratio_divides_the_median_by_that_of_the_base() -> None:
    (item,) = compare(turns("time", 1, 2, 9, beside=HALF), turns("time", 4, 5, 6))
    assert item.figure.value == 2
    assert item.ratio == pytest.approx(2 / 5)
    assert item.ratios == pytest.approx((1 / 4, 2 / 5, 9 / 6))
    assert item.met is True


def test_speed_up_divides_the_base_by_this_side() -> None:
    (item,) = compare(turns("time", 2, beside=SOONER), turns("time", 10))
    assert (item.ratio, item.met) == (5.0, False)


def test_ratio_without_a_target_is_neither_met_nor_missed() -> None:
    (item,) = compare(turns("time", 3), turns("time", 2))
    assert (item.ratio, item.met) == (1.5, None)


def test_ratio_to_zero_is_missing() -> None:
    (item,) = compare(turns("lost", 0, beside=HALF), turns("lost", 0))
    assert (item.ratio, item.ratios, item.met) == (None, (), None)


def test_figure_of_one_side_has_no_ratio() -> None:
    ours, theirs = compare(turns("prepared", 1), turns("boto3", 2))
    assert [item.figure.name for item in (ours, theirs)] == ["prepared", "boto3"]
    assert [len(values) for values in (ours.now, ours.base, theirs.now, theirs.base)] == [1, 0, 0, 1]
    assert not any(item.ratio for item in (ours, theirs))


def test_failed_turn_keeps_the_pairs_of_the_other_turns() -> None:
    now = [[], *turns("time", 4)]
    (item,) = compare(now, turns("time", 100, 2))
    assert list(item.now) == [4]
    assert item.ratios == (2.0,)


def test_loss_in_a_single_turn_misses_the_target() -> None:
    figures = [[Figure("delivered", value, "orders", Target(exactly=300))] for value in (300, 299, 300)]
    (item,) = compare(figures, figures)
    assert (item.figure.value, item.figure.met) == (299, False)


async def test_sides_take_turns_and_the_base_is_first() -> None:
    order: list[str] = []

    async def run(context: Context) -> Sequence[Figure]:
        order.append(context.side.name)
        assert not context.peers
        return [Figure("time", 1.0 if context.side is HERE else 2.0, "s", beside=HALF)]

    result = await comparison.run_beside(
        Benchmark("some", "Some", 5, run), BASE, turns=2, quick=False, say=lambda text: None
    )
    assert order == ["base", "now", "base", "now"]
    assert [(item.figure.name, item.ratio) for item in result.comparisons] == [("time", 0.5)]
    assert [figure.name for figure in result.missed] == ["time"]


async def test_long_benchmark_has_one_turn() -> None:
    order: list[str] = []

    async def run(context: Context) -> Sequence[Figure]:
        order.append(context.side.name)
        return []

    benchmark = Benchmark("tests", "Tests", 5, run, long=True)
    await comparison.run_beside(benchmark, BASE, turns=3, quick=False, say=lambda text: None)
    assert order == ["base", "now"]


async def test_failing_base_keeps_the_figures_of_this_side() -> None:
    async def run(context: Context) -> Sequence[Figure]:
        if context.side is BASE:
            raise NotMeasured("orders were lost")
        return [Figure("time", 1.0, "s", beside=HALF)]

    result = await comparison.run_beside(
        Benchmark("some", "Some", 5, run), BASE, turns=1, quick=False, say=lambda text: None
    )
    assert (result.error, result.base_error) == (None, "orders were lost")
    assert [figure.name for figure in result.figures] == ["time"]
    assert result.comparisons[0].ratio is None


MACHINE = Machine("A processor", 2, 4096, "Linux 6.1", "3.11.7 (cpython)", (0.5, 0.25, 0.0))
DATE = datetime(2026, 11, 29, 12, 0, 0, tzinfo=UTC)


def result() -> Result:
    async def run(context: Context) -> Sequence[Figure]:
        return []

    def side(*times: float) -> list[Result]:
        return [
            Result(benchmark, 1, (Figure("last", time, "s", Target(below=3), beside=SOONER),))
            for time in times
        ]

    benchmark = Benchmark("burst", "A burst", 10, run)
    return combined(benchmark, side(1, 2), side(12, 15))


def test_table_with_a_base_has_both_sides_and_the_ratio() -> None:
    lines = report.markdown([result()], MACHINE, DATE, quick=False, base=BASE).splitlines()
    assert lines[2] == (
        "Beside the base 4e8be7d0, by turns. A ratio is that of the medians: now / base, or base / now where "
        "it says sooner."
    )
    assert lines[6:] == [
        "| figure | now | target | | base | ratio | wanted | | now, turns | base, turns | ratios, turns |",
        "|---|---:|---:|---|---:|---:|---:|---|---:|---:|---:|",
        "| last | 1.5 s | < 3 | met | 13.5 s | 9 times sooner | ≥ 6 times sooner | met | 1 to 2 | 12 to 15 "
        "| 7.5 to 12 |",
    ]


def test_document_has_the_values_by_turn() -> None:
    document = report.document([result()], MACHINE, DATE, quick=False, base=BASE)
    assert document["base"] == "4e8be7d0"
    written = json.loads(json.dumps(document))["benchmarks"][0]["comparisons"]
    assert written == [
        {
            "name": "last",
            "unit": "s",
            "now": [1, 2],
            "base": [12, 15],
            "ratio": 9.0,
            "ratios": [12.0, 7.5],
            "wanted": "≥ 6 times sooner",
            "met": True,
        }
    ]


def test_unknown_base_is_reported_and_nothing_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--base", "no-such-revision", "--json", str(tmp_path)], []) == 1
    assert "no-such-revision" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("turns_wanted", ["0", "-1"])
def test_turns_are_at_least_one(turns_wanted: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--turns", turns_wanted], []) == 2
    assert "1 or more" in capsys.readouterr().err


def test_base_receives_none_of_the_variables_of_this_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALCLOUD_ENGINE_PYTHON", "/here/python")
    monkeypatch.setenv("LANG", "C.UTF-8")
    assert "LOCALCLOUD_ENGINE_PYTHON" not in BASE.environment()
    assert BASE.environment()["LANG"] == "C.UTF-8"
    assert HERE.environment()["LOCALCLOUD_ENGINE_PYTHON"] == "/here/python"
