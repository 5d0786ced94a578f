"""The command line: which command the words name. What another command imports, none waits for."""

from __future__ import annotations

import sys
from typing import Final

from localcloud.importing import all_stays

# With these nothing starts.
_QUESTIONS: Final = frozenset({"-h", "--help", "--version"})


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit code.

    Parameters
    ----------
    arguments
        The words after the command's name. None takes the process's own, which is the command's alone then.
    """
    words = sys.argv[1:] if arguments is None else arguments
    match words[:1]:
        case ["check"]:
            with all_stays():
                from localcloud.check.command import main as check_command  # noqa: PLC0415

            return check_command(words[1:])
        case ["clock"]:
            from localcloud.command_line.clock import clock_command  # noqa: PLC0415

            return clock_command(words[1:])
        case ["durable"]:
            from localcloud.command_line.durable import durable_command  # noqa: PLC0415

            return durable_command(words[1:])
    early = None
    if not _QUESTIONS.intersection(words):
        from localcloud.engine_process.early import early_engine  # noqa: PLC0415

        # It takes as long to import itself as what follows: both at once.
        early = early_engine()
    try:
        with all_stays():
            from localcloud.command_line.serving import start  # noqa: PLC0415
            from localcloud.command_line.settling import settle_process  # noqa: PLC0415

        if arguments is None:
            settle_process()
        return start(words, early)
    finally:
        if early is not None:
            early.discard()
