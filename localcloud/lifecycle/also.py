"""Commands that belong to a deployment: run once the stack is there, before the cloud is ready."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Mapping
from typing import Final

from localcloud.processes.children import Child

_OPERATORS: Final = frozenset({"&&", "||", "|", ";", "<", ">", ">>", "&"})


class AlsoError(Exception):
    """A command cannot be run, or failed; then the message has the last lines that it printed."""


def command_words(command: str, option: str = "--also") -> list[str]:
    """Return the words of an option's command. It runs without a shell, so that Ctrl-C leaves nothing of it.

    Raises
    ------
    AlsoError
        It has no words, needs a shell, or its program is not there.

    Examples
    --------
    >>> command_words("sh -c 'true && true'")
    ['sh', '-c', 'true && true']
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise AlsoError(f"{option} {command!r}: {error}") from error
    if not words:
        raise AlsoError(f"{option}: expected a command")
    advice = "for a shell write sh -c 'COMMAND'"
    if operators := _OPERATORS.intersection(words):
        raise AlsoError(f"{option} {command!r}: {min(operators)} is a shell's operator; {advice}")
    if shutil.which(words[0]) is None:
        raise AlsoError(f"{option} {command!r}: there is no program {words[0]!r}; {advice}")
    return words


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
