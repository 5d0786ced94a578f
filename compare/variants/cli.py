"""``orderwire compare intake`` and ``orderwire compare orchestrators``."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from clients import BadSettings, OrderwireError, Settings
from clients.cli.exits import Exit, exit_for
from clients.ready_file import default_ready_file
from compare import machine
from compare.prices import read_prices, regions
from compare.records import RunPlan
from compare.screen import Screen
from compare.target import find_target
from compare.variants import output
from compare.variants.base import CustomerClients, Variant
from compare.variants.comparison import Comparison
from compare.variants.gathering import Gathered, gather, process_of
from compare.variants.intake import INTAKE
from compare.variants.orchestrators import ORCHESTRATORS
from compare.variants.running import faults, row, run_variants
from compare.variants.stack import LocalStack
from demo.ready import read_ready

FAMILIES: Mapping[str, tuple[str, tuple[type[Variant], ...]]] = {
    "intake": ("Send the same orders by every way in: how soon an order is accepted and begun.", INTAKE),
    "orchestrators": (
        "Run the same orders by every orchestrator: how soon they end, and what a crash costs.",
        ORCHESTRATORS,
    ),
}

MOST_AT_ONCE = 1000
BURST_RATE = 1000.0
"""Orders a second: as fast as this machine sends them."""

BURST_PATIENCE = 900.0
"""Seconds: what is throttled comes back after a minute, as often as ten times."""

LACKS: Mapping[str | None, str] = {
    "rest": "the companion is not deployed",
    "intake": "the stack has no such way in, for its ExtraIntakes is false",
}

EPILOG = """\
examples:
  orderwire compare intake --orders 100
  orderwire compare orchestrators --orders 50 --rate 10
  orderwire compare intake --burst 200                      all at once; start the local cloud with --quotas
                                                            FILE, and StartExecution is throttled as on AWS

Each turn of `orchestrators` sets the stack's Orchestrator and ExpressOrders by an update, and both are set
back at the end. In the middle of some orders more it kills the process of a function that works on them.
`gateway` and `fifo` are there when the stack's ExtraIntakes is true.

exit codes: 0 measured; 1 measured, but an order was refused; 2 wrong usage, no local cloud, or no companion;
5 the local cloud does not answer; 130 interrupted
"""


def parser(family: str) -> argparse.ArgumentParser:
    """Return the command line's parser."""
    description, variants = FAMILIES[family]
    command = argparse.ArgumentParser(
        prog=f"orderwire compare {family}",
        description=f"{description} And what that takes of AWS, and costs.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    ready = os.environ.get("ORDERWIRE_READY_FILE") or str(default_ready_file(os.environ))
    names = ", ".join(variant.name for variant in variants)
    command.add_argument("--orders", type=int, default=100, metavar="N", help="of each (100)")
    command.add_argument("--rate", type=float, default=4.0, metavar="N", help="orders a second (4)")
    command.add_argument(
        "--burst", type=int, metavar="N", help="N orders of each at once, instead of --orders at a --rate"
    )
    if family == "orchestrators":
        command.add_argument(
            "--crashes", type=int, default=3, metavar="N", help="orders of each that a function dies in (3)"
        )
    command.add_argument("--only", type=_names, metavar="A,B", help=f"of {names}")
    command.add_argument("--ready-file", type=Path, default=Path(ready), metavar="PATH", help=f"({ready})")
    command.add_argument(
        "--out", type=Path, default=Path(".local") / "compare", metavar="DIR", help="(%(default)s)"
    )
    command.add_argument("--json", action="store_true", help="print the JSON document instead of the table")
    command.add_argument(
        "--region", choices=regions(), default=regions()[0], help="whose prices (%(default)s)"
    )
    return command


def main(family: str, arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    options = parser(family).parse_args(arguments)
    errors = Console(stderr=True, highlight=False, emoji=False, markup=False)
    logging.getLogger("gql").setLevel(logging.ERROR)
    try:
        compared = asyncio.run(_measure(family, options, errors))
        paths = output.write(options.out, compared)
    except KeyboardInterrupt:
        errors.print(Text(f"orderwire compare {family}: interrupted; nothing was written", "yellow"))
        return Exit.INTERRUPTED
    except OrderwireError as error:
        errors.print(Text(f"orderwire compare {family}: {error}", "red"), soft_wrap=True)
        return exit_for(error)
    except OSError as error:
        errors.print(Text(f"orderwire compare {family}: cannot write: {error.strerror}", "red"))
        return Exit.USAGE
    if options.json:
        sys.stdout.write(json.dumps(output.document(compared), indent=2, ensure_ascii=False) + "\n")
    else:
        width = None if sys.stdout.isatty() else 120
        output.show(Console(highlight=False, emoji=False, markup=False, width=width), compared)
    for path in paths:
        errors.print(Text(str(path)), soft_wrap=True)
    return Exit.ORDER_FAILED if compared.worries else Exit.OK


def chosen(family: str, names: Sequence[str] | None) -> list[Variant]:
    """Return the variants of these names; all when there are no names. Raises ``BadSettings``."""
    kinds = FAMILIES[family][1]
    there = [kind.name for kind in kinds]
    for name in names or ():
        if name not in there:
            raise BadSettings(f"--only: there is no {name!r}; there are {', '.join(there)}")
    if names is not None and not names:
        raise BadSettings(f"--only: name at least one of {', '.join(there)}")
    return [kind() for kind in kinds if names is None or kind.name in names]


def check_needs(variants: Sequence[Variant], settings: Settings) -> None:
    """Raise ``BadSettings`` when a variant goes through what the stack lacks."""
    there = {None: True, "rest": settings.rest is not None, "intake": settings.intake is not None}
    for variant in variants:
        if not there[variant.needs]:
            others = ",".join(variant.name for variant in variants if there[variant.needs])
            instead = f" There is: --only {others}" if others else ""
            raise BadSettings(f"`{variant.name}`: {LACKS[variant.needs]}.{instead}")


def plan_of(options: argparse.Namespace) -> RunPlan:
    """Return what the options ask to be run."""
    if options.burst is None:
        return RunPlan(orders=options.orders, rate=options.rate, warm_up=min(8, options.orders))
    # Few warm up: what they take of a quota the burst does not meet.
    return RunPlan(
        orders=options.burst, rate=BURST_RATE, warm_up=min(2, options.burst), patience=BURST_PATIENCE
    )


async def _measure(family: str, options: argparse.Namespace, errors: Console) -> Comparison:
    if options.burst is not None and not 1 <= options.burst <= MOST_AT_ONCE:
        raise BadSettings(f"--burst must be between 1 and {MOST_AT_ONCE:,}")
    if not 1 <= options.orders <= 100_000 or not 0.01 <= options.rate <= 1000:
        raise BadSettings("--orders must be 1 or more, --rate between 0.01 and 1000")
    variants = chosen(family, options.only)
    target = find_target(options.ready_file, [])
    check_needs(variants, target.settings)
    date, here = datetime.now(UTC), machine.describe()
    plan = plan_of(options)
    ready = read_ready(options.ready_file)
    stack, gathered = LocalStack(ready), Gathered()
    await target.prepare()
    async with target, CustomerClients(target) as clients:
        try:
            with Screen(errors) as screen:
                runs = await run_variants(
                    target, clients, variants, plan,
                    show=screen, stack=stack, burst=options.burst is not None,
                )  # fmt: skip
            if family == "orchestrators":
                crashes = 0 if options.burst is not None else options.crashes
                gathered = await gather(
                    target, clients, list(zip(variants, runs, strict=True)), plan,
                    stack=stack, ready=ready, crashes=crashes, cloud=process_of(options.ready_file),
                )  # fmt: skip
        finally:
            await stack.restore()
    book = read_prices(options.region)
    rows = [
        row(variant, run, book, target.architectures, gathered.operations(variant.name))
        for variant, run in zip(variants, runs, strict=True)
    ]
    return Comparison(
        family, date, here, plan.orders, plan.rate, tuple(rows), book, tuple(faults(rows)),
        burst=options.burst is not None, pauses=gathered.pauses, evidence=gathered.evidence,
    )  # fmt: skip


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
