"""Commands that belong to a deployment: run once the stack is there, before the cloud is ready."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping

from localcloud.processes.children import Child


class AlsoError(Exception):
    """A command of ``--also`` failed; the message has the last lines that it printed."""


async def run_also(command: str, environment: Mapping[str, str], on_line: Callable[[str], None]) -> None:
    """Run ``command`` to its end; each line that it prints goes to ``on_line``.

    Raises
    ------
    AlsoError
        It cannot be run, or its exit code is not 0.
    """
    words = shlex.split(command)
    try:
        child = await Child.start(f"command {command!r}", words, environment=environment, on_line=on_line)
    except OSError as error:
        raise AlsoError(f"--also {command}: cannot be run: {error.strerror}") from error
    try:
        ended = await child.wait()
    finally:
        await child.stop()
    if ended.code != 0:
        raise AlsoError(f"--also: {ended}")
