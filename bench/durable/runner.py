"""AWS's local runner of durable functions: its web server, which invokes functions of a Lambda endpoint."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from bench.model import NotMeasured
from bench.sides import ROOT

LOCK: Final = ROOT / "bench" / "peers" / "durable-runner.txt"
PACKAGES: Final = ROOT / ".local" / "bench-peers" / "durable-runner"
NAME: Final = "AWS's local runner"
_PROGRAM: Final = "aws_durable_execution_sdk_python_testing.cli"
_INSTALL_SECONDS: Final = 120.0
_START_SECONDS: Final = 30.0


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
    return port


async def install() -> None:
    """Install it unless it is there. Raises ``NotMeasured``."""
    stamp = PACKAGES.with_suffix(".stamp")
    wanted = LOCK.read_text(encoding="utf-8")
    if PACKAGES.is_dir() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    shutil.rmtree(PACKAGES, ignore_errors=True)
    PACKAGES.parent.mkdir(parents=True, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"),
        *("--no-deps", "--require-hashes", "--target", str(PACKAGES), "-r", str(LOCK)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(_INSTALL_SECONDS):
            printed, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise NotMeasured(f"pip took more than {_INSTALL_SECONDS:g} s") from None
    if process.returncode != 0:
        raise NotMeasured(f"pip could not install it: {printed.decode(errors='replace').strip()[-300:]}")
    stamp.write_text(wanted, encoding="utf-8")


@asynccontextmanager
async def local_runner(
    folder: Path, port: int, endpoint: str, region: str, credentials: tuple[str, str]
) -> AsyncIterator[None]:
    """Run it on a port until the block ends; functions are invoked at ``endpoint``.

    Raises
    ------
    NotMeasured
        It cannot be installed, or does not start.
    """
    await install()
    printed = folder / "runner.txt"
    key, secret = credentials
    variables = {"PYTHONPATH": str(PACKAGES), "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}
    with printed.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", _PROGRAM, "start-server", "--host", "127.0.0.1"),
            *("--port", str(port), "--log-level", "WARNING", "--lambda-endpoint", endpoint),
            *("--local-runner-endpoint", f"http://127.0.0.1:{port}", "--local-runner-region", region),
            env={**os.environ, **variables},
            stdout=out,
            stderr=asyncio.subprocess.STDOUT,
        )
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_START_SECONDS):
                while process.returncode is None and not await _listens(port):  # noqa: ASYNC110 - a port
                    await asyncio.sleep(0.05)
        if process.returncode is not None or not await _listens(port):
            words = printed.read_text(encoding="utf-8", errors="replace").strip()
            raise NotMeasured(f"it did not start: {words[-300:] or 'it said nothing'}")
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
