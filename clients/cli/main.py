"""Run a command of ``orderwire``: put settings and credentials together, and turn errors into exit codes."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import getpass
import io
import os
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from clients import settings
from clients.auth import Credentials
from clients.cli import commands
from clients.cli.exits import Exit, exit_for
from clients.cli.figures import run_figures
from clients.cli.options import ELSEWHERE, parser
from clients.cli.pages import page_for
from clients.cli.sql import run_sql
from clients.cli.views import write_json
from clients.client import OrderClient
from clients.errors import BadSettings, NotSignedIn, OrderwireError

_ADDRESSES = (
    "ready_file",
    "endpoint",
    "realtime",
    "client_id",
    "region",
    "rest",
    "websocket",
    "events",
    "events_realtime",
    "iot",
    "sse",
    "webhook_listen",
    "webhook_url",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Examples
    --------
    >>> main(["list", "--ready-file", "nowhere.json", "--user", "ada", "--password", "x"])
    2
    """
    options = parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What the locale cannot write is escaped: a name in another script must not end the command.
        sys.stdout.reconfigure(errors="backslashreplace")
    as_json = "json" in options
    try:
        if options.command in ELSEWHERE:
            raise BadSettings(f"{options.command} comes first: bin/orderwire {options.command} [options]")
        if options.command == "sql":  # no sign-in: Athena takes AWS's own credentials
            # Outside of asyncio, whose first Ctrl-C only cancels a task, and this one never yields.
            return run_sql(options, _console(), as_json=as_json)
        return asyncio.run(_run(options, as_json=as_json))
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except OrderwireError as error:
        _complain(error, as_json=as_json)
        return exit_for(error)
    except BrokenPipeError:
        # Our reader has enough (`orderwire list | head`). Python would complain once more
        # when it flushes at the end.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK


def _console() -> Console:
    # A pipe has no width: do not fold lines for one.
    return Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else 200)


async def _run(options: argparse.Namespace, *, as_json: bool) -> int:
    console = _console()
    where = settings.load(
        os.environ,
        **{name: getattr(options, name) for name in _ADDRESSES if name in options},
    )
    async with OrderClient(where, _credentials(options)) as client:
        if options.command == "figures":
            return await run_figures(options, client, console, as_json=as_json)
        return await commands.run(options, client, console, as_json=as_json)


def _credentials(options: argparse.Namespace) -> Credentials:
    user = getattr(options, "user", None) or os.environ.get("ORDERWIRE_USER")
    if not user:
        raise NotSignedIn("Who are you? Give --user or ORDERWIRE_USER (the local cloud has ada, and others).")
    password = getattr(options, "password", None) or os.environ.get("ORDERWIRE_PASSWORD")
    if not password and sys.stdin.isatty():
        password = getpass.getpass(f"Password of {user}: ")
    if not password:
        raise NotSignedIn("No password: set ORDERWIRE_PASSWORD, or run in a terminal to be asked.")
    return Credentials(user, password)


def _complain(error: OrderwireError, *, as_json: bool) -> None:
    if as_json:
        write_json({"type": "error", "error": type(error).__name__, "message": str(error)})
    else:
        console = Console(stderr=True, highlight=False, emoji=False)
        console.print(Text(f"orderwire: {error}", "red"), soft_wrap=True)
        if console.is_terminal:  # a script reads the error alone
            console.print(Text(f"why, and what to do: {page_for(error)}", "dim"), soft_wrap=True)
