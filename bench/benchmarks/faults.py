"""``make faults``: how long a whole campaign takes, and what it finds."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Sequence

from bench.model import Benchmark, Context, Figure, NotMeasured, Target
from bench.sides import ROOT

ORDERS, FEW = 2_000, 200
SEED = 2_026
NONE = Target(exactly=0)
SHORT_ENOUGH = Target(below=15 * 60)
SECONDS = 2_400.0


async def run(context: Context) -> Sequence[Figure]:
    """Run a campaign with a seed of its own, and read what it wrote."""
    orders = FEW if context.quick else ORDERS
    printed = context.folder / "campaign.txt"
    report = ROOT / ".local" / "faults" / f"{SEED}.json"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "campaign", "--orders", str(orders), "--seed", str(SEED)]
    start = time.monotonic()
    with printed.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=os.environ, stdout=out, stderr=asyncio.subprocess.STDOUT
        )
        try:
            await process.wait()
        finally:
            # It stops its local cloud before it ends.
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            await process.wait()
    seconds = time.monotonic() - start
    if not report.exists():
        raise NotMeasured(f"the campaign did not come to its end: {printed.read_text()[-500:]}")
    document = json.loads(report.read_text("utf-8"))
    struck = ", ".join(f"{count} {what}" for what, count in document["strikes"].items())
    return [
        Figure("a campaign", seconds, "s", None if context.quick else SHORT_ENOUGH, note=f"{orders} orders"),
        Figure("accepted", document["accepted"], "orders", Target(exactly=orders), note=struck),
        *(Figure(word, len(document[word]), "", NONE) for word in ("lost", "doubled", "stuck")),
    ]


BENCHMARK = Benchmark("faults", "A campaign of faults, as `make faults`", SECONDS, run, long=True)
