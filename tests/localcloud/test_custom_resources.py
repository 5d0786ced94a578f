"""Custom resources whose functions are Node.js and Python, in a local cloud of their own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from localcloud.command_line.main import main
from tests.localcloud.running import running

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js"),
]
TEMPLATE = Path(__file__).parent / "custom" / "template.yaml"
# One of the small inputs that this project was given: it hung for more than 400 s.
SILENT = """\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code: {ZipFile: "exports.handler = async () => ({})"}
  C: {Type: Custom::Thing, Properties: {ServiceToken: !GetAtt F.Arn}}
"""


def test_custom_resource_answers_in_each_way(tmp_path: Path) -> None:
    with running(tmp_path, TEMPLATE) as local:
        assert local.outputs == {"Module": "cfn-response", "Https": "https", "Python": "cfnresponse"}


def test_custom_resource_without_an_answer_ends_the_start(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(SILENT)
    assert main([str(path), "--port", "0"]) == 1
    output = capfd.readouterr()
    assert (
        "C (Custom::Thing): Its function gave no answer: it returned, and nothing" in output.out + output.err
    )
