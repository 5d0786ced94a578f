from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench import __main__ as cli
from bench.benchmarks import ALL
from bench.model import Benchmark, Context, Figure, NotMeasured, Target
from bench.runner import run_one
from clients import Unavailable


async def pass_benchmark(context: Context) -> Sequence[Figure]:
    context.say("under way")
    (context.folder / "file").write_text("")
    return [Figure("quick" if context.quick else "whole", 1, "s", Target(below=2))]


async def slow(context: Context) -> Sequence[Figure]:
    return [Figure("late", 5, "s", Target(below=2))]


async def broken(context: Context) -> Sequence[Figure]:
    raise NotMeasured("no engine")


async def refused(context: Context) -> Sequence[Figure]:
    raise Unavailable("The network is down.")


async def endless(context: Context) -> Sequence[Figure]:
    await asyncio.Event().wait()
    return []


PASSING = Benchmark("good", "Good", 5, pass_benchmark)
SLOW = Benchmark("slow", "Slow", 5, slow)
BROKEN = Benchmark("broken", "Broken", 5, broken)


async def test_benchmark_has_a_folder_and_reports_its_progress() -> None:
    messages: list[str] = []
    result = await run_one(PASSING, quick=False, say=messages.append)
    assert messages == ["good: Good", "good: under way"]
    assert [figure.name for figure in result.figures] == ["whole"]
    assert result.error is None
    assert result.missed == []


@pytest.mark.parametrize(
    ("benchmark", "error"),
    [
        (BROKEN, "no engine"),
        (Benchmark("refused", "", 5, refused), "Unavailable: The network is down."),
        (Benchmark("endless", "", 0.01, endless), "it took more than 0.01 s"),
    ],
)
async def test_error_becomes_a_result(benchmark: Benchmark, error: str) -> None:
    result = await run_one(benchmark, quick=False, say=lambda text: None)
    assert result.error == error
    assert result.figures == ()


@pytest.mark.parametrize(
    ("arguments", "benchmarks", "code"),
    [
        ([], [PASSING], 0),
        ([], [PASSING, SLOW], 0),
        (["--strict"], [PASSING], 0),
        (["--strict"], [PASSING, SLOW], 3),
        (["--strict", "good"], [PASSING, SLOW], 0),
        ([], [PASSING, BROKEN], 1),
        (["--strict"], [SLOW, BROKEN], 1),
    ],
)
def test_command_exits_with_the_code_of_its_outcome(
    tmp_path: Path, arguments: list[str], benchmarks: list[Benchmark], code: int
) -> None:
    assert cli.main([*arguments, "--json", str(tmp_path)], benchmarks) == code


def test_the_command_prints_a_table_and_writes_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--quick", "good", "--json", str(tmp_path)], [PASSING, SLOW]) == 0
    printed = capsys.readouterr()
    assert "| quick | 1 s | < 2 | met |" in printed.out
    assert "slow" not in printed.out
    (path,) = tmp_path.glob("*.json")
    assert printed.err.splitlines()[-1] == str(path)
    assert [benchmark["name"] for benchmark in json.loads(path.read_text())["benchmarks"]] == ["good"]


def test_unknown_benchmark_name_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["other", "--json", str(tmp_path)], [PASSING, SLOW]) == 2
    assert capsys.readouterr().err == "bench: no benchmark is called 'other'; there are good, slow\n"
    assert list(tmp_path.iterdir()) == []


def test_names_select_benchmarks_in_their_own_order() -> None:
    assert [benchmark.name for benchmark in cli.chosen(["slow", "good"], [PASSING, SLOW, BROKEN])] == [
        "good",
        "slow",
    ]


def test_every_benchmark_has_a_name_and_a_bound() -> None:
    assert len({benchmark.name for benchmark in ALL}) == len(ALL)
    assert all(
        benchmark.title and 0 < benchmark.limit <= (7200 if benchmark.long else 300) for benchmark in ALL
    )


def test_group_name_selects_its_parts() -> None:
    whole, part, other = (
        Benchmark(name, "", 5, pass_benchmark) for name in ("burst", "burst.orders", "bursts")
    )
    benchmarks = [whole, part, other]
    assert cli.chosen(["burst"], benchmarks) == [whole, part]
    assert cli.chosen(["burst.orders"], benchmarks) == [part]


def test_long_benchmark_runs_only_when_requested() -> None:
    long = Benchmark("tests", "", 5, pass_benchmark, long=True)
    assert cli.chosen([], [PASSING, long]) == [PASSING]
    assert cli.chosen(["tests"], [PASSING, long]) == [long]
