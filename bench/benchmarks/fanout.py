"""One event to a thousand subscribers: how many frames a second, and how late the last ones are.

The data plane runs alone, and beside it the Amplify simulator and fan-outs that do nothing else. Each has a
process of its own, and so has the client, which is the same for all; they take turns, and ratios are taken
within a turn, so that what else the machine does falls on all of them.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from contextlib import AsyncExitStack

from bench import crowd, load, rivals, servers
from bench.model import NOT_LESS, NOT_SLOWER, Benchmark, Context, Figure, NotMeasured, Target
from bench.servers import Server
from bench.statistics import summarize
from bench.wire import FRAME

RATE = Target(at_least=100_000.0)
OVER_AMPLIFY = Target(at_least=3.0)
OF_BARE = Target(at_least=0.7)
TAIL = Target(below=20.0)
SUBSCRIBERS = 1000
PACE = 5.0


async def run(context: Context) -> Sequence[Figure]:
    """Let all of them take turns at full speed, then pace the data plane."""
    size, turns, seconds = (50, 1, 0.2) if context.quick else (SUBSCRIBERS, 3, 1.5)
    rates: dict[str, list[float]] = {}
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(servers.data_plane(context.folder, side=context.side))
        wanted = {}
        if context.peers:
            wanted = {"bare picows": rivals.bare("picows"), "bare aiohttp": rivals.bare("aiohttp")}
        if context.peers and not context.quick:
            wanted["the Amplify simulator"] = rivals.amplify()
        peers, missing = await servers.start_peers(context, stack, wanted)
        for turn in range(turns):
            for server in (ours, *peers):
                try:
                    measured = await load.elsewhere(crowd.fan_out, server.endpoint, size, seconds)
                except (RuntimeError, TimeoutError, OSError) as error:
                    missing[server.endpoint.name] = f"it failed under load: {error}"
                    continue
                rates.setdefault(server.endpoint.name, []).append(measured.rate)
                context.say(
                    f"turn {turn + 1}: {server.endpoint.name} {measured.rate:,.0f}/s, {measured.length} bytes"
                )
        figures = _figures(ours.endpoint.name, rates, size)
        figures.append(await _paced(context, ours, size))
    return [*figures, *servers.absent(missing)]


def _figures(ours: str, rates: dict[str, list[float]], size: int) -> list[Figure]:
    if ours not in rates:
        raise NotMeasured("the data plane failed under load")
    spread = summarize(rates[ours])
    note = f"frames of {FRAME} bytes with their headers; {crowd.PUBLISHERS} mutations under way"
    figures = [
        Figure(f"frames to {size} subscribers", spread.median, "frames/s", RATE, spread, note, NOT_LESS)
    ]
    for name, frames in rates.items():
        if name == ours:
            continue
        peer = summarize(frames)
        ratios = [mine / theirs for mine, theirs in zip(rates[ours], frames, strict=False)]
        target = OVER_AMPLIFY if "Amplify" in name else OF_BARE if "picows" in name else None
        figures += [
            Figure(f"{name}: frames", peer.median, "frames/s", spread=peer),
            Figure(f"the data plane's, of those of {name}", statistics.median(ratios), "times", target),
        ]
    return figures


async def _paced(context: Context, server: Server, size: int) -> Figure:
    count = 5 if context.quick else 100
    context.say(f"{PACE:g} events a second, {count} of them")
    waits = await load.elsewhere(crowd.paced, server.endpoint, size, PACE, count)
    spread = summarize(waits)
    note = f"{PACE:g} events/s; from the sending of the mutation to each subscriber's receipt"
    return Figure(f"{size} subscribers, paced: p99", spread.p99, "ms", TAIL, spread, note, NOT_SLOWER)


BENCHMARK = Benchmark("fanout", "One event to a thousand subscribers", 180, run)
