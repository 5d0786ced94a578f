"""The command ``orderwire``: the clients' command line, and the comparison and the model built on it."""

from __future__ import annotations

import sys

INTERRUPTED = 130
"""What a shell says of Ctrl-C."""


def run() -> int:
    """Run the command that the process was given, and return its exit code.

    Modules take a second to load on a busy machine: Ctrl-C is no traceback then, either.
    """
    try:
        return _run()
    except KeyboardInterrupt:
        return INTERRUPTED


def _run() -> int:
    # Imported when it is asked for: the comparison loads three times as much as the clients.
    if sys.argv[1:2] == ["compare"]:
        from compare.cli import main as compare  # noqa: PLC0415

        return compare(sys.argv[2:])
    if sys.argv[1:2] == ["model"]:
        from compare.model.cli import main as model  # noqa: PLC0415

        return model(sys.argv[2:])
    from clients.cli.main import main  # noqa: PLC0415

    return main()
