"""A warm Lambda function behind AppSync: one GraphQL query after the other, over one connection."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from bench.cloud import Cloud, local_cloud
from bench.model import Benchmark, Context, Figure, NotMeasured, Target
from bench.statistics import Summary, summarize
from clients import reading

WARM = Target(below=1.5)
TEMPLATE = Path(__file__).resolve().parent.parent / "warm" / "template.yaml"


async def run(context: Context) -> Sequence[Figure]:
    """Ask a function, a resolver without a data source, and nothing at all, each many times."""
    count = 50 if context.quick else 1000
    async with (
        local_cloud(context.folder, TEMPLATE, side=context.side) as cloud,
        aiohttp.ClientSession() as session,
    ):
        function = await _ask(session, cloud, "{ function }", {"function": "hello"}, count)
        script = await _ask(session, cloud, "{ script }", {"script": "hello"}, count)
        nothing = await _ask(session, cloud, "{ __typename }", {"__typename": "Query"}, count)
    return [
        Figure("a function through AppSync", function.median, "ms", WARM, function, "direct"),
        Figure("an APPSYNC_JS resolver without a data source", script.median, "ms", spread=script),
        Figure(
            "no resolver at all", nothing.median, "ms", spread=nothing, note="only HTTP, the key and the plan"
        ),
    ]


async def _ask(
    session: aiohttp.ClientSession, cloud: Cloud, query: str, expected: dict[str, object], count: int
) -> Summary:
    url, key = _endpoint(cloud)
    times = []
    warm_up = count // 5
    for number in range(warm_up + count):
        start = time.perf_counter()
        async with session.post(url, json={"query": query}, headers={"x-api-key": key}) as response:
            answer: object = await response.json()
        if number >= warm_up:
            times.append((time.perf_counter() - start) * 1000)
        if answer != {"data": expected}:
            raise NotMeasured(f"{query} answers {answer}")
    return summarize(times)


def _endpoint(cloud: Cloud) -> tuple[str, str]:
    """Return the API's address and its key."""
    api = reading.mapping(reading.sequence(cloud.document().get("apis"), "apis")[0], "apis[0]")
    (key,) = reading.sequence(api.get("api_keys"), "api_keys")
    return reading.text(api.get("graphql"), "graphql"), reading.text(key, "api_keys[0]")


BENCHMARK = Benchmark("invoke", "A warm Lambda function through AppSync", 120, run)
