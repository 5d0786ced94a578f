"""Durable functions beside AWS's local runner: executions, checkpoints, and executions that wait.

The runner invokes its functions on the same local cloud, whose Lambda service is quicker than the containers
that it is meant for: what differs is who keeps the executions. They take turns.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from bench import load, processes
from bench.cloud import Cloud, local_cloud
from bench.durable import floor, services
from bench.durable.runner import NAME, free_port, local_runner
from bench.durable.services import Service
from bench.model import Benchmark, Context, Figure, NotMeasured, Target
from bench.sides import ROOT
from bench.stage import engine_of
from bench.statistics import Summary, summarize
from clients import reading

SOURCE = ROOT / "bench" / "durable"
OURS = "the local cloud"
MORE, SOONER, MEMORY = Target(at_least=10.0), Target(below=0.2), Target(below=80.0)
SDK = "aws_durable_execution_sdk_python"
WAITING = 10_000
# What functions are run with: the SDK as users have it, and the bare protocol.
WAYS = {"steps": "AWS's SDK", "wire": "the bare protocol"}


async def beside(context: Context) -> Sequence[Figure]:
    """Run executions of three steps on both, by turns, and then one after the other."""
    turns, count, single = (1, 20, 5) if context.quick else (3, 300, 60)
    absent: list[Figure] = []
    async with AsyncExitStack() as stack:
        port = free_port()
        cloud = await stack.enter_async_context(_cloud(context, port))
        here = [_service(cloud)]
        if context.peers:
            try:
                here.append(await stack.enter_async_context(_runner(context, cloud, port)))
            except NotMeasured as error:
                absent = [Figure(f"{NAME}: not measured", 0, "", note=str(error))]
        figures: list[Figure] = []
        for way, words in WAYS.items():
            rates: dict[str, list[float]] = {service.name: [] for service in here}
            for service in here:
                await load.elsewhere(services.run, service, way, max(8, count // 4))
            for turn in range(turns):
                for service in here:
                    rates[service.name].append(await load.elsewhere(services.run, service, way, count))
                    context.say(f"turn {turn + 1}, {words}: {service.name} {rates[service.name][-1]:.1f}/s")
            figures += _rates(rates, words, count)
        times: dict[str, list[list[float]]] = {service.name: [] for service in here}
        for _ in range(turns):
            for service in here:
                times[service.name].append(
                    await load.elsewhere(services.checkpoints, service, "wire", single)
                )
            async with floor.constant_server() as constant:
                times.setdefault(floor.NAME, []).append(
                    await load.elsewhere(floor.checkpoints, constant, single)
                )
        return [*figures, *_checkpoints(times), *absent]


def _rates(rates: dict[str, list[float]], words: str, count: int) -> list[Figure]:
    figures = []
    for name, measured in rates.items():
        rate = summarize(measured)
        note = f"{count} started at once; from the first start to the last end"
        title = f"{name}: executions of three steps, by {words}"
        figures.append(Figure(title, rate.median, "1/s", spread=rate, note=note))
    if NAME in rates:
        ratios = [ours / theirs for ours, theirs in zip(rates[OURS], rates[NAME], strict=True)]
        name = f"executions a second by {words}, of those of {NAME}"
        figures.append(Figure(name, statistics.median(ratios), "times", MORE))
    return figures


def _checkpoints(times: dict[str, list[list[float]]]) -> list[Figure]:
    figures = []
    medians = {name: [statistics.median(turn) for turn in turns] for name, turns in times.items()}
    for name, turns in times.items():
        spread: Summary = summarize([milliseconds for turn in turns for milliseconds in turn])
        note = "a step's start and end in one request, by the function's clock, one execution at a time"
        figures.append(
            Figure(f"{name}: a step's checkpoint, p50", spread.median, "ms", spread=spread, note=note)
        )
    if NAME in medians:
        ratios = [ours / theirs for ours, theirs in zip(medians[OURS], medians[NAME], strict=True)]
        figures.append(
            Figure(f"a step's checkpoint, of that of {NAME}", statistics.median(ratios), "times", SOONER)
        )
        least = [bare / theirs for bare, theirs in zip(medians[floor.NAME], medians[NAME], strict=True)]
        name = f"the function's own share of a checkpoint, of that of {NAME}"
        note = f"answered by {floor.NAME}: no service can be below it"
        figures.append(Figure(name, statistics.median(least), "times", note=note))
    return figures


async def waiting(context: Context) -> Sequence[Figure]:
    """Let executions wait for an hour after their first step."""
    count, seconds = (200, 2.0) if context.quick else (WAITING, 10.0)
    async with _cloud(context, 1) as cloud:
        service, pids = _service(cloud), [cloud.pid, engine_of(cloud)]
        await load.elsewhere(services.start, service, "wait", max(20, count // 20))
        await _settled(pids)
        idle, before = await _used(pids, seconds), processes.memory(pids)
        await load.elsewhere(services.start, service, "wait", count)
        await _settled(pids)
        used, after = await _used(pids, seconds), processes.memory(pids)
    context.say(f"{count} wait: {before:.0f} MB to {after:.0f} MB")
    figures = [
        Figure(
            "an execution that waits: memory", (after - before) * 1000 / count, "KB", note=f"{count} of them"
        ),
        Figure(
            f"{count} executions that wait: processor time",
            (used - idle) * 1000 / seconds,
            "ms a second",
            note=f"beyond the {idle * 1000 / seconds:.1f} ms a second of the few before them",
        ),
    ]
    if count == WAITING:
        note = "the local cloud's process and the engine's"
        figures.append(
            Figure(f"{count} executions that wait: memory", after - before, "MB", MEMORY, note=note)
        )
    return figures


async def _used(pids: list[int], seconds: float) -> float:
    """Return the processor time of some processes over some seconds."""
    before = processes.statuses()
    await asyncio.sleep(seconds)
    after = processes.statuses()
    return sum(after[pid].own - before[pid].own for pid in pids)


async def _settled(pids: list[int]) -> None:
    """Wait until every execution waits: then hardly anything runs."""
    for _ in range(300):
        if await _used(pids, 1.0) < 0.05:
            return
    raise NotMeasured("the executions do not come to their wait")


@asynccontextmanager
async def _cloud(context: Context, port: int) -> AsyncIterator[Cloud]:
    """Start a local cloud with the functions, whose code has a copy of the SDK."""
    folder = context.folder / "project"
    if not folder.exists():
        shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        spec = find_spec(SDK)
        if spec is None or spec.origin is None:
            raise NotMeasured("the durable execution SDK is not here: `make setup` installs it")
        shutil.copytree(Path(spec.origin).parent, folder / "function" / SDK)
    arguments = ("--no-reload", "--parameter", f"RunnerPort={port}")
    async with local_cloud(context.folder, folder / "template.yaml", *arguments, side=context.side) as cloud:
        yield cloud


def _service(cloud: Cloud) -> Service:
    document = cloud.document()
    key = reading.mapping(document.get("credentials"), "credentials")
    return Service(
        OURS,
        reading.whole(urlsplit(reading.text(document.get("engine"), "engine")).port, "engine"),
        reading.text(document.get("region"), "region"),
        reading.text(document.get("account"), "account"),
        reading.text(key.get("access_key_id"), "access_key_id"),
    )


@asynccontextmanager
async def _runner(context: Context, cloud: Cloud, port: int) -> AsyncIterator[Service]:
    ours, document = _service(cloud), cloud.document()
    key = reading.mapping(document.get("credentials"), "credentials")
    credentials = (ours.key, reading.text(key.get("secret_access_key"), "secret_access_key"))
    endpoint = reading.text(document.get("engine"), "engine")
    async with local_runner(context.folder, port, endpoint, ours.region, credentials):
        yield Service(NAME, port, ours.region, ours.account, ours.key, runner=True, prefix="runner-")


EXECUTIONS = Benchmark("durable.executions", "Durable executions beside AWS's local runner", 300, beside)
WAITING_EXECUTIONS = Benchmark("durable.waiting", "Durable executions that wait", 300, waiting)
