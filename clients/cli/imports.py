"""``orderwire import``: upload a file of orders, see its lines come to something, and keep the report."""

from __future__ import annotations

import argparse
import asyncio
import sys
import uuid
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from clients.cli.exits import Exit
from clients.cli.views import write_json
from clients.cli.writing import require_writable
from clients.client import OrderClient
from clients.errors import BadSettings, ImportProblem
from clients.imports import Import
from clients.uploading import download, upload

HELP = """\
The file is CSV, a line an order: docs/import.md has its columns. Each line is accepted, repeated (the same
order was sent before) or refused; refused lines are shown as they come, with their numbers and reasons. What
is mended may be imported again with the rest: it repeats.

examples:
  orderwire import orders.csv                         upload, and follow to the end
  orderwire import orders.csv --report report.csv     keep the acknowledgement, line by line
  orderwire import orders.csv --detach                upload, print the import's id, and stop
  orderwire import --status 4b0c0f7e-8a53-4c57-…      how far it is; its report as above
  orderwire import --cancel 4b0c0f7e-8a53-4c57-…      what was accepted stays accepted
  orderwire import orders.csv --json | jq -c 'select(.type == "refused")'

Ctrl-C asks in a terminal whether to cancel the import; without one, or at a second Ctrl-C, the command ends
and the import goes on.

exit codes: 0 every line was accepted or repeated, or the import goes on; 1 it was cancelled, or has expired;
3 no such import; 6 lines were refused, or the file was; 7 it failed by a fault of ours. The others are those
of `orderwire --help`.
"""


async def run_import(
    options: argparse.Namespace, client: OrderClient, console: Console, *, as_json: bool
) -> Exit:
    """Import a file, or look at or cancel an import."""
    if (options.file is None) is (options.status is None and options.cancel is None):
        raise BadSettings("Name a file, or an import by --status or --cancel.")
    view = ImportView(console, as_json=as_json)
    desk = client.api.imports
    if options.status is not None:
        state = await desk.find(options.status)
        view.end(state)
        return await _ended(state, options.report)
    if options.cancel is not None:
        await desk.cancel(options.cancel)
        return await _follow(options.cancel, client, view, options.report)
    path, data = Path(options.file), _content(options.file)
    require_writable(options.report)
    import_id = str(uuid.uuid4())
    await client.tokens.token()  # a wrong password is said before anything else
    form = await desk.create(path.name[-255:], len(data), import_id)
    view.begin(import_id)
    await upload(form, data, path.name[-255:])
    if options.detach:
        return Exit.OK
    return await _follow(import_id, client, view, options.report)


async def _follow(import_id: str, client: OrderClient, view: ImportView, report: str | None) -> Exit:
    """Show an import to its end; an interruption may cancel it."""
    prompted = False
    while True:
        try:
            with view:
                async with aclosing(client.api.imports.follow(import_id)) as states:
                    async for state in states:
                        if state.final:
                            view.end(state)
                            return await _ended(state, report)
                        view.show(state)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if prompted or task is None or not _wants_to_cancel():
                view.detach(import_id)
                raise
            prompted = True
            task.uncancel()
            try:
                await client.api.imports.cancel(import_id)
            except ImportProblem as error:
                sys.stderr.write(f"orderwire: {error}\n")


def _wants_to_cancel() -> bool:
    if not sys.stdin.isatty():
        return False
    sys.stderr.write("\nCancel the import? What was accepted stays. [y/N] ")
    sys.stderr.flush()
    try:
        return sys.stdin.readline().strip().lower() in {"y", "yes"}
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return False


async def _ended(state: Import, report: str | None) -> Exit:
    if report is not None and state.report_url is not None:
        _write(report, await download(state.report_url))
    elif report is not None and state.final:
        sys.stderr.write("orderwire: there is no report: nothing of the file was imported\n")
    match state.status:
        case "FAILED":
            return Exit.SERVER_FAULT if state.reason == "INTERNAL_ERROR" else Exit.REFUSED
        case "CANCELLED" | "EXPIRED":
            return Exit.ORDER_FAILED
    return Exit.REFUSED if state.refused else Exit.OK


class ImportView:
    """Shows an import: a bar in a terminal, lines in a pipe, JSON for scripts.

    Parameters
    ----------
    console
        Where to.
    as_json
        One JSON object a line instead.
    """

    def __init__(self, console: Console, *, as_json: bool) -> None:
        self._console = console
        self._as_json = as_json
        self._lines: set[int] = set()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f} of {task.total:.0f} lines"),
            TimeElapsedColumn(),
            console=console,
            disable=as_json or not console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("AWAITING_UPLOAD", total=0)

    def __enter__(self) -> ImportView:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def begin(self, import_id: str) -> None:
        """Name the import: an interrupted client asks by it."""
        if self._as_json:
            write_json({"type": "import", "id": import_id, "status": "AWAITING_UPLOAD"})
        else:
            self._console.print(import_id)

    def show(self, state: Import) -> None:
        """Show how far it is, and lines that were refused since."""
        for refused in state.refusals:
            if refused.line in self._lines:
                continue
            self._lines.add(refused.line)
            if self._as_json:
                document = {"line": refused.line, "code": refused.code, "reason": refused.reason}
                write_json({"type": "refused", **document})
            else:
                text = f"line {refused.line} refused: {refused.reason}"
                self._console.print(Text(text, "red"), soft_wrap=True)
        if self._as_json:
            hidden = ("refusals", "reportUrl")
            shown = {name: item for name, item in state.document.items() if name not in hidden}
            write_json({"type": "import", **shown})
        elif self._bar.disable:
            self._console.print(_words(state))
        else:
            self._bar.update(
                self._task, description=state.status, total=state.lines or 0, completed=state.done
            )

    def end(self, state: Import) -> None:
        """Show what came of it."""
        self.show(state)
        if self._as_json:
            return
        if not self._bar.disable:
            self._console.print(_words(state))
        if state.final:
            sys.stderr.writelines(f"{hint}\n" for hint in _hints(state, state.refused - len(self._lines)))

    def detach(self, import_id: str) -> None:
        """Say how to come back."""
        if not self._as_json:
            sys.stderr.write(f"The import goes on: orderwire import --status {import_id}\n")


def _words(state: Import) -> str:
    why = f": {state.detail}" if state.detail else ""
    if state.lines is None:
        return f"{state.status}{why}"
    counts = f"{state.accepted} accepted, {state.repeated} repeated, {state.refused} refused"
    lines = f"{state.lines:,} line{'' if state.lines == 1 else 's'}"
    return f"{state.status}{why}  {lines}: {counts}"


def _hints(state: Import, unseen: int) -> Iterator[str]:
    """Yield what one may want to know or do next."""
    if state.document.get("duplicateOf"):
        yield f"This file has the very contents of import {state.document['duplicateOf']}."
    if unseen > 0:
        yield f"{unseen:,} more refused: orderwire import --status {state.id} --report FILE has all."
    if state.refused:
        yield "Mend what was refused and import the whole file again: what was accepted is not doubled."


def _content(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise BadSettings(f"Cannot read {file}: {error.strerror}.") from error


def _write(file: str, content: bytes) -> None:
    try:
        Path(file).write_bytes(content)
    except OSError as error:
        raise BadSettings(f"Cannot write {file}: {error.strerror}.") from error


def add_options(command: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    command.add_argument("file", metavar="FILE", nargs="?", help="CSV, a line an order")
    existing = command.add_mutually_exclusive_group()
    existing.add_argument("--status", metavar="ID", help="show an import, and stop")
    existing.add_argument("--cancel", metavar="ID", help="cancel an import, and follow it to its end")
    command.add_argument("--report", metavar="PATH", help="write the report there, CSV")
    command.add_argument("--detach", action="store_true", help="do not wait for the end")
