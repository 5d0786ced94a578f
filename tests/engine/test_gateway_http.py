"""HTTP APIs in the engine: every member is kept, bodies are imported, quick create creates."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from tests.engine.test_gateway_rest import URI, refusal
from tests.engine.world import World

API = {"ApiId": {"Ref": "Api"}}


def described(world: World, api_id: str) -> Any:
    with urllib.request.urlopen(f"{world.endpoint}/_localcloud/http-apis") as answer:
        return next(api for api in json.load(answer)["apis"] if api["apiId"] == api_id)


def of(kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": properties}


def test_template_integration_of_an_http_api_reads_back(world: World) -> None:
    resources = {
        "Api": of("Api", {"Name": "a", "ProtocolType": "HTTP", "CorsConfiguration": {"AllowOrigins": ["*"]}}),
        "I": of(
            "Integration",
            {
                **API,
                "IntegrationType": "AWS_PROXY",
                "IntegrationSubtype": "SQS-SendMessage",
                "CredentialsArn": "arn:aws:iam::000000000000:role/r",
                "RequestParameters": {"QueueUrl": "q", "MessageBody": "$request.body"},
                "ResponseParameters": {
                    "200": {"ResponseParameters": [{"Destination": "overwrite:statuscode", "Source": "202"}]}
                },
            },
        ),
        "R": of("Route", {**API, "RouteKey": "POST /q", "Target": {"Fn::Sub": "integrations/${I}"}}),
        "S": of("Stage", {**API, "StageName": "$default", "AutoDeploy": True}),
    }
    outputs = {"Id": {"Ref": "Api"}, "Route": {"Ref": "R"}, "End": {"Fn::GetAtt": "Api.ApiEndpoint"}}
    stack = world.deploy(resources, outputs)
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    api_id = stack.outputs["Id"]
    gateway = world.client("apigatewayv2")
    (integration,) = gateway.get_integrations(ApiId=api_id)["Items"]
    assert integration["IntegrationSubtype"] == "SQS-SendMessage"
    assert integration["ResponseParameters"] == {"200": {"overwrite:statuscode": "202"}}
    assert gateway.get_api(ApiId=api_id)["CorsConfiguration"] == {"AllowOrigins": ["*"]}
    assert gateway.get_route(ApiId=api_id, RouteId=stack.outputs["Route"])["RouteKey"] == "POST /q"
    assert stack.outputs["End"] == f"https://{api_id}.execute-api.us-east-1.amazonaws.com"
    resources["R"]["Properties"]["RouteKey"] = "PUT /q"
    world.deploy(resources, outputs, stack=stack.name)
    (route,) = gateway.get_routes(ApiId=api_id)["Items"]
    assert (route["RouteKey"], route["RouteId"]) == ("PUT /q", stack.outputs["Route"])
    stack.delete()
    assert refusal(gateway.get_api, ApiId=api_id)[:2] == (404, "NotFoundException")


def test_imported_body_has_its_authorizers(world: World) -> None:
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": URI, "payloadFormatVersion": "2.0"}
    jwt = {
        "type": "jwt",
        "identitySource": "$request.header.Authorization",
        "jwtConfiguration": {"issuer": "https://i.example", "audience": ["a"]},
    }
    body = {
        "openapi": "3.0.1",
        "info": {"title": "imported"},
        "paths": {
            "/$default": {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": integration}},
            "/x": {"get": {"x-amazon-apigateway-integration": integration, "security": [{"Jwt": ["s"]}]}},
        },
        "components": {"securitySchemes": {"Jwt": {"x-amazon-apigateway-authorizer": jwt, "type": "oauth2"}}},
        "x-amazon-apigateway-cors": {"allowOrigins": ["*"]},
    }
    stack = world.deploy({"Api": of("Api", {"Body": body})}, {"Id": {"Ref": "Api"}})
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    api = described(world, stack.outputs["Id"])
    assert (api["name"], api["corsConfiguration"]) == ("imported", {"allowOrigins": ["*"]})
    routes = {route["routeKey"]: route for route in api["routes"]}
    assert routes.keys() == {"$default", "GET /x"}
    assert routes["GET /x"]["authorizationScopes"] == ["s"]
    (authorizer,) = api["authorizers"]
    assert routes["GET /x"]["authorizerId"] == authorizer["authorizerId"]
    stack.delete()


def test_quick_create_serves_a_target_and_a_duplicate_route_key_is_refused(world: World) -> None:
    gateway = world.client("apigatewayv2")
    target = "arn:aws:lambda:us-east-1:000000000000:function:f"
    api_id = gateway.create_api(Name="quick", ProtocolType="HTTP", Target=target)["ApiId"]
    api = described(world, api_id)
    assert [route["routeKey"] for route in api["routes"]] == ["$default"]
    assert (api["stages"][0]["stageName"], api["stages"][0]["autoDeploy"]) == ("$default", True)
    assert api["integrations"][0]["payloadFormatVersion"] == "2.0"
    assert refusal(gateway.create_route, ApiId=api_id, RouteKey="$default") == (
        409,
        "ConflictException",
        "Route with key $default already exists for this API",
    )
    gateway.delete_api(ApiId=api_id)
