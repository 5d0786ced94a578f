"""A file of orders imported, and the same orders submitted one by one by the command line.

Both are commands as a person types them, against one local cloud whose workflows carry the orders on
meanwhile. One by one a sample is enough: its rate does not depend on how many come after it.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench import processes
from bench.model import Benchmark, Context, Figure, NotMeasured, Target
from bench.samples import MemoryWatch, sampled, settled
from bench.shop import Shop, new_order, open_shop
from bench.sides import ROOT
from demo.shop import CUSTOMERS, PASSWORD

FASTER, MORE = Target(at_least=5.0), Target(below=250.0)
EVERY = 0.5
PACE = ("--parameter", "ImportPace=12")
"""As `make run` starts it: two cores have to carry the orders that start meanwhile."""
HEADER = (
    *("reference", "currency", "cardToken", "sku", "name", "quantity", "unitPrice"),
    *("sku2", "name2", "quantity2", "unitPrice2"),
)


async def run(context: Context) -> Sequence[Figure]:
    """Submit a sample one by one, and then import a whole file."""
    warm, sample, lines = (60, 20, 500) if context.quick else (300, 300, 10_000)
    async with open_shop(context.folder, *PACE, side=context.side) as shop:
        # Functions' environments are there then: what a file takes is asked, not what a first order does.
        await _imported(shop, context.folder, warm, "W")
        await settled(shop.cloud.pid, 60.0)
        one_by_one = sample / await _submitted(shop, context.folder, sample)
        context.say(f"one by one: {one_by_one:.1f} orders/s")
        await settled(shop.cloud.pid, 60.0)
        before = processes.memory(processes.tree(shop.cloud.pid))
        watch = MemoryWatch(shop.cloud.pid)
        async with sampled(watch.look, EVERY):
            took, report = await _imported(shop, context.folder, lines, "B")
    accepted = sum(1 for row in report if row["outcome"] == "accepted")
    rate = lines / took
    return [
        Figure(f"import of {lines:,} lines to its report", took, "s"),
        Figure("lines a second", rate, "1/s", note="accepted and in the queue; workflows run meanwhile"),
        Figure(
            "the same orders by `orderwire submit --concurrency 1`",
            one_by_one,
            "1/s",
            note=f"a sample of {sample}; the command's start counts, as it does for the import",
        ),
        Figure("lines a second, of the orders one by one", rate / one_by_one, "times", FASTER),
        Figure("accepted, as the report says", accepted, "lines", Target(exactly=lines)),
        Figure(
            "memory of the local cloud beyond that at rest",
            watch.peak - before,
            "MB",
            MORE,
            note=f"the greatest of {watch.samples} samples; {before:.0f} MB at rest",
        ),
    ]


async def _submitted(shop: Shop, folder: Path, count: int) -> float:
    """Return the seconds that the command line takes for so many orders, one after the other."""
    file = folder / "orders.jsonl"
    file.write_text("".join(f"{json.dumps(new_order(n).document())}\n" for n in range(count)))
    start = time.monotonic()
    await _orderwire(shop, "submit", str(file), "--concurrency", "1")
    return time.monotonic() - start


async def _imported(shop: Shop, folder: Path, count: int, prefix: str) -> tuple[float, list[dict[str, str]]]:
    """Return the seconds that an import of so many lines takes, and its report."""
    file, report = folder / "orders.csv", folder / "report.csv"
    with file.open("w", newline="", encoding="utf-8") as text:
        writer = csv.writer(text)
        writer.writerow(HEADER)
        for number in range(count):
            order = new_order(number)
            items = [(item.sku, item.name, item.quantity, item.unit_price) for item in order.items]
            cells = [cell for item in items for cell in item]
            writer.writerow([f"{prefix}-{number}", order.currency, order.card_token, *cells])
    start = time.monotonic()
    await _orderwire(shop, "import", str(file), "--report", str(report))
    took = time.monotonic() - start
    with report.open(newline="", encoding="utf-8") as text:
        return took, list(csv.DictReader(text))


async def _orderwire(shop: Shop, *words: str) -> None:
    """Run a command of ``orderwire`` to its end. Raises ``NotMeasured``."""
    who = {"ORDERWIRE_USER": next(iter(CUSTOMERS)), "ORDERWIRE_PASSWORD": PASSWORD}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "clients", *words, "--ready-file", str(shop.cloud.ready_file)),
        cwd=ROOT,
        env={**os.environ, **who},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, complaint = await process.communicate()
    finally:
        # Cut off by the benchmark's limit or Ctrl-C: it would go on without anyone to read its report.
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise NotMeasured(f"orderwire {words[0]}: {complaint.decode(errors='replace').strip()[-200:]}")


BENCHMARK = Benchmark("streams.imports", "A file of orders, beside the same orders one by one", 300, run)
