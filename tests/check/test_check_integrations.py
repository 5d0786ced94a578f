"""Integrations of REST APIs with services of AWS, in templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.check.templates import found, ref

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


def test_an_integration_that_is_served_is_not_mentioned(tmp_path: Path) -> None:
    assert found(tmp_path, template()) == []


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
def test_what_is_not_served_is_named(tmp_path: Path, integration: dict[str, Any], finding: str) -> None:
    (message,) = found(tmp_path, template(**integration))
    assert message.startswith(f"error: {finding}")


def test_a_function_behind_a_template_is_served(tmp_path: Path) -> None:
    uri = {"Fn::Sub": LAMBDA.replace("${F.Arn}", "arn:aws:lambda:eu-west-1:1:function:f")}
    assert found(tmp_path, template(Uri=uri)) == []
