"""docs/choosing.md: it is what the command makes of the report that was committed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clients import BadSettings
from compare.choosing import render
from tools.choosing import MEASURED, PAGE


def test_generated_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(MEASURED), "run `make choosing`"


def test_channel_missing_from_the_report_is_named_and_modelled(tmp_path: Path) -> None:
    document = json.loads(MEASURED.read_text(encoding="utf-8"))
    document["channels"] = [row for row in document["channels"] if row["name"] != "websocket"]
    path = tmp_path / "report.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    page = render(path)
    without = next(line for line in page.splitlines() if line.startswith("Not in this report: "))
    assert "WebSocket" in without
    assert "`gateway.connect`" in page


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_invalid_report_generates_no_page(text: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadSettings, match="no report"):
        render(path)
