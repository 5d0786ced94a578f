from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.check.gate import blocking
from localcloud.check.run import check
from localcloud.stack.template import read_template

API = """\
Resources:
  Api:
    Type: AWS::AppSync::GraphQLApi
    Properties: {{ Name: u, AuthenticationType: {mode}, AdditionalAuthenticationProviders: [{other}] }}
  Schema:
    Type: AWS::AppSync::GraphQLSchema
    Properties: {{ ApiId: !GetAtt Api.ApiId, Definition: "type Query {{ a: String }}" }}
  Nothing:
    Type: AWS::AppSync::DataSource
    Properties: {{ ApiId: !GetAtt Api.ApiId, Name: none, Type: {source} }}
  Resolver:
    Type: AWS::AppSync::Resolver
    Properties: {{ ApiId: !GetAtt Api.ApiId, TypeName: Query, FieldName: a, DataSourceName: none, {code} }}
"""
CODE = "export function request(ctx) { return {}; } export function response(ctx) { return 1; }"
RUNTIME = "Runtime: { Name: APPSYNC_JS, RuntimeVersion: 1.0.0 }"
FUNCTION = """\
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties: {{ Runtime: python3.13, Handler: index.handler, Role: "arn:aws:iam::1:role/r", {value},
      Code: {{ ZipFile: "def handler(e, c): return 1" }} }}
"""


def api(
    mode: str = "API_KEY", other: str = "", source: str = "NONE", code: str = f'Code: "{CODE}", {RUNTIME}'
) -> str:
    return API.format(mode=mode, other=other, source=source, code=code)


def errors(folder: Path, template: str) -> list[str]:
    """Return what `check` finds and the start refuses."""
    path = folder / "template.yaml"
    path.write_text(template)
    messages = [
        f"{finding.rule}: {finding.message}" for finding in check(path) if finding.severity.name == "ERROR"
    ]
    assert len(blocking(read_template(path), path)) == len(messages)
    return messages


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (api(mode="COGNITO"), "value-unknown: Api: AuthenticationType is COGNITO, and there are "),
        (api(other="{ AuthenticationType: IAM }"), "value-unknown: Api: AuthenticationType is IAM, and "),
        (api(source="DYNAMODB"), "value-unknown: Nothing: Type is DYNAMODB, and there are "),
        (
            api(code=f'Code: "{CODE}", {RUNTIME}, ResponseMappingTemplate: "1"'),
            "code-refused: Resolver: Code not supported when using templates: ResponseMappingTemplate stands",
        ),
        (
            api(code=f'Code: "{CODE}"'),
            "code-refused: Resolver: Code not supported when using templates: there is no Runtime",
        ),
        (
            FUNCTION.format(value="Timeout: 901"),
            "value-range: F: Timeout is 901 seconds, and AWS takes 1 to 900",
        ),
        (
            FUNCTION.format(value='Timeout: "0"'),
            "value-range: F: Timeout is 0 seconds, and AWS takes 1 to 900",
        ),
        (
            FUNCTION.format(value="MemorySize: 64"),
            "value-range: F: MemorySize is 64 MB, and AWS takes 128 to 10,240",
        ),
    ],
)
def test_value_refused_by_aws_is_an_error_of_check_and_start(
    tmp_path: Path, template: str, message: str
) -> None:
    (result,) = errors(tmp_path, template)
    assert result.startswith(message)


@pytest.mark.parametrize(
    "template",
    [
        api(),
        api(mode="AWS_IAM", other="{ AuthenticationType: API_KEY }"),
        api(code='RequestMappingTemplate: "{}", ResponseMappingTemplate: "{}"'),
        FUNCTION.format(value="Timeout: 900"),
        FUNCTION.format(value="Timeout: !Ref AWS::Region"),
    ],
)
def test_value_within_its_limits_is_accepted(tmp_path: Path, template: str) -> None:
    assert errors(tmp_path, template) == []
