"""Writes what executions that wait take: bytes of each, and seconds of processor time while they wait."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from pathlib import Path

from localcloud.states.language.scope import Json
from tests.states.world import TOKEN, World, chain

FUNCTION: Json = {"FunctionName": "ask", "Payload": {"token.$": "$$.Task.Token"}}
MACHINES = {
    "token": chain(Ask={"Type": "Task", "Resource": TOKEN, "TimeoutSeconds": 86_400, "Parameters": FUNCTION}),
    "wait": chain(Pause={"Type": "Wait", "Seconds": 86_400}),
}


def resident() -> int:
    """Return the bytes of memory that this process takes."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


class Silent(World):
    """Keeps no account of what it sees."""

    def __init__(self) -> None:
        super().__init__()
        self.questions = 0
        self.functions["ask"] = self._ask

    def _ask(self, _event: Json) -> Json:
        self.calls.clear()
        self.questions += 1
        return None

    def transition(self, machine: str) -> None:
        pass

    def changed(self, execution: object) -> None:
        pass


async def turns(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def measure(kind: str, number: int) -> dict[str, float]:
    world = Silent()
    machine = world.create(MACHINES[kind])

    async def start(first: int, last: int) -> None:
        for index in range(first, last):
            data = {"orderId": f"o-{index}", "lines": [{"sku": "soap", "quantity": 2}]}
            world.start(machine, data, name=f"e{index}")
            if index % 100 == 0:
                await turns(3)
        await turns(20)

    await start(0, 50)
    gc.collect()
    before = resident()
    await start(50, 50 + number)
    gc.collect()
    took = (resident() - before) / number
    assert len(world.region.tokens) == (number + 50 if kind == "token" else 0)
    spent = time.process_time()
    await asyncio.sleep(0.5)
    return {"bytes": took, "seconds": time.process_time() - spent}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(measure(sys.argv[1], int(sys.argv[2])))))
