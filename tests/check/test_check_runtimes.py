"""Functions that this machine cannot run: an error of the check and of the start, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.check.gate import unstartable
from localcloud.check.run import check
from localcloud.lambda_rules import runtime_problem
from localcloud.stack.template import read_template

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: ruby3.4}}
Parameters: {WithJava: {Type: String, Default: 'true'}, Own: {Type: String, Default: java21}}
Conditions: {HasJava: !Equals [!Ref WithJava, 'true']}
Resources:
  Python:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13}
  Java:
    Type: AWS::Lambda::Function
    Condition: HasJava
    Properties:
      Runtime: !Ref Own
  Image:
    Type: AWS::Lambda::Function
    Properties:
      PackageType: Image
  Ruby:
    Type: AWS::Serverless::Function
    Properties: {Handler: a.b}
"""
INSTEAD = (
    "the local cloud runs Python and Node.js: leave the function out by a condition, "
    "or put one of these in its place"
)


def test_function_that_cannot_run_is_an_error_of_check_and_start(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    lines = [finding.line(tmp_path) for finding in check(path) if finding.rule == "unserved-runtime"]
    assert lines == [
        f"template.yaml:13: error: unserved-runtime: Java: its runtime java21 is not served: {INSTEAD}",
        f"template.yaml:17: error: unserved-runtime: Image: container images are not served: {INSTEAD}",
        f"template.yaml:18: error: unserved-runtime: Ruby: its runtime ruby3.4 is not served: {INSTEAD}",
    ]
    start = unstartable(read_template(path), path, {})
    assert [line.split(": ", 1)[1] for line in start] == [line.split(": ", 3)[3] for line in lines]
    assert start[0].startswith(f"{path}:13: Java: ")


def test_function_excluded_by_a_parameter_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    start = unstartable(read_template(path), path, {"WithJava": "false"})
    assert not [line for line in start if "Java" in line]


@pytest.mark.parametrize("runtime", ["nodejs12.x", "nodejs8.10", "nodejs", "python3.6"])
def test_runtime_that_aws_no_longer_creates_is_a_warning(tmp_path: Path, runtime: str) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE.replace("ruby3.4", runtime))
    assert not [line for line in unstartable(read_template(path), path, {}) if "Ruby" in line]
    (line,) = [finding.line(tmp_path) for finding in check(path) if finding.rule == "retired-runtime"]
    assert line.endswith(f"Ruby: AWS creates no more functions of {runtime}; here a newer version runs it")


@pytest.mark.parametrize("runtime", ["nodejs20.x", "nodejs26.x", "nodejs16.x", "nodejs8.10"])
def test_node_runtime_is_refused_when_node_is_missing(runtime: str) -> None:
    assert runtime_problem(runtime, which=lambda name: f"/bin/{name}") is None
    assert runtime_problem(runtime, which=lambda name: None) == (
        f"its runtime {runtime} needs Node.js: install version 20 or newer, so that `node` is in PATH"
    )


def test_conditions_that_refer_to_each_other_are_unknown(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    circle = "Conditions: { A: { Condition: B }, B: { 'Fn::Not': [{ Condition: A }] } }\n"
    java = (
        "Resources: { F: { Type: 'AWS::Lambda::Function', Condition: A, Properties: { Runtime: java21 } } }"
    )
    path.write_text(circle + java)
    assert "unserved-runtime" in [finding.rule for finding in check(path)]
