"""Objects in buckets: what `check` says of those that a file stands for, and of those that nothing does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from localcloud.check.command import main
from localcloud.check.gate import unstartable
from localcloud.stack.buckets import buckets_of, read_local
from localcloud.stack.template import Json

KEY: Json = {"S3Bucket": "media", "S3Key": "work.zip"}
WORK: Json = {
    "Type": "AWS::Lambda::Function",
    "Properties": {"Code": KEY, "Handler": "a.b", "Runtime": "python3.13", "Role": "r"},
}
MACHINE: Json = {
    "Type": "AWS::StepFunctions::StateMachine",
    "Properties": {"DefinitionS3Location": {"Bucket": "media", "Key": "flow.json"}, "RoleArn": "r"},
}


def test_missing_objects_are_found_with_their_lines_by_check_and_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "template.json"
    path.write_text(json.dumps({"Resources": {"Work": WORK, "Flow": MACHINE}}, indent=1))
    assert main(["template.json"]) == 1
    printed = capsys.readouterr().out
    assert "template.json:6: warning: code-missing: Work.Code: s3://media/work.zip is not on" in printed
    assert "template.json:18: error: file-missing: Flow.DefinitionS3Location: s3://media/flow.js" in printed
    values = buckets_of({}, tmp_path)
    [refusal] = unstartable(read_local(path, values), path, values)
    assert refusal.startswith("template.json:18: Flow.DefinitionS3Location: ")


def test_folder_of_the_command_line_stands_for_a_bucket(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "template.json"
    path.write_text(json.dumps({"Resources": {"Work": WORK}}))
    uploaded = tmp_path / "uploaded"
    uploaded.mkdir()
    (uploaded / "work.zip").write_bytes(b"")
    assert main([str(path), "--bucket", f"media={uploaded}"]) == 0
    assert "code-missing" not in capsys.readouterr().out
    assert main([str(path), "--bucket", "media=nowhere"]) == 2
    assert "--bucket media=nowhere: there is no folder nowhere" in capsys.readouterr().err
    assert main([str(path), "--bucket", "media="]) == 2
    assert "--bucket media=: names no folder" in capsys.readouterr().err
