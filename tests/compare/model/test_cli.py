"""The command line ``orderwire model``."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from compare.model import cli


def test_table_names_dollars_lateness_and_the_limiting_quota(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--rate", "600", "--channels", "websocket,poll-backoff"]) == 0
    shown = capsys.readouterr().out
    assert "1,555,200,000 a month" in shown
    assert re.search(r"WebSocket .*gateway\.connect A", shown)
    assert "check it before you rely on it" in shown


def test_json_output_has_the_arithmetic_and_its_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--json", "--channels", "poll-fixed", "--simulate", "--orders", "40"]) == 0
    document = json.loads(capsys.readouterr().out)
    (channel,) = document["channels"]
    total = sum(item["units"] * item["usd"] / item["per"] for item in channel["items"])
    assert total == pytest.approx(channel["usdPerMillionOrders"])
    assert channel["quotas"][0]["sources"]
    assert channel["confidence"] in {"A", "B", "C"}
    assert document["simulated"]["poll-fixed"]["orders"] == 40


def test_sweep_writes_a_page_without_scripts_and_a_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--sweep", "--channels", "appsync,sse,poll-fixed", "--out", str(tmp_path)]) == 0
    page = (tmp_path / "model.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert not re.search(r'(src|href)="', page)
    assert page.count("<polyline") == 2 * 2 * 3
    assert "nan" not in page.lower().replace("governance", "")
    sweep = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))["sweep"]
    assert sweep["rates"]["sse"][0]["rate"] == 1
    assert sweep["rates"]["sse"][-1]["rate"] == 100_000
    assert sweep["rates"]["sse"][-1]["breaks"] == "lambda.concurrent"
    assert capsys.readouterr().err.strip().endswith("model.html")


def test_claims_are_printed_as_text_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--claims"]) == 0
    assert "deal-breaker" in capsys.readouterr().out
    assert cli.main(["--claims", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["claims"]) == 5


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--channels", "pigeon"], "no channel is called 'pigeon'"),
        (["--channels", ","], "name at least one"),
        (["--rate", "0"], "rate must be between"),
        (["--simulate", "--orders", "0"], "--orders must be between"),
    ],
)
def test_invalid_arguments_are_reported(
    arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    assert why in capsys.readouterr().err.replace("\n", " ")
