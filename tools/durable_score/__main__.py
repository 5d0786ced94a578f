"""Measures the score of AWS's conformance suite, prints it, and writes it into docs/durable.md.

python -m tools.durable_score [--only SUITE …] [--source ADDRESS] [--handlers FOLDER] [--template FOLDER]
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.model import NotMeasured
from clients import reading
from localcloud.installing.commands import Commands
from tools.durable_score import judging, named, page, parts

PAGE: Final = parts.ROOT / "docs" / "durable.md"


def main(arguments: Sequence[str]) -> int:
    """Run the command line; return 0 where all is met, 1 where it is not, 2 for a wrong use."""
    parser = argparse.ArgumentParser(prog="make durable-score", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="SUITE", help="judge these alone; the page stays")
    parser.add_argument(
        "--source", default=parts.REPOSITORY, help="the SDK's repository or a clone (default: %(default)s)"
    )
    parser.add_argument(
        "--handlers", type=Path, help="judge the handlers and templates of this folder; the page stays"
    )
    parser.add_argument(
        "--template",
        type=Path,
        metavar="FOLDER",
        help="judge nothing: write one template there of all functions under their logical names",
    )
    options = parser.parse_args(arguments)
    try:
        return _run(options)
    except (parts.PartsMissing, NotMeasured, judging.NotJudged, reading.Unexpected) as error:
        print(f"make durable-score: {error}", file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int:
    commands = Commands()
    handlers: Path = options.handlers or parts.checkout(commands, options.source) / parts.HANDLERS
    there = judging.suites(handlers)
    wanted: list[str] = options.only or there
    if not there or set(wanted) - set(there):
        raise parts.PartsMissing(f"{handlers} has templates of: {', '.join(there) or 'nothing'}")
    sdks = {suite: _sdk(suite, handlers) for suite in wanted}
    if options.template is not None:
        template = named.write(handlers, sdks, options.template)
        print(f"python -m localcloud {template} --stack-name {named.STACK} --no-reload")
        return 0
    program = parts.suite(commands)
    verdicts: list[judging.Verdict] = []
    for suite in wanted:
        verdicts += asyncio.run(_judged(program, handlers, suite, sdks[suite]))
    score = page.Score(
        datetime.now(UTC).date().isoformat(),
        parts.suite_version(program),
        parts.COMMIT[:12] if options.handlers is None else f"of {handlers}",
        {suite: sdk.version for suite, sdk in sdks.items()},
        verdicts,
    )
    block = page.render(score)
    print(block)
    if options.only is None and options.handlers is None:
        PAGE.write_text(page.put_into(PAGE.read_text(encoding="utf-8"), block), encoding="utf-8")
        print(PAGE, file=sys.stderr)
    return 0 if score.met == len(verdicts) else 1


def _sdk(suite: str, handlers: Path) -> parts.Sdk:
    own = parts.own_sdk(handlers) if suite in parts.OWN_SDK_SUITES else None
    return own or parts.installed_sdk()


async def _judged(program: Path, handlers: Path, suite: str, sdk: parts.Sdk) -> list[judging.Verdict]:
    with tempfile.TemporaryDirectory(prefix="orderwire-durable-score-") as temporary:
        folder = Path(temporary)
        template = judging.assemble(handlers, suite, sdk, folder)
        verdicts = await judging.judge(program, template, suite, folder)
    met = sum(verdict.met for verdict in verdicts)
    print(f"  {suite}: {met} of {len(verdicts)}", file=sys.stderr, flush=True)
    return verdicts


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
