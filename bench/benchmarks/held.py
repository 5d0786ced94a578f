"""The memory of requests that the server holds: twenty long polls, and five hundred event streams.

A held request keeps a Lambda environment to itself, on AWS as here. Memory is what the tree of processes has
more than before the first request was held, by proportional set size.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp

from bench import load, probe, processes
from bench.benchmarks.companion import CUSTOMER, deployed
from bench.benchmarks.push import customer_id, orders_table
from bench.model import Benchmark, Context, Figure, NotMeasured, Target
from bench.shop import Shop
from bench.sides import ROOT
from clients.event_stream import EventReader
from clients.rest import MAX_WAIT, RestClient

POLLS, STREAMS, ORDERS = 20, 500, 50
AT_ONCE = 16  # requests that begin at the same time: each starts an environment
PATIENCE = 240.0


async def run(context: Context) -> Sequence[Figure]:
    """Hold long polls, let them go, then hold streams and change their orders."""
    polls, streams = (4, 10) if context.quick else (POLLS, STREAMS)
    async with deployed(context) as (shop, _package):
        customer = await customer_id(shop)
        fresh = _memory(shop)
        polling = await _long_polls(shop, customer, polls) - fresh
        figures = [Figure(f"{polls} long polls that are held", polling, "MB")]
        if shop.ready.settings.sse is None:
            return figures
        context.say(f"{polls} long polls: {polling:.0f} MB more; opening {streams} streams")
        # The functions of long polls stay: streams are counted on top of them.
        before = _memory(shop)
        start = time.monotonic()
        async with _streams(shop, customer, streams) as (orders, listeners):
            opened = time.monotonic() - start
            streaming = _memory(shop) - before
            context.say(f"{streams} streams are live after {opened:.1f} s, {streaming:.0f} MB more")
            commits = await load.elsewhere(
                probe.commit_lives, shop.cloud.ready_file, orders_table(shop), orders, 10.0
            )
            async with asyncio.timeout(PATIENCE):
                versions = await asyncio.gather(*listeners)
    changes = len(commits) // len(orders)
    return [
        *figures,
        Figure(f"{streams} event streams that are open", streaming, "MB"),
        Figure("memory of a stream", streaming / streams, "MB"),
        *await _floor(context, streams),
        Figure("memory of a long poll", polling / polls, "MB"),
        Figure("until all streams are live", opened, "s"),
        Figure(
            "changes that streams received",
            sum(len(each) for each in versions),
            "changes",
            Target(exactly=changes * streams),
            note=f"{changes} of each order, by {streams // len(orders)} streams each",
        ),
    ]


async def _floor(context: Context, count: int) -> list[Figure]:
    """Return what a process for each stream takes at the least, whatever is in it."""
    names = {
        "waiting": "the least of a process for each stream: a fork of Python that waits on a socket",
        "answered": "… that has read one answer before, and its JSON",
    }
    figures = []
    for kind, name in names.items():
        process = await asyncio.create_subprocess_exec(
            *(str(context.side.python), str(ROOT / "bench" / "forks.py"), str(count), kind),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None and process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            await process.stdout.readline()
            forks = [pid for pid in processes.tree(process.pid) if pid != process.pid]
            figures.append(Figure(name, processes.memory(forks) / len(forks), "MB"))
            process.stdin.close()
            await process.wait()
    return figures


def _memory(shop: Shop) -> float:
    return processes.memory(processes.tree(shop.cloud.pid))


async def _long_polls(shop: Shop, customer: str, count: int) -> float:
    """Return the memory while so many long polls are held."""
    orders = probe.names(count)
    await asyncio.to_thread(probe.record, shop.cloud.ready_file, orders_table(shop), customer, orders)
    async with RestClient(shop.ready.settings, shop.client(CUSTOMER).tokens) as rest:
        requests = [asyncio.create_task(rest.order(order, wait=MAX_WAIT, after=1)) for order in orders]
        # Half of the longest wait: by then each has its environment, and none is answered.
        await asyncio.sleep(MAX_WAIT / 2)
        if any(poll.done() for poll in requests):
            raise NotMeasured("a long poll was answered before anything happened")
        memory = _memory(shop)
        # Such an order has no contents, only its state: the answers may be errors.
        await asyncio.gather(*requests, return_exceptions=True)
    return memory


@asynccontextmanager
async def _streams(
    shop: Shop, customer: str, count: int
) -> AsyncIterator[tuple[list[str], list[asyncio.Task[set[int]]]]]:
    orders = probe.names(min(ORDERS, count))
    await asyncio.to_thread(probe.record, shop.cloud.ready_file, orders_table(shop), customer, orders)
    token = (await shop.client(CUSTOMER).tokens.token()).identity
    places = asyncio.Semaphore(AT_ONCE)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(
            aiohttp.ClientSession(
                headers={"Authorization": f"Bearer {token}"},
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=None),
            )
        )

        async def open_one(order: str) -> asyncio.Task[set[int]]:
            async with places:
                response = await stack.enter_async_context(
                    session.get(f"{shop.ready.settings.sse}/orders/{order}/events")
                )
                if response.status != 200:
                    raise NotMeasured(f"a stream was answered {response.status}")
                live = asyncio.Event()
                listener = asyncio.create_task(_listen(response, live))
                await live.wait()
                return listener

        async with asyncio.timeout(PATIENCE):
            listeners = await asyncio.gather(*(open_one(orders[n % len(orders)]) for n in range(count)))
        try:
            yield orders, listeners
        finally:
            for listener in listeners:
                listener.cancel()
            await asyncio.gather(*listeners, return_exceptions=True)


async def _listen(response: aiohttp.ClientResponse, live: asyncio.Event) -> set[int]:
    """Return the versions that came after the first, which the order was recorded with."""
    reader = EventReader()
    versions: set[int] = set()
    async for piece in response.content.iter_any():
        for event in reader.feed(piece):
            live.set()
            if event.name == "end":
                return versions
            if event.name == "change" and int(event.id) > 1:
                versions.add(int(event.id))
    return versions


BENCHMARK = Benchmark("held", "Requests that are held: long polls and event streams", 600, run, long=True)
