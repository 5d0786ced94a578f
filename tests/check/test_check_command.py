"""The command line, positions in YAML, and the templates of this repository."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from localcloud.check.command import main
from localcloud.check.gate import blocking
from localcloud.stack.template import read_template
from tests.check.templates import CODE, api, findings_of, unit

ROOT = Path(__file__).resolve().parent.parent.parent

YAML = """\
Resources:
  Api:
    Type: AWS::AppSync::GraphQLApi
    Properties: { Name: api, AuthenticationType: API_KEY }
  Schema:
    Type: AWS::AppSync::GraphQLSchema
    Properties:
      ApiId: !GetAtt Api.ApiId
      Definition: |
        type Query {
          x: Nope
        }
  X:
    Type: AWS::AppSync::Resolver
    Properties:
      ApiId: !GetAtt Api.ApiId
      TypeName: Query
      FieldName: x
      DataSourceName: !Sub "${Stage}-none"
      Code: |
        export function request(ctx) { return {}; }
        export function response(ctx) { return this; }
      Runtime: { Name: APPSYNC_JS, RuntimeVersion: 1.0.0 }
Parameters:
  Stage: { Type: String }
"""

SAM = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Book:
    Type: AWS::Serverless::GraphQLApi
    Properties:
      Name: book
      SchemaInline: |
        type Query { x: ID y: ID }
        type Mutation { z: T @aws_iam }
        type T { a: ID }
      Auth:
        Type: API_KEY
        Additional: [{ Type: AWS_IAM }]
      Functions:
        one:
          DataSource: None
          InlineCode: |
            export function request(ctx) { return {}; }
            export function response(ctx) { return ++ctx.result; }
      Resolvers:
        Query:
          x: { Pipeline: [one, two] }
        Mutation:
          z: { Pipeline: [one] }
"""


def lines(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, *arguments: str
) -> tuple[int, list[str]]:
    template = folder / "template.yaml"
    template.write_text(text)
    code = main([str(template), *arguments])
    return code, [line.rpartition("/")[2] for line in capsys.readouterr().out.splitlines()]


def test_findings_have_the_lines_of_the_template(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, output = lines(tmp_path, capsys, YAML)
    assert code == 1
    assert output == [
        "template.yaml:11: error: schema-invalid: Unknown type 'Nope'.",
        "template.yaml:22: error: js-no-this: this is not supported",
        "2 errors",
    ]
    assert lines(tmp_path, capsys, YAML, "--all")[1][-1] == "2 errors, 2 notes"


def test_whole_api_in_one_sam_resource_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(tmp_path, capsys, SAM) == (
        1,
        [
            "template.yaml:8: warning: field-without-resolver: nothing resolves Query.y: it is always null",
            "template.yaml:10: warning: not-authorized: Mutation.z is open to AWS_IAM, and no field of T is: all that "  # noqa: E501
            'it returns is "Not Authorized". Add @aws_iam to the type T',
            "template.yaml:19: error: js-no-disallowed-unary-operators: ++ is not supported: use += 1",
            "template.yaml:22: error: function-missing: the pipeline of Query.x names the function two, "
            "which is not there",
            "2 errors, 2 warnings",
        ],
    )


def test_check_prints_json_and_exits_with_the_code_of_its_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    findings_of(tmp_path, api("type Query { x: ID }"))
    path = str(tmp_path / "template.json")
    assert main([path]) == 0
    capsys.readouterr()
    assert main([path, "--strict", "--format", "json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)
    assert finding == {
        "file": path,
        "line": finding["line"],
        "severity": "warning",
        "rule": "field-without-resolver",
        "message": "nothing resolves Query.x: it is always null",
    }
    findings_of(tmp_path, api("type Query { x: ID }", X=unit("Query.x")))
    assert main([path]) == 0
    assert capsys.readouterr().out == "nothing found\n"
    assert main([str(tmp_path / "absent.yaml")]) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert main([path, "--sources", str(tmp_path / "absent")]) == 2
    assert "is not there" in capsys.readouterr().err


def test_template_of_the_application_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(ROOT / "appsync" / "template.yaml"), "--strict"]) == 0
    assert capsys.readouterr().out == "nothing found\n"


def test_publisher_of_the_application_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("appsync", "resolvers", "orders"):
        shutil.copytree(ROOT / name, tmp_path / name, symlinks=True)
    shutil.copy(ROOT / "schema.graphql", tmp_path)
    publisher = tmp_path / "resolvers" / "channels" / "appsync.py"
    text = publisher.read_text()
    assert '"version", ' in text
    publisher.write_text(text.replace('"version", ', "", 1))
    assert main([str(tmp_path / "appsync" / "template.yaml"), "--strict"]) == 1
    output = capsys.readouterr().out
    assert "publisher-non-null-field: publishOrderStatus does not select version" in output


def test_check_reports_why_an_edit_is_not_applied(tmp_path: Path) -> None:
    path = tmp_path / "template.json"
    findings_of(tmp_path, api("type Query { x: ID y: ID }", X=unit("Query.x")))
    assert blocking(read_template(path), path) == []
    findings_of(tmp_path, api("type Query { x: Nope }", X=unit("Query.x", CODE + "new Thing()")))
    lines = blocking(read_template(path), path)
    assert [line.rpartition(": ")[2] for line in lines] == [
        "Unknown type 'Nope'. (schema-invalid)",
        "new is not supported (js-no-new)",
    ]


def test_every_rule_has_an_explanation() -> None:
    written = (ROOT / "docs" / "checks.md").read_text()
    explained = set(re.findall(r"^\| `([a-z-]+?)(?:-\*)?` \|", written, re.MULTILINE))
    sources = (ROOT / "localcloud" / "check").rglob("*.py")
    named = {
        name
        for source in sources
        for name in re.findall(r'"((?:[a-z]+-)+[a-z]+|unresolved)"', source.read_text())
    }
    # A protocol of SNS and an extension of OpenAPI, no rules.
    assert named - explained == {"email-json", "x-amazon-apigateway-integration"}
    assert explained - named == {"js", "vtl", "undelivered", "unserved"}  # the last two have no dash
