"""The benchmarks, in the order in which they run. A new one is a module, and a line here."""

from __future__ import annotations

from bench.benchmarks import (
    companion,
    fanout,
    invoke,
    latency,
    meter,
    modules,
    mutations,
    plane,
    push,
    start,
    throughput,
    web,
)
from bench.model import Benchmark

ALL: tuple[Benchmark, ...] = (
    start.BENCHMARK,
    modules.BENCHMARK,
    invoke.BENCHMARK,
    plane.BENCHMARK,
    mutations.BENCHMARK,
    fanout.BENCHMARK,
    latency.BENCHMARK,
    throughput.BENCHMARK,
    meter.BENCHMARK,
    companion.BENCHMARK,
    push.BENCHMARK,
    web.BENCHMARK,
)
