"""API Gateway's WebSocket APIs: deployments, by the API and by CloudFormation."""

from __future__ import annotations

from typing import Any

from tests.engine.test_gateway_rest import URI, refusal
from tests.engine.world import World

API = {"ApiId": {"Ref": "Api"}}


def socket_api() -> dict[str, Any]:
    """Return the resources of a WebSocket API with one route, deployed to a stage."""

    def of(kind: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": properties, **more}

    return {
        "Api": of(
            "Api",
            {
                "Name": "chat",
                "ProtocolType": "WEBSOCKET",
                "RouteSelectionExpression": "$request.body.action",
            },
        ),
        "Integration": of("Integration", {**API, "IntegrationType": "AWS_PROXY", "IntegrationUri": URI}),
        "Route": of(
            "Route",
            {**API, "RouteKey": "$default", "Target": {"Fn::Sub": "integrations/${Integration}"}},
        ),
        "Deployment": of("Deployment", {**API, "Description": "first"}, DependsOn="Route"),
        "Stage": of("Stage", {**API, "StageName": "live", "DeploymentId": {"Ref": "Deployment"}}),
    }


def test_websocket_deployment_has_its_id_and_stage(world: World) -> None:
    gateway = world.client("apigatewayv2")
    resources = socket_api()
    outputs = {"Api": {"Ref": "Api"}, "Deployment": {"Fn::GetAtt": "Deployment.DeploymentId"}}
    stack = world.deploy(resources, outputs)
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    api, deployment = stack.outputs["Api"], stack.outputs["Deployment"]

    def deployed() -> str:
        live: str = gateway.get_stage(ApiId=api, StageName="live")["DeploymentId"]
        return live

    assert deployed() == deployment
    resources["Deployment"]["Properties"]["Description"] = "second"
    world.deploy(resources, outputs, stack=stack.name)
    (kept,) = gateway.get_deployments(ApiId=api)["Items"]
    assert (kept["DeploymentId"], kept["Description"]) == (deployment, "second")

    # By the API: the stage that is named goes to the new deployment.
    again = gateway.create_deployment(ApiId=api, StageName="live")["DeploymentId"]
    assert deployed() == again != deployment
    assert refusal(gateway.create_deployment, ApiId=api, StageName="none")[:2] == (404, "NotFoundException")
    stack.delete()

    empty = gateway.create_api(
        Name="empty", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
    )["ApiId"]
    assert refusal(gateway.create_deployment, ApiId=empty) == (
        400,
        "BadRequestException",
        "Unable to deploy API because no routes exist in this API",
    )


def test_deployment_without_routes_fails_as_on_aws(world: World) -> None:
    resources = socket_api()
    del resources["Route"], resources["Integration"], resources["Deployment"]["DependsOn"]
    stack = world.deploy(resources)
    assert stack.status == "ROLLBACK_COMPLETE"
    assert any("no routes exist in this API" in reason for reason in stack.reasons())
