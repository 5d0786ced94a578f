"""SQL over a million changes: as Parquet, and as the same in JSON lines, in the same engine.

Both are asked through Athena's API and the same worker, which has the objects at hand by then; the formats
take turns, and ratios are taken within a turn.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from bench import asking, load
from bench.benchmarks.streams.mappings import TEMPLATE
from bench.cloud import local_cloud
from bench.model import Benchmark, Context, Figure, NotMeasured, Target
from bench.statistics import summarize
from clients import reading

FASTER = Target(at_least=10.0)


async def run(context: Context) -> Sequence[Figure]:
    """Ask one question over both formats, by turns."""
    turns, count = (1, 50_000) if context.quick else (5, 1_000_000)
    times: dict[str, list[float]] = {kind: [] for kind in asking.FORMATS}
    first: dict[str, asking.QueryResult] = {}
    async with local_cloud(context.folder, TEMPLATE, side=context.side) as cloud:
        document = cloud.document()
        key = reading.mapping(document.get("credentials"), "credentials")
        there = asking.Cloud(
            reading.text(document.get("engine"), "engine"),
            reading.text(document.get("region"), "region"),
            reading.text(key.get("access_key_id"), "access_key_id"),
            reading.text(key.get("secret_access_key"), "secret_access_key"),
        )
        await load.elsewhere(asking.set_up, there, count)
        for kind in asking.FORMATS:  # the objects are copied once
            (first[kind],) = await load.elsewhere(asking.ask, there, kind, 1)
        if len({answer.rows for answer in first.values()}) != 1:
            raise NotMeasured("Parquet and JSON lines answer differently")
        for turn in range(turns):
            for kind in asking.FORMATS:
                answers = await load.elsewhere(asking.ask, there, kind, 3)
                times[kind].append(statistics.median(answer.milliseconds for answer in answers))
                context.say(f"turn {turn + 1}: {kind} {times[kind][-1]:,.0f} ms")
    faster = [lines / columns for lines, columns in zip(times["json"], times["parquet"], strict=True)]
    figures = []
    for kind in asking.FORMATS:
        spread = summarize(times[kind])
        cold = first[kind]
        size = f"{cold.scanned / 1e6:,.0f} MB; the first, with copying, {cold.milliseconds:,.0f} ms"
        figures.append(
            Figure(f"{count:,} changes as {kind}: a question", spread.median, "ms", spread=spread, note=size)
        )
    return [*figures, Figure("Parquet, of JSON lines", statistics.median(faster), "times sooner", FASTER)]


BENCHMARK = Benchmark("streams.questions", "SQL over what Firehose wrote", 240, run)
