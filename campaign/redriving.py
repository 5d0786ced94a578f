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


async def redrive(ready_file: Path, accountant: Accountant, patience: float) -> None:
    """Run ``orderwire dlq redrive``, and return when every dead-letter queue is empty, or time is up."""
    command = [str(ROOT / "bin" / "orderwire"), "dlq", "redrive", "--yes"]
    command += ["--ready-file", str(ready_file), "--user", STAFF]
    environment = {**os.environ, "ORDERWIRE_PASSWORD": PASSWORD}
    process = await asyncio.create_subprocess_exec(*command, env=environment)
    await process.wait()
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if not any((await asyncio.to_thread(accountant.dead_letters)).values()):
            return
        await asyncio.sleep(LOOK_SECONDS)
