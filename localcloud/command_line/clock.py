"""``python -m localcloud clock``: the time machine, at the keyboard."""

from __future__ import annotations

import argparse
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from localcloud.clock import ClockError, in_words, read_change
from localcloud.discovery.whereabouts import NOWHERE, ready_file_here
from localcloud.processes.program import program

DESCRIPTION: Final = """\
Let the waits of a running local cloud pass at once, or faster.

Step Functions and durable functions go by a clock of their own: Wait states, TimeoutSeconds, HeartbeatSeconds
and retry intervals; durable waits, callback timeouts and heartbeats, delays of steps, execution timeouts. A
jump passes each timer on its way at that timer's moment, in order, and answers once all has come to rest.
Everything else keeps the machine's time: functions and their time limits, tokens, schedules, queues, TTLs.
"""
EPILOG: Final = """\
examples:
  {program} clock                    what it shows, and when the next timer is due
  {program} clock jump PT24H         24 hours pass (or: jump 86400, jump P1D)
  {program} clock jump next          to the next timer
  {program} clock factor 60          an hour passes in a minute; factor 1: as time does

Where the local cloud is, --ready-file says, AWS_ENDPOINT_URL, or .local/ready.json here.
The same over HTTP: PUT /_localcloud/clock, with {{"jump": "PT24H"}} or {{"factor": 60}}.

exit codes: 0 done, 1 it was refused or is not there, 2 wrong usage
"""
SECONDS: Final = 120.0


class ClockRefused(Exception):
    """The local cloud refused; the message says why."""


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    words = argparse.ArgumentParser(
        prog=f"{program()} clock",
        description=DESCRIPTION,
        epilog=EPILOG.format(program=program()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    words.add_argument("verb", nargs="?", choices=("show", "jump", "factor"), default="show")
    words.add_argument("value", nargs="?", help="seconds, an ISO 8601 duration or 'next'; or a factor")
    words.add_argument(
        "--ready-file", type=Path, metavar="PATH", help="of the local cloud to ask (.local/ready.json)"
    )
    return words


def clock_command(arguments: Sequence[str]) -> int:
    """Run the command line; return its exit code."""
    words = parser()
    options = words.parse_args(arguments)
    if (options.verb == "show") is not (options.value is None):
        words.error("jump takes a duration or 'next', factor a number, show nothing")
    change = _change(words, options.verb, options.value)
    try:
        clock = _request(_endpoint(options.ready_file), change)
    except (ClockRefused, OSError, ValueError) as error:
        print(f"localcloud: {error}", file=sys.stderr)  # noqa: T201
        return 1
    for line in rows(clock):
        print(line)  # noqa: T201 - the command's answer
    return 0


def _change(words: argparse.ArgumentParser, verb: str, value: str | None) -> dict[str, object] | None:
    if value is None:
        return None
    try:
        change: dict[str, object] = {verb: float(value) if verb == "factor" else value}
        read_change(change)
    except ClockError as error:
        words.error(str(error))
    except ValueError:
        words.error(f"a factor is a number, not {value}")
    return change


def _endpoint(ready_file: Path | None) -> str:
    ready_file = ready_file_here(ready_file)
    if ready_file is not None:
        return str(json.loads(ready_file.read_text("utf-8"))["engine"])
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    if not endpoint:
        raise ClockRefused(NOWHERE)
    return endpoint


def _request(endpoint: str, change: dict[str, object] | None) -> dict[str, Any]:
    body = None if change is None else json.dumps(change).encode()
    request = urllib.request.Request(  # noqa: S310 - the user's own address
        f"{endpoint}/_localcloud/clock", body, method="GET" if body is None else "PUT"
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            clock: dict[str, Any] = json.load(answer)
            return clock
    except urllib.error.HTTPError as error:
        try:
            with error:
                message = json.loads(error.read())["message"]
        except (ValueError, KeyError, TypeError):
            message = f"{endpoint} answers {error.code}: it is no local cloud"
        raise ClockRefused(message) from error
    except urllib.error.URLError as error:
        raise ClockRefused(f"no local cloud answers at {endpoint}: {error.reason}") from error


def rows(clock: dict[str, Any]) -> list[str]:
    r"""Return the lines that show a clock.

    Examples
    --------
    >>> upcoming = {"at": "2026-12-01T11:00:00.000Z", "in": 3600.0}
    >>> clock = {"now": "2026-12-01T10:00:00.000Z", "ahead": 90061.0, "factor": 1.0, "next": upcoming}
    >>> print(*rows(clock), sep="\n")
    now     2026-12-01T10:00:00.000Z  (1 d 1 h 1 min 1 s ahead)
    next    2026-12-01T11:00:00.000Z  (in 1 h)
    """
    ahead, factor, upcoming = float(clock["ahead"]), float(clock["factor"]), clock["next"]
    faster = f", {factor:g} times as fast as time" if factor != 1 else ""
    lines = [f"now     {clock['now']}  ({in_words(ahead)} ahead{faster})"]
    if upcoming is None:
        lines.append("next    nothing waits")
    else:
        lines.append(f"next    {upcoming['at']}  (in {in_words(float(upcoming['in']))})")
    if clock.get("settled") is False:
        lines.append(
            "not all that was due has come to rest: something still works, or there was too much of it"
        )
    return lines
