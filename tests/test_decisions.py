"""The decisions: one file each, in one form, each naming what superseded it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.decisions import INDEX, TOPICS, Decision, begin, index, problems, read

COMPLETE = """# Use one queue

- Status: accepted
- Date: 2026-11-30
- Topic: the life of an order

## Context and problem

How many queues?

## Considered options

1. One (chosen)
2. Two

## Decision outcome

One is enough.

## Consequences

- Orders wait for each other.

## How to reverse

Add the second.
"""


def decision(name: str, *, status: str = "accepted", head: str = "") -> Decision:
    text = COMPLETE.replace("Status: accepted", f"Status: {status}")
    return Decision.parse(name, text.replace("- Date: 2026-11-30\n", f"- Date: 2026-11-30\n{head}"))


def test_decisions_are_complete_and_refer_to_each_other() -> None:
    assert problems(read()) == []


def test_index_lists_every_decision() -> None:
    assert INDEX.read_text(encoding="utf-8") == index(read()), "run `python -m tools.decisions`"


def test_index_lists_decisions_by_topic() -> None:
    second = Decision.parse("0002-two.md", COMPLETE.replace(TOPICS[0], TOPICS[1]))
    parts = index([second, decision("0001-one.md")]).split("\n## ")[1:]
    assert [part.partition("\n")[0].lower() for part in parts] == list(TOPICS[:2])
    assert ["0001-one.md" in part for part in parts] == [True, False]


def test_a_complete_decision_has_no_problems() -> None:
    assert problems([decision("0001-one.md")]) == []


@pytest.mark.parametrize(
    ("removed", "problem"),
    [
        ("- Date: 2026-11-30\n", "0001-one.md: it has no date"),
        ("- Status: accepted\n", "0001-one.md: the status is ''"),
        (
            "- Topic: the life of an order\n",
            f"0001-one.md: the topic is '', not one of {', '.join(TOPICS)}",
        ),
        ("- Orders wait for each other.\n", "0001-one.md: 'Consequences' is empty"),
    ],
)
def test_an_incomplete_decision_is_reported(removed: str, problem: str) -> None:
    assert problems([Decision.parse("0001-one.md", COMPLETE.replace(removed, ""))]) == [problem]


def test_a_missing_section_is_reported() -> None:
    text = COMPLETE.replace("## How to reverse\n\nAdd the second.\n", "")
    assert "its sections are not" in problems([Decision.parse("0001-one.md", text)])[0]


def test_a_number_is_reported_when_two_decisions_have_it() -> None:
    twins = [decision("0001-one.md"), decision("0001-other.md")]
    assert [problem for problem in problems(twins) if "not unique" in problem] == [
        "0001-one.md: the number is not unique",
        "0001-other.md: the number is not unique",
    ]


def test_a_superseded_decision_needs_its_successor_to_name_it() -> None:
    old = decision("0001-one.md", status="superseded by [0002](0002-two.md)")
    silent = decision("0002-two.md")
    assert problems([old, silent]) == ["0001-one.md: 0002-two.md does not say that it supersedes this one"]
    assert problems([old, decision("0002-two.md", head="- Supersedes: [0001](0001-one.md)\n")]) == []


def test_a_link_is_reported_when_it_leads_nowhere() -> None:
    text = COMPLETE.replace("One is enough.", "As in [0007](0007-seven.md).")
    assert problems([Decision.parse("0001-one.md", text)]) == [
        "0001-one.md: [0007](0007-seven.md) leads nowhere"
    ]


def test_a_new_decision_gets_the_next_number(tmp_path: Path) -> None:
    (tmp_path / "0041-one.md").write_text(COMPLETE, encoding="utf-8")
    path = begin("Two queues, not one", tmp_path)
    assert path.name == "0042-two-queues-not-one.md"
    assert Decision.parse(path.name, path.read_text(encoding="utf-8")).title == "Two queues, not one"
