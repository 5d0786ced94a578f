"""docs/messaging-or-streaming.md: it is what the command makes of the report that was committed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clients import BadSettings
from compare.messaging.page import render
from tools.messaging import MEASURED, PAGE


def test_generated_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(MEASURED), "run `make messaging REPORT=…`"


def test_message_moved_untried_has_no_delay(tmp_path: Path) -> None:
    document = json.loads(MEASURED.read_text(encoding="utf-8"))
    document["handingOn"][0]["poison_blocked_seconds"] = None
    document["handingOn"][1]["poison_blocked_seconds"] = 1.25
    path = tmp_path / "report.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    (line,) = (line for line in render(path).splitlines() if line.startswith("| The next message of its key"))
    assert line.split(" | ")[1:3] == ["is put aside with it, untried", "waits 1.2 s"]


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"handingOn": [], "asking": []}'])
def test_invalid_report_generates_no_page(text: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadSettings, match="no report"):
        render(path)
