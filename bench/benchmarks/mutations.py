"""Mutations over sixteen connections, by a resolver that asks no data source, beside other local AppSyncs."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from contextlib import AsyncExitStack

from bench import crowd, load, rivals, servers
from bench.model import NOT_LESS, Benchmark, Context, Figure, NotMeasured, Target
from bench.statistics import summarize

RATE = Target(at_least=6000.0)
OVER_AMPLIFY = Target(at_least=3.0)
CONNECTIONS = 16


async def run(context: Context) -> Sequence[Figure]:
    """Let the servers take turns."""
    turns, seconds = (1, 0.3) if context.quick else (5, 2.0)
    rates: dict[str, list[float]] = {}
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(servers.data_plane(context.folder, side=context.side))
        wanted = {}
        if context.peers and not context.quick:
            wanted = {"the Amplify simulator": rivals.amplify(), "MiniStack": rivals.ministack()}
        peers, missing = await servers.start_peers(context, stack, wanted)
        for turn in range(turns):
            for server in (ours, *peers):
                if server.endpoint.name == "MiniStack" and turn:
                    continue  # once is enough to see how far off it is
                try:
                    rate = await load.elsewhere(crowd.mutations, server.endpoint, CONNECTIONS, seconds)
                except (RuntimeError, TimeoutError, OSError) as error:
                    missing[server.endpoint.name] = f"it failed under load: {error}"
                    continue
                rates.setdefault(server.endpoint.name, []).append(rate)
                context.say(f"turn {turn + 1}: {server.endpoint.name} {rate:,.0f}/s")
    if ours.endpoint.name not in rates:
        raise NotMeasured(missing[ours.endpoint.name])
    return [*_figures(ours.endpoint.name, rates), *servers.absent(missing)]


def _figures(ours: str, rates: dict[str, list[float]]) -> list[Figure]:
    spread = summarize(rates[ours])
    note = (
        "an APPSYNC_JS resolver on a NONE data source; each connection sends the next one once it is answered"
    )
    figures = [
        Figure(
            f"mutations, {CONNECTIONS} connections",
            spread.median,
            "mutations/s",
            RATE,
            spread,
            note,
            NOT_LESS,
        )
    ]
    for name, frames in rates.items():
        if name == ours:
            continue
        peer = summarize(frames)
        ratios = [mine / theirs for mine, theirs in zip(rates[ours], frames, strict=False)]
        target = OVER_AMPLIFY if "Amplify" in name else None
        figures += [
            Figure(f"{name}: mutations", peer.median, "mutations/s", spread=peer, note="its resolver in VTL"),
            Figure(f"the data plane's, of those of {name}", statistics.median(ratios), "times", target),
        ]
    return figures


BENCHMARK = Benchmark("mutations", "Mutations without a data source", 180, run)
