"""API Gateway's response transfer mode, by every way that sets it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.engine.test_gateway_rest import document, methods, refusal
from tests.engine.world import ACCOUNT, REGION, World, wait_until

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:counting"
STREAMS = (
    f"arn:aws:apigateway:{REGION}:lambda:path/2021-11-15/functions/{FUNCTION}/response-streaming-invocations"
)
INTEGRATION = {
    "type": "AWS_PROXY",
    "httpMethod": "POST",
    "uri": STREAMS,
    "responseTransferMode": "STREAM",
    "timeoutInMillis": 900_000,
}


def template(**integration: Any) -> str:
    declared = {
        "Type": "AWS_PROXY",
        "IntegrationHttpMethod": "POST",
        "Uri": STREAMS,
        "ResponseTransferMode": "STREAM",
        "TimeoutInMillis": 60_000,
        **integration,
    }
    method = {
        "RestApiId": {"Ref": "Api"},
        "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
        "HttpMethod": "GET",
        "AuthorizationType": "NONE",
        "Integration": declared,
    }
    resources = {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "streams"}},
        "Get": {"Type": "AWS::ApiGateway::Method", "Properties": method},
    }
    return json.dumps({"Resources": resources, "Outputs": {"Api": {"Value": {"Ref": "Api"}}}})


def settled(world: World, name: str) -> dict[str, Any]:
    """Return a stack once nothing is done to it any more."""

    def stack() -> dict[str, Any]:
        described: dict[str, Any] = world.client("cloudformation").describe_stacks(StackName=name)["Stacks"][
            0
        ]
        return described

    wait_until(lambda: not stack()["StackStatus"].endswith("_IN_PROGRESS"))
    return stack()


def check_transfer_mode(world: World) -> None:
    gateway = world.client("apigateway")
    api = gateway.create_rest_api(name="streams")
    place = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET"}
    gateway.put_method(**place, authorizationType="NONE")
    put = gateway.put_integration(
        **place,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=STREAMS,
        responseTransferMode="STREAM",
        timeoutInMillis=900_000,
    )
    assert (put["responseTransferMode"], put["timeoutInMillis"]) == ("STREAM", 900_000)
    assert gateway.get_integration(**place)["responseTransferMode"] == "STREAM"
    formation, name = world.client("cloudformation"), world.name("streams")
    formation.create_stack(StackName=name, TemplateBody=template())
    api_id = settled(world, name)["Outputs"][0]["OutputValue"]
    assert methods(world, api_id)["GET /"]["methodIntegration"]["responseTransferMode"] == "STREAM"


def test_transfer_mode_of_an_integration_reads_back(world: World) -> None:
    check_transfer_mode(world)


def test_openapi_document_sets_the_transfer_mode(world: World) -> None:
    streams = {"get": {"responses": {}, "x-amazon-apigateway-integration": INTEGRATION}}
    body = json.dumps(document("imported", **{"/streams": streams})).encode()
    api = world.client("apigateway").import_rest_api(body=body)["id"]
    kept = methods(world, api)
    assert kept["GET /streams"]["methodIntegration"]["responseTransferMode"] == "STREAM"
    assert kept["GET /things/{id}"]["methodIntegration"]["responseTransferMode"] == "BUFFERED"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"type": "MOCK"}, "only supported for AWS_PROXY and HTTP_PROXY"),
        ({"responseTransferMode": "SLOWLY"}, "Invalid response transfer mode: SLOWLY"),
        ({"timeoutInMillis": 900_001}, "Timeout should be between 50 ms and 900000 ms"),
    ],
)
def test_integration_that_cannot_stream_is_refused(
    world: World, changes: dict[str, Any], message: str
) -> None:
    gateway = world.client("apigateway")
    api = gateway.create_rest_api(name="refused")
    place = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET"}
    gateway.put_method(**place, authorizationType="NONE")
    integration = {
        "type": "AWS_PROXY",
        "integrationHttpMethod": "POST",
        "uri": STREAMS,
        "responseTransferMode": "STREAM",
        **changes,
    }
    status, code, detail = refusal(gateway.put_integration, **place, **integration)
    assert (status, code) == (400, "BadRequestException") and message in detail


def test_update_changes_the_transfer_mode_and_an_invalid_one_fails(world: World) -> None:
    formation, name = world.client("cloudformation"), world.name("streams")
    formation.create_stack(StackName=name, TemplateBody=template())
    api = settled(world, name)["Outputs"][0]["OutputValue"]
    formation.update_stack(StackName=name, TemplateBody=template(ResponseTransferMode="BUFFERED"))
    settled(world, name)
    assert methods(world, api)["GET /"]["methodIntegration"]["responseTransferMode"] == "BUFFERED"
    wrong = world.name("wrong")
    formation.create_stack(StackName=wrong, TemplateBody=template(Type="AWS"))
    assert settled(world, wrong)["StackStatus"] == "ROLLBACK_COMPLETE"
