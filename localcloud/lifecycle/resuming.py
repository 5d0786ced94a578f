"""Reports to the engine that what it calls is up: interrupted executions and deliveries go on."""

from __future__ import annotations

import aiohttp

SECONDS = 60.0


async def resume(endpoint: str) -> None:
    """Let them go on.

    Raises
    ------
    aiohttp.ClientError, TimeoutError
        The engine does not answer: it has ended, or is about to.
    """
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session,
        session.post(f"{endpoint}/_localcloud/resume", raise_for_status=True),
    ):
        pass
