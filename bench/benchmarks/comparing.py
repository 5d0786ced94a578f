"""``orderwire compare``: how long it takes over every channel that a side has.

Each side runs its own command on its own cloud, at the pace of ``make run``. So the base's figure is that of
its six channels.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence

from bench.benchmarks.companion import deployed
from bench.model import Benchmark, Beside, Context, Figure, NotMeasured, Target
from bench.shop import Shop
from bench.sides import HERE
from clients import reading

ORDERS, FEW = 100, 8
# Pauses in the workflow, as `make run` has them: what a turn's last orders take is a part of its time.
PACE = ("--parameter", "PaceSeconds=1")
# A webhook's receiver is on this machine; the base knows neither webhooks nor this parameter.
RECEIVERS = ("--parameter", "AllowPrivateWebhooks=true")
LONGEST = Beside(Target(below=1.5))
NONE = Target(exactly=0)
SECONDS = 1_800.0


async def run(context: Context) -> Sequence[Figure]:
    """Start a cloud with the companion, and have the side's own command compare on it."""
    orders = FEW if context.quick else ORDERS
    own = RECEIVERS if context.side is HERE else ()
    async with deployed(context, *PACE, *own) as (shop, _package):
        context.say(f"{orders} orders on each channel, alone and all at once")
        seconds, report = await _compare(context, shop, orders)
    return figures(seconds, orders, report)


def figures(seconds: float, orders: int, report: Mapping[str, object]) -> list[Figure]:
    """Return what a comparison's time and its report come to."""
    rows = [reading.mapping(row, "a channel") for row in reading.sequence(report.get("channels"), "channels")]
    names = list(dict.fromkeys(reading.text(row.get("name"), "name") for row in rows))
    worries = [reading.text(worry, "a worry") for worry in reading.sequence(report.get("worries"), "worries")]
    note = f"{len(names)} channels: {', '.join(names)}"
    return [
        Figure(f"a comparison of {orders} orders", seconds, "s", note=note, beside=LONGEST),
        Figure("the same for each channel", seconds / len(names), "s"),
        Figure("what its report warns of", len(worries), "", NONE, note="; ".join(worries)),
    ]


async def _compare(context: Context, shop: Shop, orders: int) -> tuple[float, dict[str, object]]:
    """Return the seconds that the command takes, and its report."""
    out, printed = context.folder / "compare", context.folder / "compared.txt"
    command = [str(context.side.python), "-m", "compare", "--orders", str(orders), "--out", str(out)]
    command += ["--ready-file", str(shop.cloud.ready_file)]
    start = time.monotonic()
    with printed.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=context.side.root,
            env=context.side.environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            await process.wait()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
    seconds, written = time.monotonic() - start, out / "latest.json"
    if not written.exists():
        raise NotMeasured(f"nothing was compared: {printed.read_text('utf-8', 'replace')[-500:]}")
    return seconds, reading.document(written.read_text("utf-8"), "the report")


BENCHMARK = Benchmark(
    "compare", "A comparison over every channel, as `orderwire compare`", SECONDS, run, long=True
)
