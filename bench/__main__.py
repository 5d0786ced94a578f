"""``python -m bench``: measure, print a Markdown table, and write JSON."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import machine, report, runner
from bench.benchmarks import ALL
from bench.model import Benchmark, Result

OK, NOT_MEASURED, MISSED = 0, 1, 3

EPILOG = """\
exit codes: 0 measured, 1 a benchmark could not be carried out, 2 wrong usage, 3 a target was missed
(with --strict only: on a busy or small machine a missed target says little of the software)
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    made = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure what the project promises. The table goes to standard output.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"default: all of {', '.join(one.name for one in ALL)}",
    )
    made.add_argument("--quick", action="store_true", help="a short version of each, to see that it works")
    made.add_argument("--strict", action="store_true", help="fail when a target is missed")
    made.add_argument(
        "--json", type=Path, default=Path(".local") / "bench", metavar="FOLDER", help="default: %(default)s"
    )
    return made


def chosen(names: Sequence[str], benchmarks: Sequence[Benchmark] = ALL) -> list[Benchmark]:
    """Return the benchmarks of these names, in their own order; all without a name.

    Raises
    ------
    ValueError
        There is none of that name.
    """
    known = [one.name for one in benchmarks]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"no benchmark is called {unknown[0]!r}; there are {', '.join(known)}")
    return [one for one in benchmarks if one.name in names or not names]


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
    except ValueError as error:
        sys.stderr.write(f"bench: {error}\n")
        return 2
    date, here = datetime.now(UTC), machine.describe()
    sys.stderr.write(f"{here}\n")
    try:
        results = asyncio.run(runner.run_all(wanted, quick=options.quick, say=_say))
    except KeyboardInterrupt:
        return 130
    contents = report.document(results, here, date, quick=options.quick)
    path = report.write(options.json, contents, date)
    sys.stdout.write(report.markdown(results, here, date, quick=options.quick))
    sys.stderr.write(f"{path}\n")
    return exit_code(results, strict=options.strict)


def _say(text: str) -> None:
    sys.stderr.write(f"  {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
