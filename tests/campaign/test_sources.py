"""Files that a campaign runs: an edit while it lasts is named, also one that is taken back."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from campaign import report
from campaign.plan import make_plan
from campaign.run import Outcome
from campaign.shopping import Sales
from campaign.sources import Sources
from campaign.verdict import Verdict


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (
        "orders/a.py",
        "orders/deep/b.sql",
        "web/page.py",
        "orders/__pycache__/a.py",
        "orders/a.pyc",
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("text")
        os.utime(file, ns=(1, 1))
    return tmp_path


def edit_and_take_back(file: Path) -> None:
    text = file.read_text()
    file.write_text(text.upper())
    file.write_text(text)


@pytest.mark.parametrize(
    ("name", "edit"),
    [
        ("orders/a.py", edit_and_take_back),
        ("orders/deep/b.sql", Path.unlink),
        ("resolvers/new.py", lambda file: (file.parent.mkdir(), file.touch())),
    ],
)
def test_edited_source_is_named(tree: Path, name: str, edit: Callable[[Path], object]) -> None:
    before = Sources.read(tree)
    edit(tree / name)
    assert before.changed() == [name]


@pytest.mark.parametrize("name", ["web/page.py", "orders/__pycache__/a.py", "orders/a.pyc", "notes.py"])
def test_edit_of_an_unread_file_is_ignored(tree: Path, name: str) -> None:
    before = Sources.read(tree)
    (tree / name).write_text("other")
    assert before.changed() == []


@pytest.mark.parametrize("changed", [[], ["orders/a.py"]])
def test_campaign_with_an_edit_is_void(tmp_path: Path, changed: list[str]) -> None:
    outcome = Outcome(Verdict(), Sales(), (), Counter(), changed=changed)
    assert outcome.passed is not bool(changed)
    printed = StringIO()
    plan = make_plan(1, 3, kills=0, restarts=0)
    report.show(Console(file=printed, width=200), plan, outcome, tmp_path / "1.json", "make faults")
    words = "void: edited while it ran, so some functions ran other code: orders/a.py"
    assert (words in printed.getvalue()) is bool(changed)
