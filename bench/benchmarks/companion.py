"""The companion: its package, its cold import, and a warm read through the gateway.

The local cloud deploys it with the real ``chalice deploy``. The package that this made is measured as it
is; the rest is asked over HTTP, as a client would.
"""

from __future__ import annotations

import asyncio
import shlex
import sys
import time
import zipfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from bench.model import Benchmark, Context, Figure, NotMeasured, Target
from bench.shop import PATIENT_SECONDS, Shop, new_order, open_shop
from bench.statistics import Summary, summarize
from clients import OrderClient

IMPORT, PACKAGE = Target(below=60.0), Target(below=4.0)
READ = Target(below=5.0)
CUSTOMER = "ada"
_IMPORT = "import sys; sys.path.insert(0, sys.argv[1]); import app"


async def run(context: Context) -> Sequence[Figure]:
    """Deploy the companion to a local cloud, then measure one thing after the other."""
    async with deployed(context) as (shop, package):
        return [*await _package(context, package), *await _reads(context, shop)]


@asynccontextmanager
async def deployed(
    context: Context, *arguments: str, payment_seconds: int = PATIENT_SECONDS
) -> AsyncIterator[tuple[Shop, Path]]:
    """Start a local cloud with the companion; yield it with the package that was deployed."""
    project = context.folder / "companion"
    deploy = [
        str(context.side.python),
        "tools/companion.py",
        "deploy",
        "--stage",
        "local",
        "--project-dir",
        str(project),
    ]
    also = (*arguments, "--also", shlex.join(deploy))
    async with open_shop(context.folder, *also, side=context.side, payment_seconds=payment_seconds) as shop:
        packages = list((project / ".chalice" / "deployments").glob("*.zip"))
        if len(packages) != 1 or shop.ready.settings.rest is None:
            raise NotMeasured("the local cloud started without a companion")
        yield shop, packages[0]


async def _package(context: Context, package: Path) -> list[Figure]:
    """Import the application as packaged, in a clean interpreter, in turn with a bare one."""
    cached_at, sources_at = (str(context.folder / name) for name in ("cached", "sources"))
    size = await asyncio.to_thread(_unpack, package, cached_at, sources_at)
    rounds = 3 if context.quick else 15
    bare: list[float] = []
    cached: list[float] = []
    compiled: list[float] = []
    for number in range(rounds + 1):
        took = [
            await _started("-c", "pass"),
            await _started("-c", _IMPORT, cached_at),
            await _started("-B", "-c", _IMPORT, sources_at),
        ]
        if number:  # the first round writes the bytecode, and is not counted
            for times, milliseconds in zip((bare, cached, compiled), took, strict=True):
                times.append(milliseconds)
    baseline = summarize(bare)
    beyond = summarize([took - baseline.median for took in cached])
    from_source = summarize([took - baseline.median for took in compiled])
    return [
        Figure("package", size / 1e6, "MB", PACKAGE, note="Strawberry in it"),
        Figure(
            "cold import of the application",
            beyond.median,
            "ms",
            IMPORT,
            beyond,
            f"beyond the interpreter's own {baseline.median:.0f} ms",
        ),
        Figure(
            "the same without bytecode",
            from_source.median,
            "ms",
            spread=from_source,
            note="Lambda can keep none",
        ),
    ]


def _unpack(package: Path, *folders: str) -> int:
    """Unpack a package into each folder; return its size in bytes."""
    with zipfile.ZipFile(package) as archive:
        for folder in folders:
            archive.extractall(folder)
    return package.stat().st_size


async def _started(*arguments: str) -> float:
    """Return the milliseconds that a clean interpreter takes from its start to its end."""
    start = time.perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, "-I", "-S", *arguments, env={})
    if await process.wait():
        raise NotMeasured("the packaged application cannot be imported")
    return (time.perf_counter() - start) * 1000


async def _reads(context: Context, shop: Shop) -> list[Figure]:
    """Read one order over and over, over one connection: whole, and when nothing is new."""
    count = 50 if context.quick else 400
    async with shop.client(CUSTOMER) as ada, aiohttp.ClientSession() as session:
        order = await ada.submit(new_order(0))
        await _delivered(ada, order.id)
        token = (await ada.tokens.token()).identity
        url = f"{shop.ready.settings.rest}/orders/{order.id}"
        headers = {"Authorization": token}
        async with session.get(url, headers=headers) as response:
            etag = response.headers["ETag"]
        whole = await _timed(session, url, headers, 200, count)
        same = await _timed(session, url, {**headers, "If-None-Match": etag}, 304, count)
        none = await _timed(session, f"{shop.ready.settings.rest}/orders/none", headers, 404, count)
        nothing = await _timed(session, f"{shop.ready.settings.rest}/none", headers, 403, count)
    return [
        Figure("GET /orders/{id}, warm, through the front: p50", whole.median, "ms", READ, whole),
        Figure("the same, not modified (304): p50", same.median, "ms", READ, same),
        Figure(
            "an id that names no order: p50", none.median, "ms", spread=none, note="all but the table's read"
        ),
        Figure("a path that there is not: p50", nothing.median, "ms", spread=nothing, note="the front alone"),
    ]


async def _delivered(ada: OrderClient, order_id: str) -> None:
    """Return once the order is what it will always be: nothing else shall be going on."""
    async for _change in ada.follow(order_id):
        pass


async def _timed(
    session: aiohttp.ClientSession, url: str, headers: dict[str, str], expected: int, count: int
) -> Summary:
    times = []
    warm_up = count // 5
    for number in range(warm_up + count):
        start = time.perf_counter()
        async with session.get(url, headers=headers) as response:
            await response.read()
        if number >= warm_up:
            times.append((time.perf_counter() - start) * 1000)
        if response.status != expected:
            raise NotMeasured(f"{url} answers {response.status}, not {expected}")
    return summarize(times)


BENCHMARK = Benchmark("companion", "The companion: package, cold import, a warm read", 120, run)
