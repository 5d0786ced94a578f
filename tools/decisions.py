"""Writes docs/decisions/README.md, the index of the decisions, and checks the form of each.

python -m tools.decisions
python -m tools.decisions new "A title that says what is decided"

A decision is a file of its own in MADR's form, docs/decisions/NNNN-title.md. A later decision that replaces
an earlier one says so in its head (`Supersedes`), and the earlier one names it in its status.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

FOLDER: Final = Path(__file__).resolve().parent.parent / "docs" / "decisions"
INDEX: Final = FOLDER / "README.md"
SECTIONS: Final = (
    "Context and problem",
    "Considered options",
    "Decision outcome",
    "Consequences",
    "How to reverse",
)
TOPICS: Final = (
    "the life of an order",
    "channels and fan-out",
    "the companion",
    "staff, events and figures",
    "comparison and model",
    "the page",
    "template and deployment",
    "local cloud: engine, state and time",
    "local cloud: AppSync",
    "local cloud: Lambda",
    "local cloud: other services",
    "set-up, tests and benchmarks",
)
_NAME: Final = re.compile(r"(\d{4})-[a-z0-9-]+\.md")
_LINK: Final = re.compile(r"\[(\d{4})\]\(([^)]+)\)")
_STATUS: Final = re.compile(r"accepted|superseded by \S.*|accepted, superseded in part by \S.*")
_INTRODUCTION: Final = """\
# Decisions

Why things are as they are. Each page says what was decided and when, the problem, the options that
were considered, what follows from the decision, and how to reverse it
([MADR](https://adr.github.io/madr/)'s form). A decision is never rewritten when it changes: a later
one supersedes it, and each names the other.

`python -m tools.decisions new "Title"` begins the next one; `python -m tools.decisions` writes this
index.

"""


@dataclass(frozen=True)
class Decision:
    """One file of the folder, as far as the index and the checks need it."""

    name: str
    title: str
    head: dict[str, str]
    sections: dict[str, str]

    @classmethod
    def parse(cls, name: str, text: str) -> Self:
        """Read a file's head and its sections."""
        head, *rest = re.split(r"(?m)^## ", text)
        title, _, entries = head.partition("\n")
        joined = re.sub(r"\n  (?=\S)", " ", entries)
        pairs = re.findall(r"(?m)^- ([A-Z][a-z ]+): (.+)$", joined)
        sections = (section.partition("\n") for section in rest)
        return cls(
            name,
            title.removeprefix("# ").strip(),
            dict(pairs),
            {heading.strip(): body.strip() for heading, _, body in sections},
        )

    @property
    def number(self) -> str:
        """The four digits that the file's name begins with."""
        return self.name[:4]

    @property
    def status(self) -> str:
        """Accepted, or superseded by which decision."""
        return self.head.get("Status", "")

    @property
    def topic(self) -> str:
        """The part of the index that lists it."""
        return self.head.get("Topic", "")

    @property
    def successors(self) -> list[str]:
        """The files that this decision's status names."""
        return [name for _, name in _LINK.findall(self.status)]

    @property
    def predecessors(self) -> list[str]:
        """The files that this decision says it supersedes, wholly or in part."""
        heads = (self.head.get("Supersedes", ""), self.head.get("Supersedes in part", ""))
        return [name for head in heads for _, name in _LINK.findall(head)]


def read(folder: Path = FOLDER) -> list[Decision]:
    """Read all decisions in the order of their numbers."""
    paths = sorted(path for path in folder.glob("*.md") if path.name != INDEX.name)
    return [Decision.parse(path.name, path.read_text(encoding="utf-8")) for path in paths]


def problems(decisions: Sequence[Decision]) -> list[str]:
    """Name what is wrong with the form of decisions, or with how they refer to each other."""
    by_name = {decision.name: decision for decision in decisions}
    numbers = [decision.number for decision in decisions]
    return [
        f"{decision.name}: {problem}"
        for decision in decisions
        for problem in (
            *_problems_of_form(decision),
            *(["the number is not unique"] if numbers.count(decision.number) > 1 else []),
            *_problems_of_links(decision, by_name),
        )
    ]


def _problems_of_form(decision: Decision) -> list[str]:
    complaints = []
    if not _NAME.fullmatch(decision.name):
        complaints.append("the name is not NNNN-title.md")
    if not decision.title:
        complaints.append("it has no title")
    if not _STATUS.fullmatch(decision.status):
        complaints.append(f"the status is {decision.status!r}")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", decision.head.get("Date", "")):
        complaints.append("it has no date")
    if decision.topic not in TOPICS:
        complaints.append(f"the topic is {decision.topic!r}, not one of {', '.join(TOPICS)}")
    if tuple(decision.sections) != SECTIONS:
        complaints.append(f"its sections are not {', '.join(SECTIONS)}")
    complaints.extend(f"{heading!r} is empty" for heading, body in decision.sections.items() if not body)
    return complaints


def _problems_of_links(decision: Decision, by_name: dict[str, Decision]) -> list[str]:
    complaints = [
        f"{name} does not say that it supersedes this one"
        for name in decision.successors
        if name not in by_name or decision.name not in by_name[name].predecessors
    ]
    complaints.extend(
        f"the status of {name} does not name this one"
        for name in decision.predecessors
        if name not in by_name or decision.name not in by_name[name].successors
    )
    linked = _LINK.findall(" ".join([*decision.head.values(), *decision.sections.values()]))
    complaints.extend(
        f"[{number}]({name}) leads nowhere"
        for number, name in linked
        if name not in by_name or by_name[name].number != number
    )
    return complaints


def index(decisions: Sequence[Decision]) -> str:
    """Render the index: the decisions by topic, in the order of their numbers."""
    parts = [_INTRODUCTION.rstrip()]
    for topic in TOPICS:
        rows = [
            f"| [{it.number}]({it.name}) | {it.title} | {it.head['Date']} | {it.status} |"
            for it in decisions
            if it.topic == topic
        ]
        if rows:
            heading = f"## {topic[0].upper()}{topic[1:]}"
            parts.append(
                "\n".join([f"{heading}\n", "| | decision | date | status |", "|---|---|---|---|", *rows])
            )
    return "\n\n".join(parts) + "\n"


def skeleton(title: str, today: str) -> str:
    """Render the form of a new decision."""
    sections = "\n".join(f"## {section}\n\n" for section in SECTIONS)
    head = f"- Status: accepted\n- Date: {today}\n- Topic: {' | '.join(TOPICS)}\n"
    return f"# {title}\n\n{head}\n{sections}".rstrip() + "\n"


def begin(title: str, folder: Path = FOLDER) -> Path:
    """Create the file of the next decision."""
    number = max((int(decision.number) for decision in read(folder)), default=0) + 1
    slug = "-".join(re.findall(r"[a-z0-9]+", title.lower()))
    path = folder / f"{number:04d}-{slug}.md"
    path.write_text(skeleton(title, datetime.now(UTC).date().isoformat()), encoding="utf-8")
    return path


def main(arguments: Sequence[str]) -> int:
    """Begin a decision, or write the index."""
    match arguments:
        case ["new", title]:
            print(begin(title))
            return 0
        case []:
            decisions = read()
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    if wrong := problems(decisions):
        print("\n".join(wrong), file=sys.stderr)
        return 1
    INDEX.write_text(index(decisions), encoding="utf-8")
    print(f"{INDEX}: {len(decisions)} decisions")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
