"""A template in several files: joined as one, with errors and findings in the file that is meant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from localcloud.check.positions import Positions
from localcloud.check.run import check
from localcloud.deploying.deployment import DeploymentTarget
from localcloud.reloading.reload import WatchedTemplate
from localcloud.stack.command import main
from localcloud.stack.fragments import source_files
from localcloud.stack.template import TemplateError, read_template

ROOT = """\
Metadata:
  localcloud:
    fragments: [stack/queues.yaml, stack/topics.yaml]
  Own: 1
Parameters:
  Days: { Type: Number, Default: 1 }
Outputs:
  Queue: { Value: !GetAtt Queue.Arn }
"""
QUEUES = """\
Conditions:
  Long: !Equals [!Ref Days, 7]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: !Ref Days
"""


def write(folder: Path, queues: str = QUEUES, topics: str = "Resources:\n") -> Path:
    (folder / "stack").mkdir()
    (folder / "stack" / "queues.yaml").write_text(queues)
    (folder / "stack" / "topics.yaml").write_text(topics)
    path = folder / "template.yaml"
    path.write_text(ROOT)
    return path


def test_read_template_joins_the_sections_of_fragments(tmp_path: Path) -> None:
    assert read_template(write(tmp_path)) == {
        "Metadata": {"Own": 1},
        "Parameters": {"Days": {"Type": "Number", "Default": 1}},
        "Conditions": {"Long": {"Fn::Equals": [{"Ref": "Days"}, 7]}},
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": {"Ref": "Days"}}}},
        "Outputs": {"Queue": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}}},
    }


@pytest.mark.parametrize(
    ("queues", "topics", "message"),
    [
        (QUEUES, QUEUES, "stack/topics.yaml, line 2: Conditions.Long is in {}/stack/queues.yaml as well"),
        (
            QUEUES,
            "Outputs:\n  Queue: {}",
            "line 2: Outputs.Queue is in {}/template.yaml as well",
        ),
        (QUEUES, "Transform: Own", "topics.yaml, line 1: a fragment has no Transform; it has Parameters, "),
        (QUEUES, "- Resources", "topics.yaml: is not a fragment: it has none of Parameters, "),
        (QUEUES, "Resources: [", "topics.yaml, line 2: "),
        (QUEUES, "Resources: {Topic: {}}", "topics.yaml, line 1: resource Topic has no Type"),
        (
            QUEUES,
            "# Fn::ForEach::Loop\nResources:\n  Fn::ForEach::Loop: []",
            "topics.yaml, line 3: Fn::ForEach::Loop: a loop needs Transform",
        ),
        ("", "Resources:\n", "queues.yaml: is not a fragment"),
    ],
)
def test_read_template_names_file_and_line_when_a_fragment_is_wrong(
    tmp_path: Path, queues: str, topics: str, message: str
) -> None:
    with pytest.raises(TemplateError) as raised:
        read_template(write(tmp_path, queues, topics))
    assert message.format(tmp_path) in str(raised.value)


def test_read_template_fails_when_a_fragment_is_missing_or_no_list(tmp_path: Path) -> None:
    path = write(tmp_path)
    (tmp_path / "stack" / "topics.yaml").unlink()
    with pytest.raises(TemplateError, match=r"topics\.yaml: there is no such fragment"):
        read_template(path)
    path.write_text(ROOT.replace("[stack/queues.yaml, stack/topics.yaml]", "stack/queues.yaml"))
    with pytest.raises(TemplateError, match=r"line 3: Metadata\.localcloud\.fragments is a list of paths"):
        read_template(path)


def test_positions_and_findings_are_in_the_fragment(tmp_path: Path) -> None:
    path = write(tmp_path, QUEUES.replace("!Ref Days\n", "!Ref Hours\n"))
    queues = tmp_path / "stack" / "queues.yaml"
    place = Positions(path).of("Queue", "DelaySeconds")
    assert (place.path, place.line) == (queues, 7)
    assert Positions(path).at("Outputs", "Queue").path == path
    (finding,) = [finding for finding in check(path) if "Hours" in finding.message]
    assert (finding.place.path, finding.place.line) == (queues, 4)


async def test_watched_template_watches_fragments_and_what_they_include(tmp_path: Path) -> None:
    include = "Fn::Transform: {Name: AWS::Include, Parameters: {Location: more.yaml}}"
    path = write(tmp_path, topics=f"Resources:\n  {include}\n")
    (tmp_path / "more.yaml").write_text("Other: {Type: AWS::SQS::Queue}")
    template = WatchedTemplate(path, DeploymentTarget(tmp_path, "shop"))
    assert set((await template.read())["Resources"]) == {"Queue", "Other"}  # type: ignore[arg-type]
    assert set(template.snapshot.files) == {*source_files(path), tmp_path / "more.yaml"}
    assert len(source_files(path)) == 3


def test_join_prints_the_whole_as_one_template(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path)
    assert main(["join", str(path)]) == 0
    joined = tmp_path / "joined.json"
    joined.write_text(capsys.readouterr().out)
    assert read_template(joined) == read_template(path) == json.loads(joined.read_text())
