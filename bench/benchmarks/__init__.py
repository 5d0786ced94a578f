"""The benchmarks, in the order in which they run. A new one is a module, and a line here."""

from __future__ import annotations

from bench.benchmarks import (
    bill,
    burst,
    companion,
    fanout,
    invoke,
    latency,
    memory,
    meter,
    modules,
    mutations,
    orders_burst,
    paced,
    plane,
    push,
    start,
    states,
    suite,
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
    paced.BENCHMARK,
    burst.BENCHMARK,
    orders_burst.BY_CLIENTS,
    orders_burst.AT_ONCE,
    memory.BENCHMARK,
    meter.BENCHMARK,
    states.TRANSITIONS,
    states.FUNCTIONS_INVOKED,
    states.ORDER_PROCESSOR,
    states.WAITING_EXECUTIONS,
    bill.BENCHMARK,
    companion.BENCHMARK,
    push.BENCHMARK,
    web.BENCHMARK,
    suite.BENCHMARK,
)
