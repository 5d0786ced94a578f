"""What a million orders cost on AWS, by the meter and the price file: Standard and Express executions.

Counted is what an order takes of Step Functions, Lambda and DynamoDB, everything between its submission and
its end; following it is what ``make compare`` prices. There is no free tier.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import aiohttp

from bench import load
from bench.benchmarks.meter import number, read_meter, settled
from bench.model import Benchmark, Context, Figure, NotMeasured, Target
from bench.receive import subscribers
from bench.shop import open_shop, without_board
from bench.sides import ROOT
from clients import reading

BELOW = Target(below=60.0)
MILLION = 1_000_000
# The template's parameter that chooses; one without it has Standard executions alone.
PARAMETER = "ExpressOrders"
REGION = "us-east-1"
PRICES = ROOT / "compare" / "prices.json"


async def run(context: Context) -> Sequence[Figure]:
    """Deliver orders by Standard executions, then by Express ones where the template has them."""
    count = 10 if context.quick else 100
    chooses = f"  {PARAMETER}:" in context.side.template.read_text(encoding="utf-8")
    figures: list[Figure] = []
    for kind in ("Standard", "Express") if chooses else ("Standard",):
        chosen = ("--parameter", f"{PARAMETER}={'true' if kind == 'Express' else 'false'}") if chooses else ()
        document = await _metered(context, chosen, count)
        figures += bill(kind, document, count, prices())
    return figures


async def _metered(context: Context, arguments: Sequence[str], count: int) -> Mapping[str, object]:
    """Deliver some orders; return what the meter counted meanwhile."""
    async with (
        open_shop(context.folder, *without_board(context.side), *arguments, side=context.side) as shop,
        subscribers(shop) as receipts,
        aiohttp.ClientSession(f"{shop.ready.engine}/") as engine,
    ):
        warm = await load.elsewhere(load.send_orders, shop.cloud.ready_file, 10.0, 10)
        await receipts.wait_complete({order.order_id for order in warm}, 20)
        await settled(engine)
        await read_meter(engine, reset=True)
        sent = await load.elsewhere(load.send_orders, shop.cloud.ready_file, 10.0, count)
        if not await receipts.wait_complete({order.order_id for order in sent}, 30):
            raise NotMeasured("not all orders came to their end")
        await settled(engine)
        return await read_meter(engine)


def bill(kind: str, document: Mapping[str, object], orders: int, each: Mapping[str, Decimal]) -> list[Figure]:
    """Return the dollars of a million orders, each of which took as much as those that were counted.

    Parameters
    ----------
    kind
        The kind of executions: ``Standard`` or ``Express``.
    document
        What the meter said.
    each
        What one unit costs.
    """
    functions = _counts(document, "lambda", "invocations", "gb_seconds")
    tables = _counts(document, "capacity", "read", "write")
    runs = _counts(document, "express", "requests", "gb_seconds")
    express = reading.mapping(document.get("express", {}), "express")
    transitions = reading.mapping(document.get("transitions"), "transitions")
    standard = sum(number(n, name) for name, n in transitions.items() if name not in express)
    requests, duration = runs
    services = {
        "Step Functions": {
            "states.transition": standard,
            "states.request": requests,
            "states.gb-second": duration,
        },
        "Lambda": {"lambda.request": functions[0], "lambda.gb-second.arm64": functions[1]},
        "DynamoDB": {"dynamodb.read": tables[0], "dynamodb.write": tables[1]},
    }
    dollars = {
        service: sum((Decimal(units) * each[price] for price, units in lines.items()), Decimal(0))
        for service, lines in services.items()
    }
    name = f"a million orders by {kind} executions"
    return [
        Figure(
            name,
            float(sum(dollars.values()) * MILLION / orders),
            "USD",
            BELOW if kind == "Express" else None,
            note=f"{standard / orders:.1f} transitions an order billed, {requests / orders:.1f} requests, "
            f"{duration / orders * 16:.2f} s of 64 MB; measured with {orders} orders",
        ),
        *(
            Figure(f"{name}: {service}", float(usd * MILLION / orders), "USD")
            for service, usd in dollars.items()
        ),
    ]


def prices(path: Path = PRICES) -> dict[str, Decimal]:
    """Return what one unit of everything costs, in dollars."""
    document: object = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    listed = reading.mapping(reading.mapping(document, path.name).get("prices"), "prices")
    return {name: _each(reading.mapping(price, name), name) for name, price in listed.items()}


def _each(price: Mapping[str, object], name: str) -> Decimal:
    usd = reading.mapping(price.get("usd"), name).get(REGION)
    return Decimal(str(usd)) / reading.whole(price.get("per"), name)


def _counts(document: Mapping[str, object], member: str, *names: str) -> list[float]:
    """Return the sums of some counts over all functions, tables or machines."""
    counted = [
        reading.mapping(counts, name)
        for name, counts in reading.mapping(document.get(member, {}), member).items()
    ]
    return [sum(number(counts.get(name), name) for counts in counted) for name in names]


BENCHMARK = Benchmark("states.dollars", "What a million orders cost, by the meter", 120, run)
