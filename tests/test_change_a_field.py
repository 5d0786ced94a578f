"""docs/how-to/change-a-field.md names the files that a field of an order is in: no more, and no fewer."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "how-to" / "change-a-field.md"
TABLE: Final = ROOT / "docs" / "how-to" / "what-to-touch.md"
MARKER: Final = "country"
"""A field that is submitted, stored, compared and shown, and that rules and events know too."""
ELSEWHERE: Final = (
    *("bench", "compare", "demo", "docs", "examples", "findings", "localcloud", "tests", "web/tests"),
    "CHANGELOG.md",
)
_FILE: Final = re.compile(r"`([\w./-]+\.[a-z]+)`")
_FOLDERS: Final = "appsync|bench|chalice_app|clients|compare|docs|localcloud|orders|resolvers|tests|tools|web"
_PLACE: Final = re.compile(rf"`((?:{_FOLDERS})/[\w./-]+)`")


def files_below(heading: str) -> set[str]:
    """Return the files that the tables below a heading name in their first column."""
    section = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("|")]
    return {path for row in rows for path in _FILE.findall(row)}


def test_field_is_in_the_files_that_the_page_lists() -> None:
    command = ["git", "grep", "-lw", MARKER, "--", ".", *(f":!{folder}" for folder in ELSEWHERE)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    every = files_below("Every field")
    assert set(done.stdout.split()) == every | files_below("Where a field means something")
    assert len(every) == 6


def test_pages_name_existing_files_and_folders() -> None:
    for page in (PAGE, TABLE):
        for path in _PLACE.findall(page.read_text(encoding="utf-8")):
            assert (ROOT / path).exists(), f"{page.name}: {path}"
