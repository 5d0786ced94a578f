"""An API that changes: no request that comes after the change is served by what was before."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass

from localcloud.appsync.serving.loaded import Loaded


@dataclass(frozen=True)
class Definition:
    """One version of an API."""

    name: str


@dataclass
class Served:
    """Serves a version."""

    definition: Definition


async def test_requests_wait_while_a_change_is_loaded() -> None:
    versions = iter(["first", "second"])
    may_load, loads = threading.Event(), threading.Event()

    def load(_api: str) -> Definition:
        loads.set()
        may_load.wait(10)
        return Definition(next(versions))

    api = Loaded("a", "api", load, Served)
    may_load.set()
    assert (await api.current()).definition.name == "first"
    may_load.clear()
    loads.clear()
    api.changed()
    requests = [asyncio.create_task(api.current())]
    await asyncio.to_thread(loads.wait, 10)  # the first request has begun to load it
    requests += [asyncio.create_task(api.current()) for _ in range(2)]
    await asyncio.sleep(0)
    may_load.set()
    served = await asyncio.gather(*requests)
    assert [api.definition.name for api in served] == ["second"] * 3
