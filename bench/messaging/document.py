"""All that is measured, as one JSON document."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from bench import machine
from bench.cloud import local_cloud
from bench.load import elsewhere
from bench.messaging import calling, handing_on
from bench.messaging.calling import Called
from bench.messaging.cloud import Stack
from bench.messaging.handing_on import Measured, Size
from bench.messaging.ways import ALL

TEMPLATE = Path(__file__).with_name("template.yaml")
CALLS = 200
ASKING_SECONDS = 15.0
"""All but the retries is over by then."""


async def measure(folder: Path, *, quick: bool, say: Callable[[str], None]) -> dict[str, object]:
    """Start a local cloud of its own, measure, and return the document.

    Parameters
    ----------
    folder
        For the local cloud's files.
    quick
        Measure shortly: it shows that all of it works, not how fast anything is.

    Raises
    ------
    bench.model.NotMeasured
        Something did not come to its end in time.
    """
    measured_on = str(machine.describe())
    size = Size.quick() if quick else Size()
    async with local_cloud(folder, TEMPLATE) as cloud:
        say("asking, synchronously and asynchronously")
        # Events are retried after one minute, then two: what is handed on meanwhile disturbs no call.
        calls = asyncio.create_task(elsewhere(measure_calls, cloud.ready_file, 20 if quick else CALLS))
        await asyncio.sleep(ASKING_SECONDS)
        ways: list[Measured] = []
        for way in ALL:
            say(f"handing on: {way.name}")
            ways.append(await elsewhere(measure_way, cloud.ready_file, way.name, size))
        say("the last events are retried")
        called = await calls
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": measured_on,
        "quick": quick,
        "size": asdict(size),
        "percent": calling.PERCENT,
        "handingOn": [asdict(way) for way in ways],
        "asking": [asdict(call) for call in called],
    }


def measure_way(ready_file: Path, name: str, size: Size) -> Measured:
    """Measure the way of that name."""
    stack = Stack(ready_file)
    (way,) = (way for way in ALL if way.name == name)
    return handing_on.measure(stack, way(stack), size)


def measure_calls(ready_file: Path, count: int) -> list[Called]:
    """Measure the ways of asking."""
    return calling.measure(Stack(ready_file), count)
