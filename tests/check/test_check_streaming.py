"""Streamed responses and function URLs in templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.check.templates import findings_of, ref

WRAPPED = {"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/streaming_runtime/__init__.py"}}
PATH = "arn:aws:apigateway:${AWS::Region}:lambda:path"
SUB = f"{PATH}/2021-11-15/functions/${{F.Arn}}/response-streaming-invocations"
PLAIN = f"{PATH}/2015-03-31/functions/${{F.Arn}}/invocations"


def function(**values: Any) -> dict[str, Any]:
    code = {"ZipFile": "def handler(event, context): return event"}
    base = {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Code": code,
        "Role": "arn:aws:iam::1:role/r",
    }
    return {"Type": "AWS::Lambda::Function", "Properties": {**base, **values}}


def method(**integration: Any) -> dict[str, Any]:
    base = {"Type": "AWS_PROXY", "ResponseTransferMode": "STREAM", "Uri": {"Fn::Sub": SUB}}
    values = {"RestApiId": {"Ref": "Api"}, "ResourceId": ref("Api", "RootResourceId"), "HttpMethod": "GET"}
    return {
        "Type": "AWS::ApiGateway::Method",
        "Properties": {**values, "AuthorizationType": "NONE", "Integration": {**base, **integration}},
    }


def template(**others: Any) -> dict[str, Any]:
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "api"}}
    return {"Resources": {"Api": api, "F": function(Environment=WRAPPED), **others}}


def test_valid_stream_is_no_finding(tmp_path: Path) -> None:
    assert findings_of(tmp_path, template(Get=method(TimeoutInMillis=900_000))) == []


@pytest.mark.parametrize(
    ("integration", "finding"),
    [
        (
            {"Type": "AWS"},
            "error: stream-needs-proxy: Get: AWS cannot stream; AWS_PROXY and HTTP_PROXY can",
        ),
        (
            {"Uri": {"Fn::Sub": PLAIN}},
            "error: stream-uri: Get streams, so its Uri ends with "
            "2021-11-15/functions/ARN/response-streaming-invocations",
        ),
        (
            {"ResponseTransferMode": "BUFFERED"},
            "error: stream-uri: Get names /response-streaming-invocations, and its ResponseTransferMode is "
            "not STREAM",
        ),
        (
            {"TimeoutInMillis": 900_001},
            "error: stream-timeout: Get: TimeoutInMillis is 900001, and a stream may take 50 to 900000",
        ),
    ],
)
def test_integration_that_cannot_stream_is_an_error(
    tmp_path: Path, integration: dict[str, Any], finding: str
) -> None:
    assert findings_of(tmp_path, template(Get=method(**integration))) == [finding]


def test_python_function_without_a_streaming_runtime_is_an_error(tmp_path: Path) -> None:
    (finding,) = findings_of(tmp_path, template(Get=method(), F=function()))
    assert finding.startswith("error: stream-runtime: Get streams F, whose Python runtime cannot")


def test_openapi_documents_are_checked_for_streaming(tmp_path: Path) -> None:
    extension = {"type": "mock", "responseTransferMode": "STREAM"}
    body = {"openapi": "3.0.1", "paths": {"/": {"get": {"x-amazon-apigateway-integration": extension}}}}
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": body}}
    (finding,) = findings_of(tmp_path, template(Api=api))
    assert finding.startswith("error: stream-needs-proxy: Api: get /: MOCK cannot stream")


def test_open_url_needs_a_permission(tmp_path: Path) -> None:
    url = {
        "Type": "AWS::Lambda::Url",
        "Properties": {"TargetFunctionArn": ref("F", "Arn"), "AuthType": "NONE"},
    }
    (finding,) = findings_of(tmp_path, template(Open=url))
    assert finding.startswith(
        "warning: url-forbidden: Open is open to everybody, and no AWS::Lambda::Permission"
    )
    permission = {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunctionUrl",
            "FunctionName": {"Ref": "F"},
            "Principal": "*",
            "FunctionUrlAuthType": "NONE",
        },
    }
    assert findings_of(tmp_path, template(Open=url, May=permission)) == []


def test_url_of_an_unknown_kind_is_an_error(tmp_path: Path) -> None:
    values = {"TargetFunctionArn": ref("F", "Arn"), "AuthType": "COGNITO", "InvokeMode": "STREAM"}
    findings = findings_of(
        tmp_path, template(F=function(), Open={"Type": "AWS::Lambda::Url", "Properties": values})
    )
    assert findings == [
        "error: url-value: Open: AuthType is COGNITO, and AWS takes AWS_IAM or NONE",
        "error: url-value: Open: InvokeMode is STREAM, and AWS takes BUFFERED or RESPONSE_STREAM",
    ]


def test_second_url_of_a_function_is_an_error(tmp_path: Path) -> None:
    def url(**more: object) -> dict[str, object]:
        values = {"TargetFunctionArn": ref("F", "Arn"), "AuthType": "AWS_IAM", **more}
        return {"Type": "AWS::Lambda::Url", "Properties": values}

    assert findings_of(tmp_path, template(F=function(), A=url(), B=url(Qualifier="live"))) == []
    (finding,) = findings_of(tmp_path, template(F=function(), A=url(), B=url()))
    assert finding.startswith("error: url-twice: B is a second URL of the function that A opens")
