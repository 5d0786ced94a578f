from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench import report
from bench.machine import Machine
from bench.model import Benchmark, Context, Figure, Result, Target
from bench.statistics import summarize

MACHINE = Machine("A processor", 2, 4096, "Linux 6.1", "3.11.7 (cpython)", (0.5, 0.25, 0.0))
DATE = datetime(2026, 11, 20, 20, 15, 30, tzinfo=UTC)


async def nothing(context: Context) -> list[Figure]:
    return []


BENCHMARK = Benchmark("some", "Something", 10, nothing)
RESULT = Result(
    BENCHMARK,
    1.25,
    (
        Figure("median", 2.0, "ms", Target(below=3), summarize([1.0, 2.0, 4.0]), "by hand"),
        Figure("lost", 1, "orders", Target(exactly=0)),
        Figure("seen", 0.1234, "units"),
    ),
)


def test_markdown_shows_machine_and_figures() -> None:
    assert report.markdown([RESULT], MACHINE, DATE, quick=False).splitlines() == [
        "Measured 2026-11-20 20:15 UTC on A processor, 2 cores, 4.0 GiB, Linux 6.1, Python 3.11.7 (cpython), "
        "load at start 0.50 0.25 0.00.",
        "",
        "### Something (`some`, 1 s)",
        "",
        "| figure | value | target | | min | IQR | p99 | max | n |",
        "|---|---:|---:|---|---:|---:|---:|---:|---:|",
        "| median | 2 ms | < 3 | met | 1 | 3 | 4 | 4 | 3 |",
        "| lost | 1 orders | = 0 | **missed** |  |  |  |  |  |",
        "| seen | 0.123 units |  |  |  |  |  |  |  |",
        "",
        "*median*: by hand.",
    ]


def test_markdown_shows_the_reason_when_nothing_was_measured() -> None:
    document = report.markdown([Result(BENCHMARK, 10, error="no engine")], MACHINE, DATE, quick=True)
    assert "A quick run" in document
    assert document.endswith("### Something (`some`, 10 s)\n\nNot measured: no engine\n")


def test_json_document_is_written_by_date(tmp_path: Path) -> None:
    path = report.write(tmp_path / "bench", report.document([RESULT], MACHINE, DATE, quick=False), DATE)
    assert path.name == "2026-11-20T201530Z.json"
    written = json.loads(path.read_text(encoding="utf-8"))
    assert written["format"] == 1
    assert written["date"] == "2026-11-20T20:15:30+00:00"
    assert written["quick"] is False
    assert written["machine"] == {
        "processor": "A processor",
        "cores": 2,
        "memory": 4096,
        "system": "Linux 6.1",
        "python": "3.11.7 (cpython)",
        "load": [0.5, 0.25, 0.0],
    }
    (benchmark,) = written["benchmarks"]
    assert {name: benchmark[name] for name in ("name", "title", "seconds", "error")} == {
        "name": "some",
        "title": "Something",
        "seconds": 1.25,
        "error": None,
    }
    assert benchmark["figures"][0] == {
        "name": "median",
        "value": 2.0,
        "unit": "ms",
        "target": {"below": 3, "at_least": None, "exactly": None},
        "met": True,
        "spread": {
            "count": 3,
            "least": 1.0,
            "lower_quartile": 1.0,
            "median": 2.0,
            "upper_quartile": 4.0,
            "p95": 4.0,
            "p99": 4.0,
            "greatest": 4.0,
        },
        "note": "by hand",
    }
    assert [figure["met"] for figure in benchmark["figures"]] == [True, False, None]


@pytest.mark.parametrize(
    ("target", "kept", "broken", "expected"),
    [
        (Target(below=4), 3.99, 4, "< 4"),
        (Target(at_least=49), 49, 48.9, "≥ 49"),
        (Target(exactly=0), 0, 1, "= 0"),
        (Target(at_least=1, below=2), 1, 2, "< 2 and ≥ 1"),
    ],
)
def test_target_is_met_or_missed_by_its_bound(
    target: Target, kept: float, broken: float, expected: str
) -> None:
    assert target.met_by(kept)
    assert not target.met_by(broken)
    assert str(target) == expected
