"""The dead letters are put back where they came from, as an operator would."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

from campaign.books import Accountant
from campaign.cloud import ROOT
from demo.shop import PASSWORD, STAFF

LOOK_SECONDS = 1.0
# What SQS moves back has gone by then; what is still there is worth another try.
AGAIN_SECONDS = 20.0


async def redrive(ready_file: Path, accountant: Accountant, patience: float) -> None:
    """Run ``orderwire dlq redrive`` until every dead-letter queue is empty, or time is up.

    Again and again, as it says itself where letters are left: a function that answers too late keeps its own.
    """
    command = [str(ROOT / "bin" / "orderwire"), "dlq", "redrive", "--yes"]
    command += ["--ready-file", str(ready_file), "--user", STAFF]
    environment = {**os.environ, "ORDERWIRE_PASSWORD": PASSWORD}
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        process = await asyncio.create_subprocess_exec(*command, env=environment)
        await process.wait()
        if await _empty(accountant, min(deadline, time.monotonic() + AGAIN_SECONDS)):
            return


async def _empty(accountant: Accountant, deadline: float) -> bool:
    while any((await asyncio.to_thread(accountant.dead_letters)).values()):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(LOOK_SECONDS)
    return True
