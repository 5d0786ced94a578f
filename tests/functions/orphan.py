"""Run by a test: start a service with one warm environment, say its pid, and wait to be killed."""

from __future__ import annotations

import asyncio
import sys

from localcloud.aws import EngineAddress, new_credentials
from localcloud.functions import LambdaService, Settings, SourceTree
from tests.functions.fakes import ACCOUNT, HANDLERS, REGION, World


async def main() -> None:
    world = World()
    node = sys.argv[1] == "node"
    handler, runtime = ("basic.count", "nodejs22.x") if node else ("basic.counter", "python3.13")
    world.control.define("counter", handler, runtime=runtime)
    engine = EngineAddress("http://127.0.0.1:1", REGION, ACCOUNT, new_credentials(ACCOUNT))
    settings = Settings(prepared_parent=sys.argv[1] == "forked")
    service = LambdaService(engine, ports=world.ports(), settings=settings)
    await service.start()
    service.use_sources({"counter": SourceTree(HANDLERS / "node" if node else HANDLERS)})
    result = await service.invoke("counter", b"{}")
    sys.stdout.write(result.payload.decode() + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


asyncio.run(main())
