"""Integrations of REST APIs with services of AWS, in templates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from localcloud.check.gate import unstartable
from localcloud.stack.template import read_template
from tests.check.templates import findings_of, ref

SQS = "arn:${AWS::Partition}:apigateway:${AWS::Region}:sqs:path/${AWS::AccountId}/${Queue.QueueName}"
LAMBDA = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations"


def template(**integration: Any) -> dict[str, Any]:
    base = {
        "Type": "AWS",
        "IntegrationHttpMethod": "POST",
        "Uri": {"Fn::Sub": SQS},
        "Credentials": "arn:aws:iam::1:role/r",
        "RequestParameters": {"integration.request.header.Content-Type": "'text/plain'"},
        "RequestTemplates": {"application/json": "$input.json('$')"},
        "IntegrationResponses": [{"StatusCode": "202", "ResponseTemplates": {"application/json": "{}"}}],
    }
    values = {"RestApiId": {"Ref": "Api"}, "ResourceId": ref("Api", "RootResourceId"), "HttpMethod": "POST"}
    method = {
        "Type": "AWS::ApiGateway::Method",
        "Properties": {**values, "AuthorizationType": "NONE", "Integration": {**base, **integration}},
    }
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "api"}}
    queue = {"Type": "AWS::SQS::Queue"}
    return {"Resources": {"Api": api, "Queue": queue, "Post": method}}


def test_supported_integration_is_no_finding(tmp_path: Path) -> None:
    assert findings_of(tmp_path, template()) == []


@pytest.mark.parametrize(
    ("integration", "finding"),
    [
        (
            {"Type": "HTTP_PROXY"},
            "unsupported-integration: Post: an integration of type HTTP_PROXY with arn:",
        ),
        (
            {
                "Uri": {
                    "Fn::Join": ["", ["arn:aws:apigateway:", {"Ref": "AWS::Region"}, ":translate:action/X"]]
                }
            },
            "unsupported-integration: Post: an integration of type AWS with the service translate ",
        ),
        ({"Credentials": None}, "unsupported-integration: Post: an integration of type AWS without credent"),
        (
            {"RequestParameters": {"integration.request.header.A": "method.request.cookie.a"}},
            "unsupported-integration: Post: an integration of type AWS whose integration.request.header.A is "
            "mapped from method.request.cookie.a",
        ),
        (
            {"RequestTemplates": {"application/json": "#if("}},
            "vtl-syntax: Post: its request template, line",
        ),
    ],
)
def test_unsupported_integration_is_named(tmp_path: Path, integration: dict[str, Any], finding: str) -> None:
    (message,) = findings_of(tmp_path, template(**integration))
    assert message.startswith(f"error: {finding}")


def test_function_behind_a_mapping_template_is_supported(tmp_path: Path) -> None:
    uri = {"Fn::Sub": LAMBDA.replace("${F.Arn}", "arn:aws:lambda:eu-west-1:1:function:f")}
    assert findings_of(tmp_path, template(Uri=uri)) == []


def document(**integration: Any) -> dict[str, Any]:
    extension = {"type": "aws", "httpMethod": "POST", "credentials": "arn:aws:iam::1:role/r", **integration}
    paths = {"/orders": {"post": {"x-amazon-apigateway-integration": extension}}}
    return {"openapi": "3.0.1", "paths": paths}


@pytest.mark.parametrize(
    ("kind", "member"), [("ApiGateway::RestApi", "Body"), ("Serverless::Api", "DefinitionBody")]
)
def test_integration_of_an_openapi_document_is_checked(tmp_path: Path, kind: str, member: str) -> None:
    translate = document(uri={"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:translate:action/TranslateText"})
    api = {"Type": f"AWS::{kind}", "Properties": {member: translate, "StageName": "live"}}
    messages = [
        message for message in findings_of(tmp_path, {"Resources": {"Api": api}}) if "integration" in message
    ]
    assert messages[0].startswith(
        "error: unsupported-integration: Api: post /orders: an integration of type AWS with the service tran"
    )


@pytest.mark.parametrize(
    ("uri", "messages"),
    [
        ("https://example.com/{path}", 1),
        ("http://127.0.0.1:8000/", 0),
        ("https://abc.execute-api.eu-west-1.amazonaws.com/live", 0),
        ({"Ref": "Elsewhere"}, 0),
        ({"Fn::Sub": "https://${Elsewhere}/"}, 0),
    ],
)
def test_address_on_another_machine_is_a_warning(tmp_path: Path, uri: Any, messages: int) -> None:
    declared = template(Type="HTTP_PROXY", Uri=uri)
    declared["Parameters"] = {"Elsewhere": {"Type": "String"}}
    warnings = findings_of(tmp_path, declared)
    assert len(warnings) == messages
    assert all("nothing is sent to https://example.com/{path}" in warning for warning in warnings)


def test_start_refuses_errors_of_the_check(tmp_path: Path) -> None:
    uri = {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:translate:action/TranslateText"}
    declared = template(Uri=uri)
    declared["Resources"]["Left"] = {**declared["Resources"]["Post"], "Condition": "Never"}
    declared["Conditions"] = {"Never": {"Fn::Equals": ["a", "b"]}}
    path = tmp_path / "template.json"
    path.write_text(json.dumps(declared, indent=1))
    (sentence,) = unstartable(read_template(path), path, {})
    line = path.read_text().splitlines()[int(sentence.split(":")[1]) - 1]
    assert '"Integration"' in line
    assert "Post: an integration of type AWS with the service translate" in sentence
    assert len(findings_of(tmp_path, declared)) == 1


def test_mapping_known_only_at_deployment_is_no_error(tmp_path: Path) -> None:
    declared = template(
        RequestParameters={"integration.request.header.A": {"Ref": "Source"}},
        ContentHandling={"Ref": "Source"},
    )
    declared["Parameters"] = {"Source": {"Type": "String"}}
    assert findings_of(tmp_path, declared) == []
