"""The warm-up of functions as a part of the start, and what is said of it."""

from __future__ import annotations

import time

from localcloud.functions import LambdaService
from localcloud.reporting.progress import Progress

# Twenty functions start within this on one core that has something else to do as well.
LONGEST_SECONDS = 60.0


async def warm_up(functions: LambdaService, progress: Progress, seconds: float = LONGEST_SECONDS) -> None:
    """Start one environment of each function: its first caller does not wait for a cold start."""
    started = time.monotonic()
    progress.step("warming the functions: one environment of each")
    warmed = await functions.warm(seconds)
    for name, reason in warmed.failed.items():
        progress.warning(f"function {name} does not start: {reason}")
    if warmed.late:
        progress.warning(f"still starting after {seconds:.0f} s: {', '.join(warmed.late)}")
    count = len(warmed.ready)
    progress.step(
        f"{count} function{'' if count == 1 else 's'} warm after {time.monotonic() - started:.1f} s"
    )
