"""``--data``: what it costs in throughput, and what a local cloud is worth after ``kill -9``.

Orders are carried with it and without it, by turns in one run. Then 1,000 orders are under way when every
process is killed at once; the next start has to have each of them that was acknowledged.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import boto3

from bench import load, processes
from bench.benchmarks.throughput import figures as carried_figures
from bench.carrying import CarryPlan, carry, synthetic
from bench.cloud import Cloud, local_cloud
from bench.model import Benchmark, Context, Figure, NotMeasured, Target
from bench.shop import Shop, open_shop
from bench.statistics import summarize
from clients import Status
from demo.ready import read_ready

COST = Target(at_least=0.7)
READY = Target(below=1.5)
CLIENTS = 32
WARM_UP = 60
SECONDS = 120.0
# Faster than any machine carries them: what is sent is under way when the last answer comes.
BURST_RATE = 250.0
SETTLE_SECONDS = 300.0
# The local cloud takes a dozen ports in a row.
PORTS = 16
PARAMETERS = ("--parameter", "PaceSeconds=0", "--parameter", "PaymentTimeoutSeconds=20")


async def run(context: Context) -> Sequence[Figure]:
    """Carry by turns, then kill."""
    turns, count = (1, 100) if context.quick else (2, 600)
    rates: dict[bool, list[float]] = {False: [], True: []}
    for turn in range(turns):
        # The second turn goes the other way round: what warms up or wears out, does so for both.
        for durable in (False, True) if turn % 2 == 0 else (True, False):
            rates[durable].append(await _rate(context, count, durable=durable))
            context.say(f"{'with' if durable else 'without'} --data: {rates[durable][-1]:.1f} orders/s")
    plain, kept = summarize(rates[False]), summarize(rates[True])
    return [
        Figure("orders a second without --data", plain.median, "orders/s", spread=plain),
        Figure("orders a second with --data", kept.median, "orders/s", spread=kept),
        Figure("with it, of what is carried without it", kept.median / plain.median, "times", COST),
        *await _killed(context, 100 if context.quick else 1000),
    ]


def _data(folder: Path, port: int) -> tuple[str, ...]:
    return ("--port", str(port), "--data", str(folder))


async def _rate(context: Context, count: int, *, durable: bool) -> float:
    """Return how many orders a second come to their end."""
    folder = context.folder / f"data-{time.monotonic_ns()}"
    arguments = _data(folder, free_ports()) if durable else ()
    plan = CarryPlan(CLIENTS, to_the_end=True, seconds=SECONDS)
    async with open_shop(context.folder, *arguments, side=context.side) as shop:
        await load.elsewhere(carry, shop.cloud, synthetic(WARM_UP), plan)
        carried = await load.elsewhere(carry, shop.cloud, synthetic(count), plan)
    return next(figure.value for figure in carried_figures(carried) if figure.unit == "orders/s")


async def _killed(context: Context, count: int) -> list[Figure]:
    data, port = context.folder / "killed", free_ports()
    arguments = _data(data, port)
    async with open_shop(context.folder, *arguments, side=context.side) as shop:
        sent = await load.elsewhere(load.send_orders, shop.cloud.ready_file, BURST_RATE, count)
        statuses = await asyncio.to_thread(order_statuses, shop)
        kill(shop.cloud.pid)
    under_way = sum(not Status(status).final for status in statuses.values())
    context.say(f"killed with {under_way} of {len(sent)} orders under way")
    acknowledged = {order.order_id for order in sent if order.refused is None}
    plain = [await _start(context, f"plain-{number}") for number in range(1 if context.quick else 3)]
    own = context.folder / "again"
    own.mkdir()
    async with local_cloud(own, context.side.template, *PARAMETERS, *arguments, side=context.side) as cloud:
        again = time.perf_counter() - cloud.started_at
        shop = Shop(cloud, read_ready(cloud.ready_file))
        start = time.monotonic()
        statuses = await asyncio.to_thread(order_statuses, shop)
        lost = acknowledged - statuses.keys()
        while open_orders(statuses, acknowledged) and time.monotonic() - start < SETTLE_SECONDS:
            await asyncio.sleep(1.0)
            statuses = await asyncio.to_thread(order_statuses, shop)
    unsettled = open_orders(statuses, acknowledged)
    usual = summarize(plain)
    return [
        Figure("orders under way at kill -9", under_way, "orders", note=f"of {len(sent)} that were sent"),
        Figure("acknowledged and lost", len(lost), "orders", Target(exactly=0)),
        Figure(
            "acknowledged and not at their end afterwards",
            len(unsettled),
            "orders",
            Target(exactly=0),
            note=f"within {SETTLE_SECONDS:g} s",
        ),
        Figure("a plain start", usual.median, "s", spread=usual),
        Figure("start after kill -9", again, "s"),
        Figure("start after kill -9, of a plain start", again / usual.median, "times", READY),
    ]


async def _start(context: Context, name: str) -> float:
    folder = context.folder / name
    folder.mkdir()
    async with local_cloud(folder, context.side.template, *PARAMETERS, side=context.side) as cloud:
        return await _ready_after(cloud)


async def _ready_after(cloud: Cloud) -> float:
    return time.perf_counter() - cloud.started_at


def open_orders(statuses: dict[str, str], wanted: set[str]) -> set[str]:
    """Return the orders that are there and not at their end.

    Examples
    --------
    >>> open_orders({"a": "DELIVERED", "b": "PACKED", "c": "PACKED"}, {"a", "b"})
    {'b'}
    """
    return {order for order, status in statuses.items() if order in wanted and not Status(status).final}


def order_statuses(shop: Shop) -> dict[str, str]:
    """Return every order's status, by its id, as the table has it."""
    ready = shop.ready
    outputs = shop.cloud.document()["outputs"]
    if not isinstance(outputs, dict):
        raise NotMeasured("the ready file has no outputs")
    client = boto3.client(
        "dynamodb",
        endpoint_url=ready.engine,
        region_name=ready.region,
        aws_access_key_id=ready.access_key_id,
        aws_secret_access_key=ready.secret_access_key,
    )
    pages = client.get_paginator("scan").paginate(TableName=str(outputs["OrdersTableName"]))
    return {
        item["pk"]["S"].removeprefix("ORDER#"): item["status"]["S"]
        for page in pages
        for item in page["Items"]
        if item["sk"].get("S") == "STATE" and "status" in item
    }


def kill(pid: int) -> None:
    """Send SIGKILL to a process and to all below it, as near to one moment as it goes."""
    for member in processes.tree(pid):
        with suppress(ProcessLookupError):
            os.kill(member, signal.SIGKILL)


def free_ports() -> int:
    """Return a port that is free, with those behind it that a local cloud takes."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first: int = probe.getsockname()[1]
        try:
            for port in range(first, first + PORTS):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            continue
        return first


BENCHMARK = Benchmark(
    "data", "A local cloud with --data: what it costs, and after kill -9", 900, run, long=True
)
