"""What one delivered order costs in AWS's own units, by the engine's meter.

The meter counts background polling (of queues and of the stream), too; the capacity units and transitions
hold none of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import aiohttp

from bench import load
from bench.model import Benchmark, Context, Figure, NotMeasured
from bench.receive import subscribers
from bench.shop import Shop, open_shop, without_board
from clients import reading


async def run(context: Context) -> Sequence[Figure]:
    """Reset the meter, deliver some orders, and divide."""
    count = 10 if context.quick else 100
    arguments = without_board(context.side)
    async with (
        open_shop(context.folder, *arguments, side=context.side) as shop,
        subscribers(shop) as receipts,
    ):
        warm = await load.elsewhere(load.send_orders, shop.cloud.ready_file, 10.0, 10)
        await receipts.wait_complete({order.order_id for order in warm}, 20)
        async with aiohttp.ClientSession(f"{shop.ready.engine}/") as engine:
            await settled(engine)
            await read_meter(engine, reset=True)
            sent = await load.elsewhere(load.send_orders, shop.cloud.ready_file, 10.0, count)
            if not await receipts.wait_complete({order.order_id for order in sent}, 30):
                raise NotMeasured("not all orders came to their end")
            await settled(engine)
            return list(figures(await read_meter(engine), _names(shop), count))


def figures(meter: Mapping[str, object], names: Mapping[str, str], orders: int) -> Sequence[Figure]:
    """Return what the meter says, divided by the number of orders.

    Parameters
    ----------
    meter
        ``operations``, ``capacity`` (``read`` and ``write`` of each table), ``transitions`` and ``lambda``.
    names
        What to call a table or state machine, by its physical name or ARN.
    """
    results: list[Figure] = []
    for table, units in reading.mapping(meter.get("capacity"), "capacity").items():
        for kind, value in reading.mapping(units, table).items():
            name = f"{names.get(table, table)}: {kind} units per order"
            results.append(Figure(name, number(value, name) / orders, "units"))
    for machine, value in reading.mapping(meter.get("transitions"), "transitions").items():
        name = f"{names.get(machine, machine)}: state transitions per order"
        results.append(Figure(name, number(value, name) / orders, "transitions"))
    functions = reading.mapping(meter.get("lambda"), "lambda")
    calls = [reading.mapping(value, name).get("invocations") for name, value in functions.items()]
    total = sum(number(value, "invocations") for value in calls)
    results.append(
        Figure("Lambda invocations per order", total / orders, "invocations", note=f"{len(calls)} functions")
    )
    return results


async def settled(engine: aiohttp.ClientSession) -> None:
    """Return once the workflows' last operations are counted: nothing but polling is counted any more."""
    before: object = None
    for _ in range(20):
        transitions = (await read_meter(engine)).get("transitions")
        if transitions == before:
            return
        before = transitions
        await asyncio.sleep(0.5)


async def read_meter(engine: aiohttp.ClientSession, *, reset: bool = False) -> Mapping[str, object]:
    """Return what the engine's meter has counted; or reset it, and return nothing."""
    method = "DELETE" if reset else "GET"
    async with engine.request(method, "_localcloud/meter") as response:
        if response.status >= 300:
            raise NotMeasured(f"the engine's meter answers {response.status}")
        document: object = {} if reset else await response.json()
    return reading.mapping(document, "meter")


def _names(shop: Shop) -> dict[str, str]:
    """Return the outputs' names by their values, as a reader knows tables and workflows."""
    outputs = reading.mapping(shop.cloud.document().get("outputs"), "outputs")
    short = {"OrdersTableName": "orders table", "FulfilmentTableName": "fulfilment table"}
    names = {str(outputs[name]): label for name, label in short.items() if name in outputs}
    for output, label in (("StateMachineArn", "workflow"), ("ExpressMachineArn", "express workflow")):
        machine = str(outputs.get(output, ""))
        names |= {machine: label, machine.rpartition(":")[2]: label}
    return names


def number(value: object, where: str) -> float:
    """Return a count of the meter as a number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise NotMeasured(f"the meter's {where} is {value!r}, not a number")
    return value


BENCHMARK = Benchmark("meter", "What one order costs, in AWS's units", 60, run)
