"""Run benchmarks one after the other, each within its time, whatever one of them does."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from bench.model import Benchmark, Context, NotMeasured, Result
from bench.sides import HERE, Side
from clients import OrderwireError, reading

# What is measured fails, or the process that loads it ends.
FAILURES = (
    NotMeasured,
    OrderwireError,
    BotoCoreError,
    ClientError,
    reading.Unexpected,
    OSError,
    BrokenExecutor,
)


async def run_all(
    benchmarks: Sequence[Benchmark], *, quick: bool, say: Callable[[str], None]
) -> list[Result]:
    """Return a result for each benchmark."""
    return [await run_one(benchmark, quick=quick, say=say) for benchmark in benchmarks]


async def run_one(
    benchmark: Benchmark,
    *,
    quick: bool,
    say: Callable[[str], None],
    side: Side = HERE,
    peers: bool = True,
) -> Result:
    """Run one benchmark on a side; an error of what is measured becomes part of the result."""

    def tell(text: str) -> None:
        say(f"{benchmark.name}: {text}")

    tell(benchmark.title)
    start = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="orderwire-bench-") as folder:
            async with asyncio.timeout(benchmark.limit):
                figures = tuple(await benchmark.run(Context(Path(folder), quick, tell, side, peers)))
    except TimeoutError:
        error = f"it took more than {benchmark.limit:g} s"
    except FAILURES as failed:
        error = f"{failed}" if isinstance(failed, NotMeasured) else f"{type(failed).__name__}: {failed}"
    else:
        return Result(benchmark, time.monotonic() - start, figures)
    tell(error)
    return Result(benchmark, time.monotonic() - start, error=error)
