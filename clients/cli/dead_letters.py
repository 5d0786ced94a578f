"""``orderwire dlq``: look into the dead letters, and put them back."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clients.cli.exits import Exit
from clients.cli.subcommands import add_command
from clients.cli.traces import duration
from clients.cli.views import write_json
from clients.client import OrderClient
from clients.dead_letters import DeadLetterDesk, Letter, Move, Place
from clients.errors import BadSettings, DeadLettersNotFound

LOOK_SECONDS = 0.5
"""Between two looks at how far SQS is."""
HELP = """\
A dead letter is a message that no consumer could handle, even after all retries. Fix the cause first: what
is put back before that comes here again. Everything may be put back twice, and an interrupted command may
be repeated: an order is started once, a change is known by its version, and money is given back once.

examples:
  orderwire dlq list                               each place, what it is for, how many, how old
  orderwire dlq show orders                        what lies there: orders, causes, attempts, times
  orderwire dlq redrive orders --dry-run           how many would go back
  orderwire dlq redrive orders                     put them back; asks first
  orderwire dlq redrive --yes                      all places, without asking
  orderwire dlq redrive --only 4b0c0f7e-8a53-…     what concerns one order, wherever it lies
  orderwire dlq show fanout --json | jq -r .cause  one JSON object a line, for scripts

how a place's letters go back (`way` in JSON):
  MOVE       SQS moves them to the queue whose dead letters they are
  STREAM     their records are read from the table's stream again: within 24 hours
  INVOKE     their event is handled again
  REPUBLISH  their change is published again
  EVENT      their event is put on the bus again, and all rules receive it twice

exit codes: 0 all went back, or there was nothing; 1 some stay, and it says why; 2 not confirmed (--yes);
3 no such place; 4 you are not staff. The others are those of `orderwire --help`.
"""


async def run_dead_letters(
    options: argparse.Namespace, client: OrderClient, console: Console, *, as_json: bool
) -> Exit:
    """Run the action that the options name."""
    desk = client.api.dead_letters
    match options.action:
        case "list":
            _list(await desk.places(), console, as_json=as_json)
        case "show":
            letters = await _letters(desk, options.place, limit=options.limit)
            _show(letters, console, as_json=as_json)
        case _:
            return await _redrive(options, desk, console, as_json=as_json)
    return Exit.OK


async def _letters(desk: DeadLetterDesk, place: str, *, limit: int) -> Sequence[Letter]:
    try:
        return await desk.letters(place, limit=limit)
    except DeadLettersNotFound:
        raise _unknown(place, [candidate.name for candidate in await desk.places()]) from None


def _unknown(place: str, names: Iterable[str]) -> DeadLettersNotFound:
    return DeadLettersNotFound(f"There is no place {place!r}: there are {', '.join(names)}.")


def _list(places: Sequence[Place], console: Console, *, as_json: bool) -> None:
    if as_json:
        for place in places:
            write_json({"type": "place", **place.document})
        return
    table = Table(box=None, pad_edge=False)
    for name in ("place", "letters", "oldest"):
        table.add_column(name, no_wrap=True, justify="right" if name == "letters" else "left")
    table.add_column("what ends there")
    for place in places:
        moving = f"{place.move.moved} of {place.move.total} moved" if place.move and place.move.active else ""
        table.add_row(
            place.name,
            Text(str(place.depth), "red" if place.depth else "bright_black"),
            moving or _age(place.oldest_at),
            Text(place.purpose),
        )
    console.print(table)


def _show(letters: Sequence[Letter], console: Console, *, as_json: bool) -> None:
    if as_json:
        for letter in letters:
            write_json({"type": "letter", **letter.document})
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("sent", no_wrap=True)
    table.add_column("order", no_wrap=True, overflow="ignore")
    table.add_column("what")
    table.add_column("tries", justify="right")
    table.add_column("why it is here")
    for letter in letters:
        stays = f"; stays: {letter.problem}" if letter.problem else ""
        table.add_row(
            f"{letter.sent_at.astimezone(UTC):%m-%d %H:%M:%S}",
            "\n".join(letter.order_ids),
            Text(letter.what),
            "" if letter.attempts is None else str(letter.attempts),
            Text(f"{letter.cause or 'unknown'}{stays}"),
        )
    console.print(table if letters else "No letters.")


async def _redrive(
    options: argparse.Namespace, desk: DeadLetterDesk, console: Console, *, as_json: bool
) -> Exit:
    counts = await _count(options, desk)
    if options.dry_run:
        for name, count in counts.items():
            _report(console, name, as_json=as_json, matched=count, dryRun=True)
        return Exit.OK
    counts = {name: count for name, count in counts.items() if count}
    if not counts:
        if not as_json:
            console.print("There is nothing to put back.")
        return Exit.OK
    if not options.yes and not _confirmed(counts):
        return Exit.USAGE
    stay = False
    for name in counts:
        stay |= await _put_back(name, options.only, desk, console, as_json=as_json)
    return Exit.ORDER_FAILED if stay else Exit.OK


async def _count(options: argparse.Namespace, desk: DeadLetterDesk) -> dict[str, int]:
    """Return how many letters would go back, place by place."""
    depths = {place.name: place.depth for place in await desk.places()}
    for name in options.places:
        if name not in depths:
            raise _unknown(name, depths)
    counts: dict[str, int] = {}
    for name in options.places or depths:
        # To look into an empty place takes a second.
        count = (await desk.redrive(name, only=options.only, dry_run=True)).matched if depths[name] else 0
        counts[name] = count
    return counts


def _confirmed(counts: dict[str, int]) -> bool:
    what = ", ".join(f"{count} of {name}" for name, count in counts.items())
    if not sys.stdin.isatty():
        raise BadSettings(f"This puts back {what}: say --yes, or --dry-run to count them only.")
    sys.stderr.write(f"Put back {what}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


async def _put_back(
    name: str, only: str | None, desk: DeadLetterDesk, console: Console, *, as_json: bool
) -> bool:
    """Put a place's letters back, call by call; return whether some stay."""
    redriven = 0
    failures: dict[str, str] = {}
    while True:
        result = await desk.redrive(name, only=only)
        redriven += result.redriven
        failures |= result.failures
        # What fails is met again by each call: without progress the rest would fail as well.
        if not result.more or not result.redriven:
            break
    moved = result.move
    if moved is not None:
        moved = await _moved(name, moved, desk)
        redriven += moved.moved
        if moved.status != "COMPLETED":
            failures[name] = f"SQS's move is {moved.status}: {moved.failure or 'it was cancelled'}"
    _report(console, name, as_json=as_json, redriven=redriven, failures=failures, more=result.more)
    return bool(failures) or result.more


async def _moved(name: str, move: Move, desk: DeadLetterDesk) -> Move:
    """Wait until SQS has moved a place's letters."""
    while move.active:
        await asyncio.sleep(LOOK_SECONDS)
        latest = next((place.move for place in await desk.places() if place.name == name), None)
        if latest is None:
            break
        move = latest
    return move


def _report(console: Console, name: str, *, as_json: bool, **result: object) -> None:
    if as_json:
        write_json({"type": "redrive", "place": name, **result})
        return
    if "matched" in result:
        console.print(f"{name}: {result['matched']} would go back")
        return
    console.print(f"{name}: {result['redriven']} went back")
    failures = result.get("failures")
    for letter, reason in failures.items() if isinstance(failures, dict) else ():
        console.print(Text(f"  {letter} stays: {reason}", "red"), soft_wrap=True)
    if result.get("more"):
        console.print(Text("  there are more: run it again", "red"))


def _age(moment: datetime | None) -> str:
    if moment is None:
        return ""
    return duration(max(0.0, (datetime.now(UTC) - moment).total_seconds()))


def add_options(group: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    """Add the actions and their options."""
    actions = group.add_subparsers(dest="action", metavar="ACTION", required=True)
    add_command(actions, shared, "list", "list the places, how many letters each has, and how old they are")
    show = add_command(actions, shared, "show", "show the letters of a place, without their contents")
    show.add_argument("place", metavar="PLACE", help="its name, as `dlq list` shows it")
    show.add_argument(
        "--limit", type=int, choices=range(1, 101), default=50, metavar="N", help="at most N letters (50)"
    )
    redrive = add_command(actions, shared, "redrive", "put letters back where they came from", HELP)
    redrive.add_argument("places", metavar="PLACE", nargs="*", help="their names; all without any")
    redrive.add_argument("--only", metavar="ORDER", help="only what concerns this order")
    redrive.add_argument("--dry-run", action="store_true", help="count what would go back, and stop")
    redrive.add_argument("--yes", action="store_true", help="do not ask")
