"""``--iam``: what becomes of calls that policies do not allow, and the report of what roles used."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import aiohttp

from localcloud.aws import EngineAddress
from localcloud.reporting.progress import Progress

_MODES: Final = ("enforce", "warn", "off")
_MARK: Final = "] IAM: "
_HELP: Final = (
    "hold each call against the policies of its role: enforce refuses in AWS's words what they do not allow, "
    "warn says so once and lets it pass (default), off does not look; report, alone or behind a comma, "
    "prints at the end what each role used, lacked and never used, with the policy that would be enough"
)


@dataclass(frozen=True)
class IamChoice:
    """What ``--iam`` says."""

    mode: str = "warn"
    report: bool = False


def iam_choice(text: str) -> IamChoice:
    """Read ``--iam``.

    Raises
    ------
    argparse.ArgumentTypeError

    Examples
    --------
    >>> iam_choice("enforce,report")
    IamChoice(mode='enforce', report=True)
    >>> iam_choice("report").mode
    'warn'
    """
    words = [word.strip() for word in text.split(",")]
    modes = [word for word in words if word != "report"]
    report = len(modes) < len(words)
    if len(modes) > 1 or any(mode not in _MODES for mode in modes) or (report and modes == ["off"]):
        raise argparse.ArgumentTypeError(f"expected enforce, warn, off or report, not {text!r}")
    return IamChoice(modes[0] if modes else "warn", report)


def add_iam(parser: argparse.ArgumentParser) -> None:
    """Give a command line the option ``--iam``."""
    parser.add_argument("--iam", type=iam_choice, default=IamChoice(), metavar="MODE", help=_HELP)


def listening(progress: Progress) -> Callable[[str], None]:
    """Return what takes the engine's lines: what IAM says becomes a warning as well."""

    def line(text: str) -> None:
        progress.engine_log(text)
        _, mark, sentence = text.partition(_MARK)
        if mark:
            progress.warning(f"IAM: {sentence}")

    return line


async def iam_report(address: EngineAddress) -> str:
    """Return the report of every role, as JSON; empty where the engine has none to give."""
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
            session.get(f"{address.endpoint}/_localcloud/iam") as answer,
        ):
            return json.dumps(json.loads(await answer.text()), indent=2) if answer.status == 200 else ""
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
        return ""
