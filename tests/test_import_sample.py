"""The sample that the page offers is a file that the import takes, and the page explains its columns."""

from __future__ import annotations

import csv
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "web" / "public" / "import-sample.csv"
WORDS = ROOT / "web" / "src" / "imports" / "words.ts"


def test_the_page_explains_each_column_of_its_sample() -> None:
    header = next(csv.reader(SAMPLE.read_text(encoding="utf-8").splitlines()))
    explained = re.findall(r'\{ name: "(\w+)", required', WORDS.read_text(encoding="utf-8"))
    assert header[: len(explained)] == explained
    assert {name.rstrip("2") for name in header[len(explained) :]} <= set(explained)
