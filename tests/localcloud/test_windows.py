"""A data stream with windows in a local cloud that is killed: each record is in one window, once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.localcloud.running import ROOT, Running, running, wait_for
from tests.localcloud.test_data import free_ports

TEMPLATE = ROOT / "tests" / "localcloud" / "windows" / "template.yaml"


def put(cloud: Running, *texts: str) -> None:
    kinesis = cloud.session().client("kinesis", endpoint_url=cloud.engine)
    for text in texts:
        kinesis.put_record(StreamName="clicks", Data=text.encode(), PartitionKey=text)


def noted(folder: Path, name: str) -> list[list[str]]:
    path = folder / name
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.mark.slow
@pytest.mark.integration
def test_windows_are_complete_after_a_kill(tmp_path: Path) -> None:
    kept = ("--port", str(free_ports()), "--data", str(tmp_path / "data"))
    arguments = (*kept, "--parameter", f"Notes={tmp_path}")
    with running(tmp_path, TEMPLATE, *arguments) as first:
        put(first, "a", "b")
        wait_for(lambda: any("b" in state for state in noted(tmp_path, "gathered")))
        first.process.kill()
        first.process.wait(60)
    (tmp_path / "ready.json").unlink()
    with running(tmp_path, TEMPLATE, *arguments) as second:
        put(second, "c")
        wait_for(lambda: any("c" in state for state in noted(tmp_path, "ended")))
    assert sorted(text for state in noted(tmp_path, "ended") for text in state) == ["a", "b", "c"]
