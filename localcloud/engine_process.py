"""Start the AWS engine in its own environment and wait until it answers."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import aiohttp

from localcloud.aws import EngineAddress
from localcloud.processes import Child

PROJECT = Path(__file__).resolve().parent.parent
START_SECONDS = 30.0


class EngineError(Exception):
    """The engine did not start; the message says why and what to do."""


def engine_python() -> Path:
    """Return the interpreter of the engine's environment.

    ``LOCALCLOUD_ENGINE_PYTHON`` names another one than the project's ``.venv-engine``.

    Raises
    ------
    EngineError
        There is none.
    """
    named = os.environ.get("LOCALCLOUD_ENGINE_PYTHON")
    python = Path(named) if named else PROJECT / ".venv-engine" / "bin" / "python"
    if not python.exists():
        raise EngineError(f"the engine's environment is missing ({python}): run `make setup`")
    return python


async def start_engine(
    address: EngineAddress, *, port: int, lambda_url: str, control_url: str, on_line: Callable[[str], None]
) -> Child:
    """Start the engine on ``port`` and return once it answers.

    Parameters
    ----------
    address
        Where it will be, and of which region and account.
    lambda_url
        Where every Lambda invocation inside the engine goes.
    control_url
        Whom it tells of GraphQL APIs.
    on_line
        Given each line of its log.

    Raises
    ------
    EngineError
        It ended, or did not answer within :data:`START_SECONDS`.
    """
    keep = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    child = await Child.start(
        "engine",
        [str(engine_python()), "-m", "localcloud.engine"],
        environment={
            **keep,
            "PYTHONPATH": str(PROJECT),
            "PYTHONUNBUFFERED": "1",
            "LOCALCLOUD_ENGINE_PORT": str(port),
            "LOCALCLOUD_ACCOUNT": address.account,
            "LOCALCLOUD_REGION": address.region,
            "LOCALCLOUD_LAMBDA_URL": lambda_url,
            "LOCALCLOUD_CONTROL_URL": control_url,
            **{name: value for name, value in os.environ.items() if name == "LOCALCLOUD_WITHOUT_MEND"},
        },
        on_line=on_line,
    )
    ended = asyncio.ensure_future(child.wait())
    ready = asyncio.ensure_future(_wait_until_ready(address.endpoint))
    try:
        done, _ = await asyncio.wait(
            {ended, ready}, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        if ready in done:
            return child
        if ended in done:
            raise EngineError(f"{ended.result()}\n(Python for the engine: {sys.platform}, {engine_python()})")
        await child.stop()
        raise EngineError(f"the engine did not answer at {address.endpoint} within {START_SECONDS:.0f} s")
    finally:
        ready.cancel()
        ended.cancel()


async def _wait_until_ready(endpoint: str) -> None:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        while True:
            try:
                async with session.get(f"{endpoint}/_localcloud/ready") as answer:
                    if answer.status == 200:
                        return
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(0.02)
