from __future__ import annotations

import os
from pathlib import Path

import pytest

from localcloud.command_line.durable import durable_command
from localcloud.discovery.whereabouts import ready_file_here, ready_file_of_start


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))


def test_ready_file_of_this_folder_is_used_unless_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ready_file_here(None) is None
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "ready.json").write_text("{}")
    assert ready_file_here(None) == Path(".local/ready.json")
    assert ready_file_here(Path("other.json")) == Path("other.json")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert ready_file_here(None) is None


def test_command_without_a_local_cloud_names_the_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert durable_command(["list"]) == 1
    assert "name its --ready-file, or set AWS_ENDPOINT_URL" in capsys.readouterr().err


def test_second_start_in_a_folder_has_a_ready_file_of_its_own(tmp_path: Path) -> None:
    default = tmp_path / "new" / "ready.json"
    assert ready_file_of_start(default) == default
    assert ready_file_of_start(default) == default.with_name(f"ready-{os.getpid()}.json")


def test_start_where_nothing_can_be_written_names_the_option(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"cannot be written .*: name a --ready-file"):
        ready_file_of_start(tmp_path / "file" / "ready.json")
