"""``orderwire compare``: measure, print a table, and write JSON and a page."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from clients import BadSettings, OrderwireError
from clients.cli.exits import Exit, exit_for
from clients.ready_file import default_ready_file
from clients.ways import full_name
from compare import machine, page, table
from compare.channels import chosen, discover
from compare.channels.base import Options
from compare.document import document, name_of
from compare.latency import meanings, read_parts
from compare.prices import read_prices, regions
from compare.records import RunPlan, Runs
from compare.replay.running import replay
from compare.replay.timelines import read_timelines
from compare.report import Report
from compare.results import rows
from compare.runfacts import facts, sample
from compare.runner import run_all
from compare.screen import Screen
from compare.target import Target, find_target
from demo.ready import read_ready

EPILOG = """\
examples:
  orderwire compare --orders 100                        every channel, alone and all at once: some minutes
  orderwire compare --orders 20 --channels appsync,poll-fixed --alone
  orderwire compare intake --help                       the ways into the shop; also: orchestrators
  orderwire compare --orders 50 --region eu-west-1 --json | jq '.channels[] | {name, mode, missed}'

It needs a local cloud with the companion: `make run` in another terminal.

exit codes: 0 measured; 1 measured, but a change was lost, an order refused or a client gave up;
2 wrong usage, no local cloud, or no companion; 5 the local cloud does not answer; 130 interrupted
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    command = argparse.ArgumentParser(
        prog="orderwire compare",
        description="Follow the same orders over every channel: how soon it learns of a change, what it "
        "misses, what it takes and what that costs.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    ready = os.environ.get("ORDERWIRE_READY_FILE") or str(default_ready_file(os.environ))
    command.add_argument("--orders", type=_positive, default=100, metavar="N", help="in each run (100)")
    command.add_argument("--rate", type=_rate, default=4.0, metavar="N", help="orders a second (4)")
    command.add_argument("--channels", type=_names, metavar="A,B", help=f"of {', '.join(_channel_names())}")
    which = command.add_mutually_exclusive_group()
    for name, text in (
        ("alone", "each channel by itself only"),
        ("together", "all channels on the same orders only"),
        ("both", "one after the other, the default"),
    ):
        which.add_argument(f"--{name}", dest="mode", action="store_const", const=name, help=text)
    command.set_defaults(mode="both")
    command.add_argument(
        "--interval", type=_rate, default=1.0, metavar="SECONDS", help="of fixed polling (1)"
    )
    command.add_argument(
        "--replay", type=Path, metavar="FILE", help="orders live as in this CSV file: order, status, time"
    )
    command.add_argument(
        "--speed-up", type=_speed, default=60.0, metavar="N", help="of its seconds in one, with --replay (60)"
    )
    command.add_argument("--ready-file", type=Path, default=Path(ready), metavar="PATH", help=f"({ready})")
    command.add_argument(
        "--out", type=Path, default=Path(".local") / "compare", metavar="DIR", help="(%(default)s)"
    )
    command.add_argument("--json", action="store_true", help="print the JSON document instead of the table")
    command.add_argument(
        "--region", choices=regions(), default=regions()[0], help="whose prices (%(default)s)"
    )
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] and words[0] in {"intake", "orchestrators"}:
        from compare.variants.cli import main as variants  # noqa: PLC0415 - only its own command loads it

        return variants(words[0], words[1:])
    options = parser().parse_args(words)
    terminal = Console(stderr=True, highlight=False, emoji=False, markup=False)
    # gql logs each connection that it closes before the server has said goodbye.
    logging.getLogger("gql").setLevel(logging.ERROR)
    try:
        report = asyncio.run(_measure(options, terminal))
        written = write(options.out, report)
    except KeyboardInterrupt:
        terminal.print(Text("orderwire compare: interrupted; nothing was written", "yellow"))
        return Exit.INTERRUPTED
    except OrderwireError as error:
        terminal.print(Text(f"orderwire compare: {error}", "red"), soft_wrap=True)
        return exit_for(error)
    except OSError as error:
        terminal.print(Text(f"orderwire compare: cannot write to {options.out}: {error.strerror}", "red"))
        return Exit.USAGE
    if options.json:
        sys.stdout.write(json.dumps(document(report), indent=2, ensure_ascii=False) + "\n")
    else:
        width = None if sys.stdout.isatty() else table.WIDTH
        table.show(Console(highlight=False, emoji=False, markup=False, width=width), report)
    for path in written:
        terminal.print(Text(str(path)), soft_wrap=True)
    return Exit.ORDER_FAILED if report.worries else Exit.OK


async def _measure(options: argparse.Namespace, terminal: Console) -> Report:
    try:
        channels = chosen(options.channels, discover())
    except ValueError as error:
        raise BadSettings(f"--channels: {error}") from None
    timelines = () if options.replay is None else read_timelines(_text(options.replay))
    target = find_target(options.ready_file, channels)
    date, here = datetime.now(UTC), machine.describe()
    longest = max((timeline.steps[-1][1] for timeline in timelines), default=0.0) / options.speed_up
    plan = RunPlan(
        orders=options.orders,
        rate=options.rate,
        alone=options.mode != "together",
        together=options.mode != "alone" and len(channels) > 1,
        warm_up=min(8, options.orders),
        patience=60.0 + longest,
        options=Options(poll_seconds=options.interval),
    )
    await target.prepare()
    async with target:
        with Screen(terminal) as screen:
            if not timelines:
                runs = await run_all(target, channels, plan, screen)
            else:
                ready = read_ready(options.ready_file)
                runs = await replay(
                    target,
                    ready,
                    channels,
                    plan,
                    show=screen,
                    timelines=timelines,
                    speed_up=options.speed_up,
                )
    return put_together(runs, target, plan, region=options.region, date=date, here=here)


def put_together(
    runs: Runs, target: Target, plan: RunPlan, *, region: str, date: datetime, here: str
) -> Report:
    """Return the report of what was measured."""
    book = read_prices(region)
    each = [*([runs.baseline] if runs.baseline else []), *runs.alone]
    sentences = {", ".join(channel.title for channel in run.channels): facts(run) for run in each}
    if runs.together is not None:
        sentences["all at once"] = facts(runs.together)
    return Report(
        date=date,
        machine=here,
        orders=plan.orders,
        rate=plan.rate,
        poll_seconds=plan.options.poll_seconds,
        rows=tuple(rows(runs, book, target.architectures, read_parts())),
        facts=sentences,
        book=book,
        latency_meaning=meanings(),
        cores=machine.cores(),
        sample=None if runs.together is None else sample(runs.together),
    )


def write(folder: Path, report: Report) -> tuple[Path, Path]:
    """Write the JSON document and the page under the report's date; return where they are.

    ``latest.json`` is the last document once more, for who always wants that, such as the web page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = name_of(report)
    data, shown = folder / f"{name}.json", folder / f"{name}.html"
    text = json.dumps(document(report), indent=2, ensure_ascii=False) + "\n"
    data.write_text(text, encoding="utf-8")
    shown.write_text(page.render(report), encoding="utf-8")
    latest = folder / "latest.json.new"
    latest.write_text(text, encoding="utf-8")
    latest.replace(folder / "latest.json")  # at once, and last: the web page may be reading it
    return data, shown


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"--replay: cannot read {path}: {error}") from None


def _speed(text: str) -> float:
    number = float(text)
    if not 0.001 <= number <= 1e6:
        raise argparse.ArgumentTypeError("must be between 0.001 and 1000000")
    return number


def _channel_names() -> list[str]:
    return [channel.name for channel in discover()]


def _names(text: str) -> list[str]:
    return [full_name(name.strip()) for name in text.split(",") if name.strip()]


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _rate(text: str) -> float:
    number = float(text)
    if not 0.01 <= number <= 1000:
        raise argparse.ArgumentTypeError("must be between 0.01 and 1000")
    return number
