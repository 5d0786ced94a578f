"""Cold start of each Lambda function's environment, beyond that of a bare interpreter.

The environments that the local Lambda service keeps for a running stack tell their own command lines and
variables; the same are started again here, against a Runtime API that only notes when the function asks
for its first invocation. By then the runtime client and the function's module are imported.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import boto3

from bench import processes
from bench.model import Benchmark, Context, Figure, NotMeasured, Target
from bench.shop import Shop, open_shop
from bench.statistics import summarize

BEYOND = Target(below=150.0)
NEXT = b"GET /2018-06-01/runtime/invocation/next"


async def run(context: Context) -> Sequence[Figure]:
    """Start each environment several times, in turn with a bare interpreter and an empty function."""
    rounds = 2 if context.quick else 9
    async with open_shop(context.folder, side=context.side) as shop:
        await asyncio.to_thread(_invoke_all, shop)
        found = dict(_environments(shop.cloud.pid))
        if not found:
            raise NotMeasured("no environment of a function is running; this needs Linux's /proc")
        context.say(f"{len(found)} functions")
        some = next(iter(found.values()))
        found = {"(empty function)": _empty(some, context.folder), **dict(sorted(found.items()))}
        bare: list[float] = []
        cold: dict[str, list[float]] = {name: [] for name in found}
        for number in range(rounds + 1):
            interpreter = await _run(_bare(some))
            # The first round warms the file cache, and is not counted.
            bare += [interpreter] if number else []
            for name, started in found.items():
                took = await _cold_start(started)
                cold[name] += [took] if number else []
    baseline = summarize(bare)
    figures = [Figure("bare interpreter", baseline.median, "ms", spread=baseline, note="-S -P -c pass")]
    for name, times in cold.items():
        beyond = summarize([took - baseline.median for took in times])
        target = None if name.startswith("(") else BEYOND
        figures.append(Figure(name, beyond.median, "ms", target, beyond))
    return figures


def _invoke_all(shop: Shop) -> None:
    """Invoke each function once, so that it has an environment; most refuse the empty event."""
    ready = shop.ready
    client = boto3.session.Session(
        aws_access_key_id=ready.access_key_id,
        aws_secret_access_key=ready.secret_access_key,
        region_name=ready.region,
    ).client("lambda", endpoint_url=ready.engine)
    for function in client.list_functions()["Functions"]:
        client.invoke(FunctionName=function["FunctionName"], Payload=b'{"Records": []}')


def _environments(pid: int) -> Iterator[tuple[str, processes.Started]]:
    """Yield each function's handler, and how its environment was started."""
    for child in processes.tree(pid):
        started = processes.started(child)
        if started is not None and (handler := started.environment.get("_HANDLER")):
            yield handler.removesuffix(".handler"), started


def _bare(started: processes.Started) -> processes.Started:
    return processes.Started([started.command[0], "-S", "-P", "-c", "pass"], {}, started.folder)


def _empty(started: processes.Started, folder: Path) -> processes.Started:
    """Return how to start a function that does nothing: what the runtime client alone costs."""
    (folder / "empty.py").write_text("def handler(event, context):\n    return None\n", encoding="utf-8")
    changed = {"_HANDLER": "empty.handler", "PYTHONPATH": str(folder), "LAMBDA_TASK_ROOT": str(folder)}
    return processes.Started(started.command, {**started.environment, **changed}, folder)


async def _run(started: processes.Started) -> float:
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *started.command, env=started.environment, cwd=started.folder
    )
    await process.wait()
    return (time.perf_counter() - began) * 1000


async def _cold_start(started: processes.Started) -> float:
    """Return the milliseconds from a process's start until it asks for an invocation."""
    asked: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        if not asked.done():
            if line.startswith(NEXT):
                asked.set_result(time.perf_counter())
            else:
                asked.set_exception(NotMeasured(f"a function failed to start: it asked {line[:80]!r}"))
        # No answer: it waits, as it would for its first invocation, until it is killed.
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    # Its parent, which the process follows into death, is now this one.
    command = [*started.command[:-2], str(os.getpid()), started.command[-1]]
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**started.environment, "AWS_LAMBDA_RUNTIME_API": f"{host}:{port}"},
        cwd=started.folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(10):
            return (await asked - began) * 1000
    except TimeoutError as error:
        raise NotMeasured(f"{started.environment['_HANDLER']} did not ask for work within 10 s") from error
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        server.close()
        await server.wait_closed()


BENCHMARK = Benchmark("import", "Cold start of each function, beyond a bare interpreter", 60, run)
