"""The model held to a run that was measured and committed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clients import BadSettings
from compare.model import cli
from compare.model.against import TOLERANCE, against
from compare.model.asking import HeldRequests
from compare.model.channels import discover
from compare.model.counts import Timing
from compare.model.families import Journey
from compare.model.kernel import World
from compare.model.measured import read_report
from tests.localcloud.running import ROOT

MEASURED = ROOT / "docs" / "measured" / "comparison.json"


def changed(folder: Path, **more: object) -> Path:
    document = json.loads(MEASURED.read_text(encoding="utf-8"))
    path = folder / "report.json"
    path.write_text(json.dumps(document | more), encoding="utf-8")
    return path


def test_the_model_agrees_with_the_measured_run_within_two_percent() -> None:
    differences, unknown = against(read_report(MEASURED))
    assert unknown == []
    assert {difference.channel for difference in differences} == {model.name for model in discover()}
    assert [difference for difference in differences if difference.share > TOLERANCE] == []


def test_deviating_figure_exits_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(MEASURED.read_text(encoding="utf-8"))
    document["channels"][0]["perOrder"]["requests"] *= 1.05
    path = changed(tmp_path, channels=document["channels"])
    assert cli.main(["--against", str(path)]) == 1
    assert "4.8 %" in capsys.readouterr().out
    assert cli.main(["--against", str(path), "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    assert result["agrees"] is False
    assert [difference["what"] for difference in result["differences"] if not difference["agrees"]] == [
        "requests"
    ]


def test_channel_unknown_to_the_model_is_named(tmp_path: Path) -> None:
    document = json.loads(MEASURED.read_text(encoding="utf-8"))
    document["channels"][0]["name"] = "pigeon"
    _, unknown = against(read_report(changed(tmp_path, channels=document["channels"])))
    assert unknown == ["AppSync"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "is no report"),
        ("[]", "is no report"),
        ('{"format": 2}', "format"),
        (
            '{"format": 1, "date": "x", "orders": 1, "pollSeconds": 1, "runs": {}, "channels": []}',
            "no channel",
        ),
    ],
)
def test_invalid_report_is_refused(
    text: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.json"
    path.write_text(text, encoding="utf-8")
    assert cli.main(["--against", str(path)]) == 2
    assert why in capsys.readouterr().err.replace("\n", " ")


def test_older_report_without_times_is_refused(tmp_path: Path) -> None:
    document = json.loads(MEASURED.read_text(encoding="utf-8"))
    runs: dict[str, object] = {title: {} for title in document["runs"]}
    with pytest.raises(BadSettings, match="timelinesMs"):
        read_report(changed(tmp_path, runs=runs))


def test_missing_report_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="cannot read"):
        read_report(tmp_path / "none.json")


@pytest.mark.parametrize("family", [HeldRequests(), HeldRequests(until="end", asks_first=False)])
@pytest.mark.parametrize(
    "times", [(-0.01, 0.03, 0.09), (-0.01, 0.2, 1.3, 2.31, 3.35), (-0.1, 4.0, 31.0, 40.0)], ids=len
)
def test_answer_times_reveal_the_reads_of_a_channel(family: HeldRequests, times: tuple[float, ...]) -> None:
    timing = Timing(answer=0.02, read=0.004)
    journey, world = Journey(times, lambda: 0.5), World()
    world.add(family.follow(journey, timing, {}))
    world.run()
    counts = family.answered(len(times), sorted(set(journey.received.values())), timing)
    assert (counts.requests, counts.reads) == (journey.requests, journey.reads)
