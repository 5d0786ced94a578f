"""HTTP and WebSocket APIs: what would answer 501."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from localcloud.check.positions import Positions
from localcloud.check.rules.http_apis import check_http_apis


def messages(protocol: str, properties: dict[str, Any], folder: Path) -> list[str]:
    resources = {
        "Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"ProtocolType": protocol}},
        "I": {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {"ApiId": {"Ref": "Api"}, **properties},
        },
    }
    path = folder / "template.json"
    path.write_text(json.dumps({"Resources": resources}))
    template: Any = {"Resources": resources}
    return [finding.message for finding in check_http_apis(template, Positions(path))]


@pytest.mark.parametrize(
    ("protocol", "properties", "message"),
    [
        ("HTTP", {"IntegrationType": "MOCK"}, "an integration of type MOCK is none of HTTP APIs"),
        (
            "HTTP",
            {"IntegrationSubtype": "AppConfig-GetConfiguration"},
            "AppConfig-GetConfiguration is not served",
        ),
        ("HTTP", {"IntegrationSubtype": "SQS-SendMessage"}, "lacks the parameter QueueUrl"),
        (
            "HTTP",
            {"RequestParameters": {"integration.request.header.x": "y"}},
            "integration.request.header.x",
        ),
        (
            "HTTP",
            {"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://a.example/x"},
            "sent to a.example",
        ),
        ("HTTP", {"ConnectionType": "VPC_LINK"}, "by VPC_LINK is not served"),
        ("WEBSOCKET", {"ConnectionType": "VPC_LINK"}, "by VPC_LINK is not served"),
    ],
)
def test_unsupported_integration_is_a_finding(
    tmp_path: Path, protocol: str, properties: dict[str, Any], message: str
) -> None:
    (finding,) = messages(protocol, properties, tmp_path)
    assert message in finding


def test_supported_integration_is_no_finding(tmp_path: Path) -> None:
    assert not messages("WEBSOCKET", {"IntegrationType": "MOCK"}, tmp_path)
    assert not messages(
        "HTTP", {"IntegrationType": "HTTP_PROXY", "IntegrationUri": {"Ref": "Where"}}, tmp_path
    )
    parameters = {"QueueUrl": {"Ref": "Q"}, "MessageBody": "$request.body"}
    assert not messages(
        "HTTP", {"IntegrationSubtype": "SQS-SendMessage", "RequestParameters": parameters}, tmp_path
    )
