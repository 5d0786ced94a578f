"""`tools/mends.py`: what another MiniStack would break, and whether the lock has what the engine needs."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest

from tools.mend_definitions import define
from tools.mends import LOCK, Entry, compare, parse, read_ledger, render, report

SOURCE = """
from .other import borrowed as taken_over
TABLE = {"a": 1}
def plain(a, b=1):
    "Say something."
    return a  # as it is
async def slow(*, c):
    return c
class Thing(Base):
    def method(self, d):
        return d
if True:
    def plain_in_a_branch(): return 1
"""
OTHER = "def borrowed(x): return x"
NAMES = ["TABLE", "plain", "slow", "Thing", "Thing.method", "plain_in_a_branch", "taken_over"]


def reading(source: str, other: str = OTHER) -> Callable[[str], ast.Module | None]:
    return {"ministack.a": ast.parse(source), "ministack.other": ast.parse(other)}.get


def entries() -> list[Entry]:
    lock = []
    for name in NAMES:
        definition = define(reading(SOURCE), "ministack.a", name)
        assert definition is not None, name
        lock.append(
            Entry(
                *("ministack.a", name, definition, ("A.name",), ("quick.reads",)),
                *(("a.mend",), 'It "fails".', "none filed"),
            )
        )
    return lock


def test_lock_holds_every_name_with_its_signature() -> None:
    lock = entries()
    signatures = {each.name: f"{each.definition.kind} {each.definition.signature}" for each in lock}
    assert signatures == {
        "TABLE": "value ",
        "plain": "function (a, b=1)",
        "slow": "async function (*, c)",
        "Thing": "class (Base)",
        "Thing.method": "function (self, d)",
        "plain_in_a_branch": "function ()",
        "taken_over": "function (x)",
    }
    assert parse(render("1.0", lock, {"a.mend": {"why": 'It "fails".', "upstream": ""}})) == lock


@pytest.mark.parametrize(
    ("before", "after", "name", "what"),
    [
        ("def plain(a, b=1)", "def plain(a)", "plain", "was function (a, b=1), is function (a)"),
        ("return a  # as it is", "return b", "plain", "has another body"),
        ("async def slow", "def slow", "slow", "was async function (*, c), is function (*, c)"),
        ("def method", "def other_method", "Thing.method", "is gone"),
        ('{"a": 1}', '{"a": 2}', "TABLE", "has another body"),
    ],
)
def test_another_version_is_reported_where_it_differs(before: str, after: str, name: str, what: str) -> None:
    changed = compare(entries(), reading(SOURCE.replace(before, after)))
    assert (name, what) in [(entry.name, change) for entry, change in changed]
    lines = list(report("1.1", entries(), changed))
    assert f"ministack.a.{name} {what}: a.mend (replaces it), quick.reads" in lines
    assert lines[-1] == f"{len(changed)} of 7 names are otherwise in MiniStack 1.1"


def test_comments_docstrings_and_layout_do_not_count() -> None:
    source = SOURCE.replace('"Say something."', '"Say another thing."').replace("  # as it is", "")
    assert compare(entries(), reading(source)) == []
    changed = compare(entries(), reading(SOURCE, "def borrowed(y): return y"))
    assert [entry.name for entry, _ in changed] == ["taken_over"]


def test_lock_has_what_the_engine_needs() -> None:
    ledger = read_ledger()
    needed = {
        (use["module"], use["name"], tuple(use["patched_by"]), tuple(use["read_by"]), tuple(use["chain"]))
        for use in ledger["names"]
    }
    text = LOCK.read_text(encoding="utf-8")
    entries = parse(text)
    locked = {(each.module, each.name, each.patched_by, each.read_by, each.chain) for each in entries}
    assert needed == locked, "run `python tools/mends.py --write`"
    assert f'ministack = "{ledger["version"]}"' in text
    assert all(about["why"] for about in ledger["mends"].values())
    patched = [each for each in entries if each.patched_by]
    assert len(patched) > 150
    assert all(len(each.patched_by) == 1 and each.chain and each.why and each.upstream for each in patched)
    assert ledger["idle"] == [], "links of chains that patch nothing"
