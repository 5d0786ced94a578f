"""``python -m campaign``: many orders while everything that can fail does, and the books at the end."""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from campaign import report
from campaign.cloud import ROOT, CloudError, LocalCloud, free_port
from campaign.plan import make_plan
from campaign.run import Outcome, Progress, Terms, run
from campaign.weather import weather
from clients.ways import WAYS

EPILOG = """\
examples:
  make faults                          2,000 orders, a seed of its own
  make faults COUNT=200 SEED=7         fewer; a seed gives the same orders, faults and strikes again
  python -m campaign --orders 50 --seed 7 --kills 1 --channels appsync,poll --keep

The campaign's local cloud has its own ports, data and companion, so a running local cloud is not touched.

exit codes: 0 nothing lost, doubled or stuck; 1 something was, or source files were edited meanwhile; 2 wrong
usage, 5 the local cloud does not start, 130 interrupted
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    line = argparse.ArgumentParser(
        prog="python -m campaign",
        description="Send many orders while everything that can fail does, and check the books at the end.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    line.add_argument(
        "--orders", type=int, default=2_000, metavar="N", help="how many (default: %(default)s)"
    )
    line.add_argument("--seed", type=int, metavar="N", help="what is bought and what fails (default: drawn)")
    line.add_argument(
        "--rate",
        type=float,
        default=0.2,
        metavar="R",
        help="calls of an operation that fail at most, 0 to 1; at least 0.05 (default: %(default)s)",
    )
    line.add_argument(
        "--kills", type=int, default=3, metavar="N", help="of the whole cloud (default: %(default)s)"
    )
    line.add_argument("--restarts", type=int, default=2, metavar="N", help="default: %(default)s")
    line.add_argument(
        "--channels",
        default=",".join(WAYS),
        metavar="NAMES",
        help="by which orders are followed (default: all: %(default)s)",
    )
    line.add_argument(
        "--at-once", type=int, default=16, metavar="N", help="orders handed in side by side (default: 16)"
    )
    line.add_argument(
        "--patience",
        type=float,
        default=180.0,
        metavar="SECONDS",
        help="without a change, until an order is stuck (default: %(default)s)",
    )
    line.add_argument(
        "--keep", action="store_true", help="keep the folder with data and log, also when all is right"
    )
    return line


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a campaign, and return the exit code."""
    options = parser().parse_args(arguments)
    errors = Console(stderr=True, highlight=False, emoji=False, markup=False)
    channels = [name for name in options.channels.split(",") if name]
    unknown = [name for name in channels if name not in WAYS]
    if unknown or options.orders < 1 or not 0 <= options.rate <= 1:
        what = (
            f"--channels {','.join(unknown)}: there is {', '.join(WAYS)}" if unknown else "--orders, --rate"
        )
        errors.print(f"campaign: {what}", soft_wrap=True)
        return 2
    seed = random.SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    console = Console(highlight=False, emoji=False, markup=False)
    folder = Path(tempfile.mkdtemp(prefix="orderwire-campaign-"))
    passed = False
    # As Ctrl-C does: the local cloud of the campaign must not stay behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        outcome = asyncio.run(_campaign(options, seed, channels, folder, console))
        passed = outcome.passed
    except CloudError as error:
        errors.print(f"campaign: {error}", soft_wrap=True)
        return 5
    except KeyboardInterrupt:
        return 130
    finally:
        if passed and not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            errors.print(f"data and log: {folder}", soft_wrap=True)
    return 0 if passed else 1


async def _campaign(
    options: argparse.Namespace, seed: int, channels: list[str], folder: Path, console: Console
) -> Outcome:
    plan = make_plan(seed, options.orders, kills=options.kills, restarts=options.restarts)
    replay = f"make faults COUNT={options.orders} SEED={seed}"
    console.print(
        f"{options.orders} orders, seed {seed}, {len(plan.strikes)} strikes; {replay} repeats it",
        soft_wrap=True,
    )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("accepted", total=options.orders)

        def moved(accepted: int, ended: int) -> None:
            word = "at their ends" if ended else "accepted"
            bar.update(task, description=word, completed=ended or accepted)

        outcome = await run(
            plan,
            LocalCloud(folder, free_port()),
            Terms(weather(seed, most=options.rate), tuple(channels), options.at_once, options.patience),
            Progress(console.print, moved),
        )
    file = ROOT / ".local" / "faults" / f"{seed}.json"
    report.write(file, plan, outcome)
    report.show(console, plan, outcome, file, replay)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
