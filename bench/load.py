"""Orders and writes at an even pace, from a process of their own so that they do not disturb the receiver.

The pace does not depend on the answers (an open loop): a server that falls behind is not asked less.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from bench.shop import new_order
from clients import Credentials, OrderClient, OrderwireError
from demo.ready import read_ready
from demo.shop import CUSTOMERS, PASSWORD

# Seconds after the last order in which all answers must be there.
PATIENCE = 15.0

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sent:
    """An order that was sent, and what came back; times in seconds since 1970."""

    order_id: str
    sent: float
    answered: float
    refused: str | None = None


async def elsewhere(work: Callable[P, T], *arguments: P.args, **keywords: P.kwargs) -> T:
    """Run ``work``, a function of a module, in a fresh process, and return what it returns."""
    assert not keywords
    # Forking this process would copy a running event loop.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, work, *arguments)


def send_orders(ready_file: Path, rate: float, count: int) -> list[Sent]:
    """Send ``count`` orders, ``rate`` a second, of all customers in turn."""
    return asyncio.run(_send_orders(ready_file, rate, count))


async def _send_orders(ready_file: Path, rate: float, count: int) -> list[Sent]:
    settings = read_ready(ready_file).settings
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(OrderClient(settings, Credentials(name, PASSWORD)))
            for name in CUSTOMERS
        ]
        await asyncio.gather(*(client.tokens.token() for client in clients))
        tasks = []
        async for number in paced(rate, count):
            tasks.append(asyncio.create_task(_send(clients[number % len(clients)], number)))
        _done, late = await asyncio.wait(tasks, timeout=PATIENCE)
        for task in late:
            task.cancel()
        return list(await asyncio.gather(*tasks))


async def _send(client: OrderClient, number: int) -> Sent:
    order = new_order(number)
    start = time.time()
    refused = None
    try:
        await client.submit(order)
    except OrderwireError as error:
        refused = str(error)
    except asyncio.CancelledError:
        refused = f"no answer until {PATIENCE:g} s after the last order was sent"
    return Sent(order.client_token, start, time.time(), refused)


async def paced(rate: float, count: int) -> AsyncIterator[int]:
    """Yield 0, 1, 2 … at even distances; one that is late does not make the next one late."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    for number in range(count):
        delay = start + number / rate - loop.time()
        if delay > 0:
            await asyncio.sleep(delay)
        yield number
