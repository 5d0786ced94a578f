"""What Lambda bills: invocations, milliseconds rounded up, and those times the memory."""

from __future__ import annotations

import asyncio
import json
import re
import urllib.request
from pathlib import Path

import pytest

from localcloud.functions import TooManyRequests
from localcloud.functions.meter import InvocationMeter
from tests.functions.conftest import Bench
from tests.functions.helpers import names_in, until, value

BILLED = re.compile(r"Billed Duration: (\d+) ms")


def ask(bench: Bench, method: str) -> dict[str, dict[str, float]]:
    request = urllib.request.Request(f"{bench.service.url}/_localcloud/meter", method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        counts: dict[str, dict[str, float]] = json.load(answer)
    return counts


async def test_metered_duration_equals_that_of_the_logs(bench: Bench) -> None:
    bench.define("echo", "basic.echo", memory=512)
    results = [await bench.service.invoke("echo", b"{}") for _ in range(3)]
    billed = sum(int(BILLED.findall(result.log_tail)[0]) for result in results)
    counts = await asyncio.to_thread(ask, bench, "DELETE")
    assert counts.keys() == {"echo"}
    assert counts["echo"]["invocations"] == 3
    assert counts["echo"]["billed_ms"] == billed >= 3
    assert counts["echo"]["gb_seconds"] == pytest.approx(billed / 1000 / 2, abs=1e-6)
    assert counts["echo"]["ms"] > 0
    assert await asyncio.to_thread(ask, bench, "GET") == {}


async def test_failed_invocation_is_billed_and_a_throttled_one_is_not(bench: Bench, tmp_path: Path) -> None:
    bench.define("fail", "basic.fail")
    await bench.service.invoke("fail", b"{}")
    bench.define("busy", "basic.rendezvous", reserved_concurrency=1)
    event = json.dumps({"folder": str(tmp_path), "count": 2}).encode()
    running = asyncio.create_task(bench.service.invoke("busy", event))
    await until(lambda: names_in(tmp_path))
    with pytest.raises(TooManyRequests):
        await bench.service.invoke("busy", event)
    (tmp_path / "other").touch()
    value(await running)
    counts = await asyncio.to_thread(ask, bench, "GET")
    assert counts["fail"]["invocations"] == counts["busy"]["invocations"] == 1
    assert min(counts["fail"]["billed_ms"], counts["busy"]["billed_ms"]) >= 1


def test_each_invocation_is_rounded_up_alone() -> None:
    meter = InvocationMeter()
    for _ in range(10):
        with meter.invocation("f"):
            meter.billed("f", 0.2, memory=1024)
    shown = meter.snapshot()["f"]
    assert (shown["invocations"], shown["billed_ms"], shown["gb_seconds"]) == (10, 10, 0.01)
