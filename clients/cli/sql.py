"""``orderwire sql``: ask what the shop did."""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clients.analytics.athena import Athena, Progress, QueryResult, Question
from clients.analytics.settings import find_athena
from clients.cli.exits import Exit
from clients.cli.views import write_json
from clients.errors import BadSettings, Refused

HELP: Final = """\
SQL over every change of every order, by Athena: on AWS with your own AWS credentials (the stack's policy
AskingPolicy allows it), on the local cloud with those of its ready file. A change is there when its file is:
after the stack's AnalyticsBufferSeconds. The tables:

  changes         each change once: order_id, customer_id, version, status, changed_at, currency, total,
                  item_count, country, reason, created_at, previous_at; total is in minor units
  order_changes   as the stream brought it, with repetitions; day and hour of its arrival say which files
                  are read, which is what a question costs

examples:
  orderwire sql --list                             the saved questions
  orderwire sql --saved revenue-by-day             ask one of them
  orderwire sql --saved orders-by-hour --csv       for a spreadsheet
  orderwire sql "SELECT country, count(*) AS orders FROM changes WHERE version = 1 GROUP BY 1"
  orderwire sql - --json < question.sql            one JSON object a line, for scripts
"""


def run_sql(options: argparse.Namespace, console: Console, *, as_json: bool) -> Exit:
    """Ask, or list what is saved."""
    if options.list and (options.sql or options.saved):
        raise BadSettings("--list takes no question.")
    if not options.list and bool(options.sql) == bool(options.saved):
        raise BadSettings("Give either SQL or --saved NAME; --list names the saved questions.")
    where = find_athena(
        os.environ,
        ready_file=getattr(options, "ready_file", None),
        region=getattr(options, "region", None),
        workgroup=options.workgroup,
        database=options.database,
    )
    with _progress() as observe:
        athena = Athena(where, observe)
        if options.list:
            answer, listed = None, athena.questions()
        else:
            sql = _saved(options.saved, athena.questions()) if options.saved else _text(options.sql)
            answer, listed = athena.ask(sql), []
    if answer is None:
        _list(listed, console, as_json=as_json)
    elif options.csv:
        lines = csv.writer(sys.stdout, lineterminator="\n")
        lines.writerow(answer.columns)
        lines.writerows([_plain(value) for value in row] for row in answer.rows)
    elif as_json:
        for row in answer.rows:
            write_json(dict(zip(answer.columns, row, strict=True)))
    else:
        _show(answer, console)
    return Exit.OK


def _text(sql: str) -> str:
    return sys.stdin.read() if sql == "-" else sql


def _saved(name: str, questions: list[Question]) -> str:
    for question in questions:
        if question.name == name:
            return question.sql
    names = ", ".join(question.name for question in questions) or "none"
    raise Refused(f"There is no saved question {name!r}: there are {names}.")


def _list(questions: list[Question], console: Console, *, as_json: bool) -> None:
    if as_json:
        for question in questions:
            write_json({"name": question.name, "description": question.description, "sql": question.sql})
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("name", no_wrap=True)
    table.add_column("what it answers")
    for question in questions:
        table.add_row(question.name, Text(question.description))
    console.print(table if questions else "No saved questions.")


def _show(answer: QueryResult, console: Console) -> None:
    table = Table(box=None, pad_edge=False)
    for number, name in enumerate(answer.columns):
        numeric = answer.rows and all(type(row[number]) in (int, float) for row in answer.rows)
        table.add_column(Text(name), justify="right" if numeric else "left", no_wrap=True)
    for row in answer.rows:
        table.add_row(*(Text(str(_plain(value))) for value in row))
    console.print(table)
    rows = "1 row" if len(answer.rows) == 1 else f"{len(answer.rows)} rows"
    console.print(Text(f"{rows}, {answer.seconds:.1f} s, {_size(answer.scanned)} read", "bright_black"))


def _plain(value: object) -> object:
    """Return a value as SQL shows it: a boolean in lower case, NULL as nothing."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else value


def _size(count: int) -> str:
    """Return bytes in words."""
    amount, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:
        amount /= 1000
        units.pop(0)
    return f"{amount:.1f} {units[0]}" if units[0] != "B" else f"{count} B"


@contextmanager
def _progress() -> Iterator[Callable[[Progress], None]]:
    """Show how far a question is, on a terminal's standard error; rows alone go to standard output."""
    console = Console(stderr=True, highlight=False, emoji=False)
    if not console.is_terminal:
        yield lambda progress: None
        return
    with console.status("asking") as status:
        yield lambda progress: status.update(
            f"{progress.state.lower()}, {progress.seconds:.0f} s, {_size(progress.scanned)} read"
        )


def add_options(command: argparse.ArgumentParser) -> None:
    """Add what is asked, and where."""
    command.add_argument("sql", metavar="SQL", nargs="?", help="the question; - reads standard input")
    command.add_argument("--saved", metavar="NAME", help="ask a saved question")
    command.add_argument("--list", action="store_true", help="list the saved questions")
    command.add_argument("--csv", action="store_true", help="write rows as CSV")
    command.add_argument("--workgroup", metavar="NAME", help="Athena's workgroup")
    command.add_argument("--database", metavar="NAME", help="the catalogue's database")
