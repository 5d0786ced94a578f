"""Reports to the engine that what it calls is up, and that the start is over."""

from __future__ import annotations

import aiohttp

SECONDS = 60.0


async def resume(endpoint: str) -> None:
    """Let interrupted executions and deliveries go on.

    Raises
    ------
    aiohttp.ClientError, TimeoutError
        The engine does not answer: it has ended, or is about to.
    """
    await _post(endpoint, "resume")


async def settle(endpoint: str) -> None:
    """Have the engine hold its memory as it is worth it for what stays. Raises what `resume` does."""
    await _post(endpoint, "settle")


async def _post(endpoint: str, page: str) -> None:
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session,
        session.post(f"{endpoint}/_localcloud/{page}", raise_for_status=True),
    ):
        pass
