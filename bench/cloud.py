"""A local cloud in a process of its own, from its start to its end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from bench.model import NotMeasured
from bench.sides import HERE, Side
from clients import reading

START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Cloud:
    """A running local cloud.

    Attributes
    ----------
    started_at
        When its process was started, by ``time.perf_counter``.
    """

    pid: int
    started_at: float
    ready_file: Path

    def document(self) -> dict[str, object]:
        """Return what its ready file says."""
        return reading.mapping(json.loads(self.ready_file.read_text(encoding="utf-8")), "ready file")


@contextlib.asynccontextmanager
async def local_cloud(
    folder: Path, template: Path, *arguments: str, side: Side = HERE
) -> AsyncIterator[Cloud]:
    """Run a side's ``python -m localcloud`` on free ports until the block ends; enter once it is ready.

    Raises
    ------
    NotMeasured
        It did not start; the message holds what it said.
    """
    ready_file, printed = folder / "ready.json", folder / "printed.txt"
    command = [str(side.python), "-m", "localcloud", str(template), "--port", "0", "--quiet"]
    with printed.open("wb") as out:
        started_at = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *command,
            *("--ready-file", str(ready_file), "--log-file", str(folder / "log.txt"), *arguments),
            cwd=side.root,
            env=side.environment(),
            stdout=out,
            stderr=asyncio.subprocess.STDOUT,
        )
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                while not ready_file.exists() and process.returncode is None:  # noqa: ASYNC110 - a file
                    await asyncio.sleep(0.005)
        if not ready_file.exists():
            output = printed.read_text(encoding="utf-8", errors="replace")
            raise NotMeasured(f"the local cloud did not start: {output.strip() or 'it output nothing'}")
        yield Cloud(process.pid, started_at, ready_file)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(20):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
