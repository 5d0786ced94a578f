"""Keeps docs/errors fresh: the facts at the head of each page, and the list of all pages.

python -m tools.error_pages

What an error means and what to do is written by hand, below the facts. The facts come of the tables
that the application answers by. An error without a page ends the tool with the page's name.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clients.cli.exits import MEANING, Exit, exit_for
from clients.cli.pages import PAGES as CLIENT_PAGES
from clients.failures import from_errors
from localcloud.command_line.pages import PAGES as LOCAL_PAGES
from localcloud.contracts.stand_ins import ERROR_TYPE
from localcloud.lambda_rules import UNSERVED
from orders.answers import ANSWERS, BUSY, INTERNAL, ErrorDescription
from orders.problems import REFUSALS
from orders.status import FailureReason

FOLDER: Final = Path(__file__).resolve().parent.parent / "docs" / "errors"
INDEX: Final = "README.md"
OPEN: Final = "<!-- Facts: `make errors` writes them from the tables in the code. -->"
CLOSE: Final = "<!-- End of facts. -->"
WIDTH: Final = 100
_PREFIX: Final = "urn:orderwire:problem:"
# What a start refuses of a template, each by a rule of `check` as well: its name, and the page.
REFUSED_BY_RULES: Final[Mapping[str, str]] = {
    "unknown-type": "`unknown-type`",
    "unsupported-integration": "`unsupported-integration`",
    "macro-unserved": "`macro-unserved`",
    "build-unserved": "`build-unserved`",
    "lookup-needed": "`lookup-needed`",
    "parameter-needed": "`parameter-needed`",
}
# What a start warns of, and what fails when it is used: by a rule of `check`, its page, and the error then.
STAND_INS: Final[Mapping[str, str]] = {"unserved-type": ERROR_TYPE, "unserved-runtime": UNSERVED}


@dataclass(frozen=True, slots=True)
class Entry:
    """One page: its name, the words that a user meets, its group, and what the tables say of it."""

    name: str
    words: str
    group: str
    facts: tuple[tuple[str, str], ...]


GROUPS: Final = {
    "api": "## The API: GraphQL, REST and WebSocket",
    "reason": "## Reasons of an order that failed",
    "http": "## REST, before a view is reached",
    "client": "## The command line `orderwire` and the Python clients",
    "local": "## The local cloud",
    "rule": "## What a start refuses of a template",
    "stand-in": "## What a start creates, and what fails when it is used",
}


def entries() -> Iterator[Entry]:
    """Yield every error that a user meets."""
    for kind in dict.fromkeys([*ANSWERS.values(), INTERNAL, BUSY]):
        name = kind.problem.removeprefix(_PREFIX)
        yield Entry(
            name,
            f"`{kind.websocket}`",
            "api",
            (
                ("GraphQL `errorType`", f"`{kind.graphql}`"),
                ("REST", f"{kind.status}, type `{kind.problem}`, “{kind.title}”"),
                ("WebSocket `code`", f"`{kind.websocket}`"),
                ("`orderwire` exits with", _exit(_exit_of(name, kind))),
            ),
        )
    for reason in FailureReason:
        if reason is not FailureReason.INTERNAL_ERROR:
            name = reason.value.lower().replace("_", "-")
            yield Entry(name, f"`{reason}`", "reason", (("`reason` of the order", f"`{reason}`"),))
    for status, (name, title) in REFUSALS.items():
        facts = (("REST", f"{status}, type `{_PREFIX}{name}`, “{title}”"),)
        yield Entry(name, f"{status} {title}", "http", facts)
    yield from _programs()


def _programs() -> Iterator[Entry]:
    described = {kind.problem.removeprefix(_PREFIX) for kind in ANSWERS.values()}
    for client, name in CLIENT_PAGES.items():
        if name not in described:
            code = exit_for(client.__new__(client))
            facts = (
                ("Python", f"`clients.errors.{client.__name__}`"),
                ("`orderwire` exits with", _exit(code)),
            )
            yield Entry(name, f"`{client.__name__}`", "client", facts)
    for local, name in LOCAL_PAGES.items():
        yield Entry(name, f"`{local.__name__}`", "local", (("Python", f"`{local.__name__}`"),))
    for name, rule in REFUSED_BY_RULES.items():
        facts = (("rule of [`check`](../checks.md)", rule), ("the start exits with", "2"))
        yield Entry(name, rule, "rule", facts)
    for name, kind in STAND_INS.items():
        warned = (("rule of [`check`](../checks.md)", f"`{name}`, a warning"), ("`errorType`", f"`{kind}`"))
        yield Entry(name, f"`{name}`", "stand-in", warned)


def _exit_of(page: str, kind: ErrorDescription) -> Exit:
    """Return how `orderwire` ends for an error: by the class of its page, else by what GraphQL says."""
    client = next((client for client, name in CLIENT_PAGES.items() if name == page), None)
    if client is not None:
        return exit_for(client.__new__(client))
    return exit_for(from_errors([{"errorType": kind.graphql, "message": kind.title}]))


def _exit(code: Exit) -> str:
    return f"{code.value}: {MEANING[code]}"


def head(entry: Entry) -> str:
    """Return the facts of a page, between their markers."""
    rows = [f"| {what} | {value} |" for what, value in entry.facts]
    return "\n".join([OPEN, "", "| | |", "|---|---|", *rows, "", CLOSE])


def page(entry: Entry, text: str) -> str:
    """Return the page's text with the facts of today.

    Raises
    ------
    ValueError
        The page has no place for them.
    """
    before, opened, rest = text.partition(OPEN)
    _, closed, after = rest.partition(CLOSE)
    if not opened or not closed:
        raise ValueError(f"docs/errors/{entry.name}.md has no place for its facts: {OPEN} … {CLOSE}")
    return before + head(entry) + after


def index(pages: Mapping[str, str]) -> str:
    """Return the list of all pages, with the first sentence of each."""
    lines = [
        "# Errors",
        "",
        "<!-- Generated by `make errors`; do not edit. -->",
        "",
        *textwrap.wrap(
            "Every error that a user meets has a page: what it means, why it occurs, and what to do. GraphQL "
            "names an error by its `errorType`, REST by a problem document (RFC 9457), the WebSocket by a "
            "`code`, and the command lines by words and an exit code. In a terminal they also name the page.",
            WIDTH,
        ),
    ]
    listed = list(entries())
    for group, title in GROUPS.items():
        lines += ["", title, "", "| error | what it means |", "|---|---|"]
        lines += [
            f"| [{entry.words}]({entry.name}.md) | {meaning(pages[entry.name])} |"
            for entry in listed
            if entry.group == group
        ]
    lines += ["", "## Exit codes of `orderwire`", "", "| code | meaning |", "|--:|---|"]
    lines += [f"| {code.value} | {words} |" for code, words in MEANING.items()]
    lines += [
        *("", "## Exit codes of `localcloud`", "", "| code | meaning |", "|--:|---|"),
        "| 0 | it was stopped, or `--run` succeeded |",
        "| 1 | a port, the engine, the deployment or a part failed; with `--exit` see `--run` |",
        "| 2 | wrong options, or a template that cannot be started |",
        "| 127 | the command of `--run` cannot be run |",
    ]
    return "\n".join([*lines, ""])


def meaning(text: str) -> str:
    """Return the first paragraph after the facts, as one line."""
    paragraph = text.partition(CLOSE)[2].strip().partition("\n\n")[0]
    return " ".join(paragraph.split()).replace("|", "\\|")


def written() -> dict[Path, str]:
    """Return what each file of ``docs/errors`` has to hold.

    Raises
    ------
    FileNotFoundError
        An error has no page.
    """
    pages = {entry.name: page(entry, (FOLDER / f"{entry.name}.md").read_text("utf-8")) for entry in entries()}
    return {
        **{FOLDER / f"{name}.md": text for name, text in pages.items()},
        FOLDER / INDEX: index(pages),
    }


def main() -> int:
    """Write the pages."""
    for path, text in written().items():
        path.write_text(text, "utf-8")
    print(json.dumps({"pages": len(list(entries()))}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
