"""Functions that this machine cannot run: a warning of the check and of the start, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.check.finding import Severity
from localcloud.check.gate import unstartable
from localcloud.check.run import check
from localcloud.check.standing_in import standing_in
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
INSTEAD = "the local cloud runs Python, Node.js and executables named bootstrap"
FAILS = "each invocation of it fails"


def test_function_that_cannot_run_is_a_warning_of_check_and_start(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    lines = [finding.line(tmp_path) for finding in check(path) if finding.rule == "unserved-runtime"]
    rule = "warning: unserved-runtime"
    kind = "AWS::Lambda::Function"
    assert lines == [
        f"template.yaml:13: {rule}: Java: {kind}: its runtime java21 is not served: {INSTEAD}; {FAILS}",
        f"template.yaml:17: {rule}: Image: {kind}: container images are not served: {INSTEAD}; {FAILS}",
        f"template.yaml:18: {rule}: Ruby: {kind}: its runtime ruby3.4 is not served: {INSTEAD}; {FAILS}",
    ]
    assert unstartable(read_template(path), path, {}) == []
    start = standing_in(read_template(path), path, {})
    assert start.names == ("Java", "Image", "Ruby")
    assert start.sentences[0] == f"{kind}: its runtime java21 is not served: {INSTEAD}; {FAILS} (Java)"


def test_function_excluded_by_a_parameter_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    assert standing_in(read_template(path), path, {"WithJava": "false"}).names == ("Image", "Ruby")
    values = {"WithJava": "false"}
    assert not [item for item in check(path, values=values) if item.message.startswith("Java")]


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"bootstrap": "#!/bin/sh\n"}, None),
        ({"main.go": "", "go.mod": ""}, "its code has no executable bootstrap, it is a Go project: build it"),
        ({"Cargo.toml": ""}, "its code has no executable bootstrap, it is a Rust project: build it first"),
        ({}, "its code is not there: build it first, there is no code"),
    ],
)
def test_executable_that_is_not_built_is_a_warning(
    tmp_path: Path, files: dict[str, str], problem: str | None
) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(
        "Resources:\n  Own:\n    Type: AWS::Lambda::Function\n    Properties:\n"
        "      {Runtime: provided.al2023, Handler: x, Role: r, Code: code}\n"
    )
    for name, text in files.items():
        (tmp_path / "code").mkdir(exist_ok=True)
        (tmp_path / "code" / name).write_text(text)
        (tmp_path / "code" / name).chmod(0o755)
    lines = [finding.line(tmp_path) for finding in check(path) if finding.severity > Severity.NOTE]
    if problem is None:
        assert lines == []
    else:
        [line] = lines
        assert line.startswith(
            f"template.yaml:5: warning: unserved-runtime: Own: AWS::Lambda::Function: {problem}"
        )


@pytest.mark.parametrize("runtime", ["nodejs12.x", "nodejs8.10", "nodejs", "python3.6"])
def test_runtime_that_aws_no_longer_creates_is_a_warning(tmp_path: Path, runtime: str) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE.replace("ruby3.4", runtime))
    assert "Ruby" not in standing_in(read_template(path), path, {}).names
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
