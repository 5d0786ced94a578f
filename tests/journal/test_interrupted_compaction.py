"""A compaction that ends anywhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from localcloud.journal import Journal
from localcloud.journal.files import LOG, SNAPSHOT, numbered


def contents(folder: Path) -> dict[str, dict[str, object]]:
    journal = Journal.open(folder)
    try:
        return {space: journal.take(space) for space in journal.spaces()}
    finally:
        journal.close()


def test_journal_is_whole_wherever_its_compaction_ends(tmp_path: Path) -> None:
    whole, copies = tmp_path / "whole", tmp_path / "copies"
    journal = Journal.open(whole)
    journal.put("orders", "a", 1)
    journal.compact()
    journal.put("orders", "b", 2)
    journal.delete("orders", "a")
    journal.close()
    copies.mkdir()
    command = [sys.executable, "-m", "tests.journal.interrupting", str(whole), str(copies)]
    subprocess.run(command, check=True, timeout=300)
    *interrupted, finished = sorted(copies.iterdir())
    assert len(interrupted) >= 7
    assert {folder.name: contents(folder) for folder in interrupted} == {
        folder.name: {"orders": {"b": 2}} for folder in interrupted
    }
    assert contents(finished) == {"orders": {"b": 2}}
    assert list(numbered(finished, SNAPSHOT)) == list(numbered(finished, LOG)) == [2]
