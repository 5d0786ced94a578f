"""``orderwire model``: what each channel costs, how late it is and what breaks first, at any load."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from clients import BadSettings, OrderwireError
from clients.cli.exits import Exit, exit_for
from compare.model import claims, page, sweep, table
from compare.model.against import against
from compare.model.channels import chosen, discover
from compare.model.document import against_document, claims_document, document
from compare.model.estimate import estimate, read_books
from compare.model.measured import read_report
from compare.model.scenario import Scenario
from compare.model.simulation import simulate
from compare.prices import regions

EPILOG = """\
examples:
  orderwire model --rate 50 --followers 2 --life 120
  orderwire model --rate 0.0116 --life 1200                 1,000 orders a day, each watched for 20 minutes
  orderwire model --rate 400 --life 30 --simulate           the same by events, with quotas as token buckets
  orderwire model --sweep                                   1 to 100,000 orders/s, as plots in a page
  orderwire model --against .local/compare/latest.json      held to a measured run
  orderwire model --claims                                  what was written of these services, with figures

Formulas, assumptions and sources: docs/model.md.

exit codes: 0 fine; 1 with --against: a figure differs by more than 2 %; 2 wrong usage, or no such report
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        prog="orderwire model",
        description="Compute, without measuring, what it costs to notify clients of their orders, how late "
        "they "
        "learn of a change, what they miss, and which quota breaks first.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    default = Scenario()
    parser.add_argument(
        "--rate",
        type=float,
        default=default.rate,
        metavar="N",
        help="orders a second (1)",
    )
    parser.add_argument(
        "--followers", type=int, default=default.followers, metavar="N", help="of an order (1)"
    )
    parser.add_argument(
        "--life", type=float, default=default.life, metavar="SECONDS", help="of an order (30)"
    )
    parser.add_argument("--changes", type=int, default=default.changes, metavar="N", help="of an order (6)")
    parser.add_argument(
        "--payload", type=int, default=default.payload, metavar="BYTES", help="of a change (400)"
    )
    parser.add_argument(
        "--poll", type=float, default=default.poll, metavar="SECONDS", help="of fixed polling (1)"
    )
    parser.add_argument(
        "--linger", type=float, default=default.linger, metavar="SECONDS", help="connected after the end (0)"
    )
    names = ", ".join(model.name for model in discover())
    parser.add_argument("--channels", type=_names, metavar="A,B", help=f"of {names}")
    parser.add_argument("--region", choices=regions(), default=regions()[0], help="(%(default)s)")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--simulate", action="store_true", help="beside it, the same by events")
    which.add_argument(
        "--sweep", action="store_true", help="1 to 100,000 orders a second, as a page with plots"
    )
    which.add_argument(
        "--against", type=Path, metavar="REPORT", help="hold it to a report of orderwire compare"
    )
    which.add_argument("--claims", action="store_true", help="answer what has been written of these services")
    parser.add_argument("--orders", type=int, default=300, metavar="N", help="with --simulate (300)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="with --simulate (1)")
    parser.add_argument(
        "--out", type=Path, default=Path(".local") / "model", metavar="DIR", help="with --sweep (%(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON document instead of tables")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    options = parser().parse_args(arguments)
    width = None if sys.stdout.isatty() else table.WIDTH
    console = Console(highlight=False, emoji=False, markup=False, width=width)
    errors = Console(stderr=True, highlight=False, emoji=False, markup=False)
    run: Callable[[argparse.Namespace, Console], int] = _estimates
    if options.claims:
        run = _claims
    elif options.against is not None:
        run = _against
    try:
        return run(options, console)
    except OrderwireError as error:
        errors.print(Text(f"orderwire model: {error}", "red"), soft_wrap=True)
        return exit_for(error)
    except OSError as error:
        errors.print(Text(f"orderwire model: cannot write to {options.out}: {error.strerror}", "red"))
        return Exit.USAGE


def _claims(options: argparse.Namespace, console: Console) -> int:
    answered = claims.claims()
    if options.json:
        _print(claims_document(answered))
    else:
        table.show_claims(console, answered)
    return Exit.OK


def _against(options: argparse.Namespace, console: Console) -> int:
    differences, unknown = against(read_report(options.against))
    if not differences:
        raise BadSettings(f"{options.against} has no channel that ran alone and that the model knows")
    if options.json:
        _print(against_document(differences, unknown))
    else:
        table.show_against(console, differences, unknown)
    return Exit.OK if all(difference.agrees for difference in differences) else Exit.ORDER_FAILED


def _estimates(options: argparse.Namespace, console: Console) -> int:
    try:
        models = chosen(options.channels)
    except ValueError as error:
        raise BadSettings(f"--channels: {error}") from None
    if not 1 <= options.orders <= 20_000:
        raise BadSettings("--orders must be between 1 and 20,000")
    scenario = Scenario(
        rate=options.rate,
        followers=options.followers,
        life=options.life,
        changes=options.changes,
        payload=options.payload,
        region=options.region,
        poll=options.poll,
        linger=options.linger,
    )
    books = read_books(options.region)
    estimates = [estimate(model, scenario, books) for model in models]
    simulated = (
        [simulate(model, scenario, books, orders=options.orders, seed=options.seed) for model in models]
        if options.simulate
        else []
    )
    rates = sweep.by_rate(models, scenario, books) if options.sweep else []
    lives = sweep.by_life(models, scenario, books) if options.sweep else []
    whole = document(scenario, books, estimates, simulated=simulated or None, rates=rates, lives=lives)
    if options.json:
        _print(whole)
    else:
        table.show(console, scenario, books, estimates, simulated)
    if options.sweep:
        options.out.mkdir(parents=True, exist_ok=True)
        shown = options.out / "model.html"
        shown.write_text(page.render(scenario, books, estimates, rates, lives), encoding="utf-8")
        (options.out / "model.json").write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
        Console(stderr=True, highlight=False, markup=False).print(str(shown), soft_wrap=True)
    return Exit.OK


def _print(value: object) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
