"""Environments that are up before their first invocation."""

from __future__ import annotations

import asyncio
from pathlib import Path

from localcloud.functions import InvokeResult, SourceTree
from localcloud.functions.warming import Warmed, warm
from localcloud.lifecycle.warm_up import warm_up
from localcloud.reporting.progress import Progress
from tests.functions.conftest import Bench
from tests.functions.helpers import value


async def test_each_function_has_one_initialized_environment(bench: Bench) -> None:
    for name in ("first", "second", "third"):
        bench.define(name, "basic.environment")
    warmed = await bench.service.warm(50)
    assert warmed == Warmed(("first", "second", "third"), {}, ())
    assert bench.lines == [], "nothing was invoked"
    first, again = [value(await bench.service.invoke("first", b"{}"))["pid"] for _ in range(2)]
    assert first == again
    # The REPORT of an environment's first invocation includes its init phase, as on AWS.
    reports = [line for _, _, line in bench.lines if line.startswith("REPORT")]
    assert ["Init Duration" in line for line in reports] == [True, False]


async def test_second_warm_up_starts_nothing(bench: Bench) -> None:
    bench.define("environment", "basic.environment")
    pid = value(await bench.service.invoke("environment", b"{}"))["pid"]
    assert (await bench.service.warm(50)).ready == ("environment",)
    assert value(await bench.service.invoke("environment", b"{}"))["pid"] == pid


async def test_invocation_during_warm_up_takes_the_environment(bench: Bench) -> None:
    bench.define("echo", "basic.echo", reserved_concurrency=1)
    warmed, result = await asyncio.gather(bench.service.warm(50), bench.service.invoke("echo", b"1"))
    assert (warmed.ready, value(result)) == (("echo",), 1)


async def test_function_that_cannot_start_is_named_with_the_reason(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import nothing_of_that_name\n")
    bench.define("sound", "basic.echo")
    bench.world.control.define("broken", "broken.handler")
    bench.service.use_sources({"broken": SourceTree(tmp_path)})
    warmed = await bench.service.warm(50)
    assert warmed.ready == ("sound",)
    assert "nothing_of_that_name" in warmed.failed["broken"]
    assert value(await bench.service.invoke("sound", b"1")) == 1


async def test_function_that_cannot_or_may_not_run_is_not_warmed(bench: Bench) -> None:
    bench.define("image", "", package_type="Image")
    bench.define("closed", "basic.echo", reserved_concurrency=0)
    warmed = await bench.service.warm(50)
    assert warmed == Warmed((), {}, ())


async def test_slow_function_is_named_and_continues_to_warm() -> None:
    never = asyncio.Event()

    async def start(name: str) -> InvokeResult:
        if name == "slow":
            await never.wait()
        return InvokeResult(b"")

    assert await warm(["quick", "slow"], start, 0.05) == Warmed(("quick",), {}, ("slow",))
    assert await warm([], start, 0.05) == Warmed((), {}, ())


async def test_start_reports_warm_and_cold_functions(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import nothing_of_that_name\n")
    bench.define("sound", "basic.echo")
    bench.world.control.define("broken", "broken.handler")
    bench.service.use_sources({"broken": SourceTree(tmp_path)})
    steps: list[str] = []
    warnings: list[str] = []
    progress = Progress(step=steps.append, warning=warnings.append)
    await warm_up(bench.service, progress)
    assert steps[1].startswith("1 function warm after ")
    assert warnings[0].startswith("function broken does not start: Runtime.ImportModuleError: ")
    bench.define("late", "basic.echo")
    await warm_up(bench.service, progress, 0.0)
    assert warnings[-1].startswith("still starting after 0 s: ")
