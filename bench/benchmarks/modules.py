"""Cold start of each Lambda function: until its environment asks for the first invocation.

By then the runtime client and the function's module are imported. The local Lambda service reports the time
as AWS does, as ``Init Duration`` in the log of the first invocation. A changed variable of the function makes
it start a fresh environment for the next one.
"""

from __future__ import annotations

import asyncio
import base64
import re
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bench.accounts import module_of
from bench.lambdas import client_of
from bench.model import NOT_SLOWER, Benchmark, Context, Figure, NotMeasured, Target
from bench.samples import settled
from bench.shop import open_shop
from bench.sides import Side
from bench.statistics import summarize

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

COLD = Target(below=150.0)
ROUND = "BENCH_ROUND"
_INIT = re.compile(r"\tInit Duration: ([0-9.]+) ms")


async def run(context: Context) -> Sequence[Figure]:
    """Start each function's environment several times, in turn with a bare interpreter."""
    rounds = 2 if context.quick else 9
    bare: list[float] = []
    cold: dict[str, list[float]] = {}
    async with open_shop(context.folder, side=context.side) as shop:
        await settled(shop.cloud.pid)
        client = client_of(shop.ready)
        functions = await asyncio.to_thread(variables_by_name, client)
        context.say(f"{len(functions)} functions")
        for number in range(rounds + 1):
            bare += [await _bare(context.side)] if number else []
            for name, (handler, variables) in functions.items():
                changed = {**variables, ROUND: str(number)}
                took = await asyncio.to_thread(_cold_start, client, name, changed)
                # The first round warms the file cache, and is not counted.
                if number:
                    cold.setdefault(module_of(handler), []).append(took)
    interpreter = summarize(bare)
    figures = [
        Figure("a bare interpreter", interpreter.median, "ms", spread=interpreter, note="-S -P -c pass")
    ]
    for name, times in sorted(cold.items()):
        spread = summarize(times)
        figures.append(Figure(name, spread.median, "ms", COLD, spread, beside=NOT_SLOWER))
    return figures


def variables_by_name(client: LambdaClient) -> dict[str, tuple[str, Mapping[str, str]]]:
    """Return each function's handler and its variables, by its name."""
    pages = client.get_paginator("list_functions").paginate()
    return {
        function["FunctionName"]: (function["Handler"], function.get("Environment", {}).get("Variables", {}))
        for page in pages
        for function in page["Functions"]
    }


def init_duration(log: str) -> float:
    """Return the milliseconds of the start in an invocation's log.

    Raises
    ------
    NotMeasured
        It has none: the environment was there before.
    """
    reported = _INIT.search(log)
    if reported is None:
        raise NotMeasured(f"no Init Duration in {log.strip().splitlines()[-1:]}")
    return float(reported[1])


def _cold_start(client: LambdaClient, name: str, variables: Mapping[str, str]) -> float:
    """Invoke a function in a fresh environment; most refuse the empty event, which is no matter."""
    client.update_function_configuration(FunctionName=name, Environment={"Variables": dict(variables)})
    answer = client.invoke(FunctionName=name, Payload=b'{"Records": []}', LogType="Tail")
    return init_duration(base64.b64decode(answer["LogResult"]).decode())


async def _bare(side: Side) -> float:
    start = time.perf_counter()
    process = await asyncio.create_subprocess_exec(side.python, "-S", "-P", "-c", "pass", env={})
    await process.wait()
    return (time.perf_counter() - start) * 1000


BENCHMARK = Benchmark("import", "Cold start of each function", 90, run)
