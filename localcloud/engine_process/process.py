"""Start the AWS engine in its own environment and wait until it answers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from localcloud.aws import EngineAddress
from localcloud.calls import CallFailed, HttpConnections
from localcloud.engine_process.early import EarlyEngine, inherited
from localcloud.engine_process.environment import EngineError, engine_command, engine_python
from localcloud.processes.children import Child

# For one that hangs: the end of its process is noticed at once. A slow and busy machine takes a minute, and
# a large folder of `--data` is read first.
START_SECONDS = 600.0


@dataclass(frozen=True)
class EngineFiles:
    """Files that the engine works with, and how it is to behave.

    Attributes
    ----------
    faults, quotas
        Rules in force from the start.
    data
        The folder that keeps the state over a stop.
    iam
        ``enforce`` refuses calls that the caller's policies do not allow, ``warn`` says so, ``off`` neither.
    """

    faults: Path | None = None
    quotas: Path | None = None
    data: Path | None = None
    alarm_clock: int = 1
    iam: str = "warn"

    def environment(self) -> dict[str, str]:
        """Return the variables that name them to the engine."""
        files = {"FAULTS": self.faults, "QUOTAS": self.quotas, "DATA": self.data}
        paths = {name: str(path.resolve()) for name, path in files.items() if path}
        paths |= {"ALARM_CLOCK": str(self.alarm_clock), "IAM": self.iam}
        return {f"LOCALCLOUD_{name}": value for name, value in paths.items()}


NO_FILES = EngineFiles()


class RulesError(Exception):
    """A file of faults or quotas does not have its form; the message says where."""


def check_rules(files: EngineFiles) -> None:
    """Have the engine read its files of faults and quotas, before anything starts.

    Raises
    ------
    RulesError, EngineError
    """
    if not (files.faults or files.quotas):
        return
    here = "http://localhost"
    variables = _variables(port=1, account="0" * 12, region="none", lambda_url=here, control_url=here)
    done = subprocess.run(
        [*engine_command(), "--check"],
        env={**inherited(), **variables, **files.environment()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise RulesError(done.stderr.strip().removeprefix("localcloud engine: "))


def _variables(
    *,
    port: int,
    account: str,
    region: str,
    lambda_url: str,
    control_url: str,
    iot_endpoint: str = "",
    function_urls: str = "",
    xray: str = "",
) -> dict[str, str]:
    return {
        "LOCALCLOUD_ENGINE_PORT": str(port),
        "LOCALCLOUD_ACCOUNT": account,
        "LOCALCLOUD_REGION": region,
        "LOCALCLOUD_LAMBDA_URL": lambda_url,
        "LOCALCLOUD_CONTROL_URL": control_url,
        "LOCALCLOUD_IOT_ENDPOINT": iot_endpoint,
        "LOCALCLOUD_FUNCTION_URLS": function_urls,
        "LOCALCLOUD_XRAY": xray,
        "LOCALCLOUD_PYTHON": sys.executable,
        **{name: value for name, value in os.environ.items() if name == "LOCALCLOUD_WITHOUT_MEND"},
    }


async def start_engine(
    address: EngineAddress,
    *,
    port: int,
    lambda_url: str,
    control_url: str,
    iot_endpoint: str = "",
    function_urls: str = "",
    on_line: Callable[[str], None],
    files: EngineFiles = NO_FILES,
    bound: socket.socket,
    early: EarlyEngine | None = None,
    meanwhile: Callable[[], Awaitable[None]] | None = None,
) -> Child:
    """Start the engine on ``port`` and return once it answers.

    Parameters
    ----------
    address
        Where it will be, and of which region and account.
    lambda_url
        Where every Lambda invocation inside the engine goes.
    control_url
        The service that it notifies of GraphQL APIs.
    iot_endpoint
        What it answers to DescribeEndpoint, ``HOST:PORT``.
    function_urls
        Below which address function URLs are served; empty: they get AWS's addresses.
    on_line
        Given each line of its log.
    files
        What it reads besides.
    bound
        A socket that holds the port for it; closed here, since from then on it is the engine's.
    early
        An engine that waits for its settings; without it, one is started here.
    meanwhile
        What there is to do while it starts; where that fails, the engine ends.

    Raises
    ------
    EngineError
        It ended, or did not answer within :data:`START_SECONDS`.
    """
    variables = _variables(
        port=port,
        account=address.account,
        region=address.region,
        lambda_url=lambda_url,
        control_url=control_url,
        iot_endpoint=iot_endpoint,
        function_urls=function_urls,
        xray=address.xray,
    )
    variables["LOCALCLOUD_SECRET"] = address.credentials.secret_access_key
    early = early or EarlyEngine()
    # From here on a connection waits until the engine accepts it: callers need not retry.
    bound.listen()
    standard_input = early.settle({**variables, **files.environment()}, bound)
    bound.close()
    child = await Child.adopt("engine", early.process, on_line, standard_input)
    if meanwhile is not None:
        try:
            await meanwhile()
        except BaseException:
            child.kill()
            await child.wait()
            raise
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
    connections = HttpConnections(endpoint, seconds=START_SECONDS)
    try:
        while True:
            with contextlib.suppress(CallFailed):
                if (await connections.send("GET", "/_localcloud/ready", {})).status == 200:
                    return
            await asyncio.sleep(0.02)
    finally:
        connections.close()
