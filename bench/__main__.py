"""``python -m bench``: measure, print a Markdown table, and write JSON."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from bench import base, comparison, machine, report, runner
from bench.benchmarks import ALL
from bench.model import Benchmark, NotMeasured, Result
from bench.sides import Side

OK, NOT_MEASURED, MISSED = 0, 1, 3

EPILOG = """\
exit codes: 0 measured, 1 a benchmark could not be carried out, 2 wrong usage, 3 a target was missed
(with --strict only: on a busy or small machine a missed target says little of the software)
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure what the project promises. The table goes to standard output.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"default: all but what is long, of {', '.join(benchmark.name for benchmark in ALL)}; "
        "`burst` stands for its parts `burst.…`",
    )
    parser.add_argument("--quick", action="store_true", help="a short version of each, to see that it works")
    parser.add_argument(
        "--base", metavar="REV", help="measure this commit by turns with this checkout, and print the ratios"
    )
    parser.add_argument(
        "--turns", type=int, default=3, metavar="N", help="turns of each side with --base (default: 3)"
    )
    parser.add_argument("--strict", action="store_true", help="fail when a target is missed")
    parser.add_argument(
        "--json", type=Path, default=Path(".local") / "bench", metavar="FOLDER", help="default: %(default)s"
    )
    return parser


def chosen(names: Sequence[str], benchmarks: Sequence[Benchmark] = ALL) -> list[Benchmark]:
    """Return the benchmarks of these names, in their own order; without a name all but the long ones.

    Raises
    ------
    ValueError
        There is none of that name.
    """
    available = [benchmark.name for benchmark in benchmarks]
    for name in names:
        if not any(_stands_for(name, other) for other in available):
            raise ValueError(f"no benchmark is called {name!r}; there are {', '.join(available)}")
    if not names:
        return [benchmark for benchmark in benchmarks if not benchmark.long]
    return [benchmark for benchmark in benchmarks if any(_stands_for(name, benchmark.name) for name in names)]


def _stands_for(name: str, benchmark: str) -> bool:
    return benchmark == name or benchmark.startswith(f"{name}.")


def exit_code(results: Sequence[Result], *, strict: bool) -> int:
    """Return what the program ends with."""
    if any(result.error is not None for result in results):
        return NOT_MEASURED
    return MISSED if strict and any(result.missed for result in results) else OK


def main(arguments: Sequence[str] | None = None, benchmarks: Sequence[Benchmark] = ALL) -> int:
    """Run the command line; return its exit code."""
    options = parser().parse_args(arguments)
    try:
        wanted = chosen(options.names, benchmarks)
        if options.turns < 1:
            raise ValueError("--turns is 1 or more")
    except ValueError as error:
        sys.stderr.write(f"bench: {error}\n")
        return 2
    date, here = datetime.now(UTC), machine.describe()
    sys.stderr.write(f"{here}\n")
    try:
        beside = None if options.base is None else base.build(options.base, _say)
        turns = 1 if options.quick else options.turns
        results = asyncio.run(_measure(wanted, beside, turns=turns, quick=options.quick))
    except NotMeasured as error:
        sys.stderr.write(f"bench: {error}\n")
        return NOT_MEASURED
    except KeyboardInterrupt:
        return 130
    contents = report.document(results, here, date, quick=options.quick, base=beside)
    path = report.write(options.json, contents, date)
    sys.stdout.write(report.markdown(results, here, date, quick=options.quick, base=beside))
    sys.stderr.write(f"{path}\n")
    return exit_code(results, strict=options.strict)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)


async def _measure(
    benchmarks: Sequence[Benchmark], beside: Side | None, *, turns: int, quick: bool
) -> list[Result]:
    if beside is None:
        return await runner.run_all(benchmarks, quick=quick, say=_say)
    return [
        await comparison.run_beside(benchmark, beside, turns=turns, quick=quick, say=_say)
        for benchmark in benchmarks
    ]


def _say(text: str) -> None:
    sys.stderr.write(f"  {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    # As Ctrl-C: whatever was started ends first.
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(main())
