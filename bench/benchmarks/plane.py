"""The data plane alone, without engine and functions: how soon it answers, what its subscribers hold."""

from __future__ import annotations

import asyncio
import http.client
import json
import resource
import time
from collections.abc import Sequence

from bench import crowd, load, rivals, servers
from bench.model import Benchmark, Context, Figure, NotMeasured, Target
from bench.servers import Endpoint
from bench.statistics import summarize

FIRST_ANSWER = Target(below=0.6)
MEMORY = Target(below=80.0)
EACH = Target(below=25.0)
SUBSCRIBERS = 10_000
_SPARE = 200  # descriptors that are no subscriber's


async def run(context: Context) -> Sequence[Figure]:
    """Start it several times with Orderwire's API, then let it hold idle subscribers."""
    starts, resident = [], []
    repeats = 1 if context.quick else 7
    for number in range(repeats):
        async with servers.data_plane(context.folder, context.side.template, context.side) as server:
            await asyncio.to_thread(_first_answer, server.endpoint)
            starts.append(time.perf_counter() - server.started_at)
            resident.append(crowd.resident(server.pid) / 1e6)
            context.say(f"start {number + 1} of {repeats}: {starts[-1]:.2f} s, {resident[-1]:.0f} MB")
    figures = [
        Figure(
            "start of the data plane alone to its first answer",
            (first := summarize(starts)).median,
            "s",
            FIRST_ANSWER,
            first,
            "Orderwire's API: 14 resolvers and their files; from the process's start",
        ),
        Figure("its memory then", (memory := summarize(resident)).median, "MB", MEMORY, memory, "resident"),
    ]
    if context.peers and not context.quick:
        figures += await _simulators_start(context)
    return [*figures, await _idle(context)]


def _first_answer(endpoint: Endpoint) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", endpoint.port)
    try:
        body = json.dumps({"query": "{ __typename }"})
        connection.request("POST", endpoint.path, body, {"x-api-key": endpoint.key})
        content = connection.getresponse().read()
    finally:
        connection.close()
    if json.loads(content) != {"data": {"__typename": "Query"}}:
        raise NotMeasured(f"the data plane answers {content!r}")


async def _simulators_start(context: Context) -> list[Figure]:
    name = "the Amplify simulator: start"
    try:
        await rivals.install_simulator()
        times = []
        for _ in range(3):
            async with rivals.amplify() as server:
                times.append(server.up - server.started_at)
    except NotMeasured as error:
        context.say(f"{name}: not measured: {error}")
        return [Figure(f"{name}: not measured", 0, "", note=str(error))]
    spread = summarize(times)
    note = "until it listens, with an API of one resolver"
    return [Figure(name, spread.median, "s", spread=spread, note=note)]


async def _idle(context: Context) -> Figure:
    count = enough_descriptors(200 if context.quick else SUBSCRIBERS)
    context.say(f"{count} idle subscribers")
    async with servers.data_plane(context.folder, side=context.side) as server:
        before, after = await load.elsewhere(crowd.idle, server.endpoint, count, server.pid)
    each = (after - before) / count / 1000
    note = f"growth of the resident memory, {before / 1e6:.0f} MB to {after / 1e6:.0f} MB"
    return Figure(f"{count} idle subscribers: memory of each", each, "KB", EACH, note=note)


def enough_descriptors(wanted: int) -> int:
    """Allow this process and those that it starts so many connections; return how many they can have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted + _SPARE:
        allowed = wanted + _SPARE if hard == resource.RLIM_INFINITY else min(hard, wanted + _SPARE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        return min(wanted, allowed - _SPARE)
    return wanted


BENCHMARK = Benchmark("plane", "The data plane alone: start, memory, idle subscribers", 180, run)
