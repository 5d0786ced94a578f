"""The gateway's loader at the engine's control planes: what it makes of every kind of API."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from localcloud.aws import Credentials, EngineAddress
from localcloud.gateway.definitions.api import Api
from localcloud.gateway.definitions.rest import (
    CognitoAuthorizer,
    Iam,
    LambdaAuthorizer,
    LambdaProxy,
    Mock,
    RestApi,
    Route,
    Unsupported,
)
from localcloud.gateway.definitions.websocket import WebSocketApi
from localcloud.gateway.loader import ApiLoader, Loaded
from localcloud.gateway.loading.mock import mock_of
from localcloud.gateway.mapping.definition import HttpProxy
from tests.engine.test_gateway_rest import FUNCTION, URI, document
from tests.engine.test_gateway_websocket import socket_api
from tests.engine.world import ACCOUNT, REGION, World


def load(world: World) -> Loaded:
    return ApiLoader(EngineAddress(world.endpoint, REGION, ACCOUNT, Credentials(ACCOUNT, "secret")))()


def loaded_api(world: World, api_id: str) -> Api:
    (loaded,) = [api for api in load(world).apis if api.id == api_id]
    return loaded


def route(api: Api, verb: str, path: str) -> Route:
    assert isinstance(api, RestApi)
    (matching,) = [route for route in api.routes if (route.method, route.path) == (verb, path)]
    return matching


def test_imported_api_is_loaded_whole(world: World) -> None:
    gateway = world.client("apigateway")
    api_id = gateway.import_rest_api(body=json.dumps(document("things")).encode())["id"]
    assert api_id not in {api.id for api in load(world).apis}  # it has no stage
    gateway.create_deployment(restApiId=api_id, stageName="v1", variables={"colour": "blue"})
    api = loaded_api(world, api_id)
    assert isinstance(api, RestApi)
    assert (api.name, api.stages, api.binary_media_types) == (
        "things",
        {"v1": {"colour": "blue"}},
        ("image/png",),
    )
    assert abs((datetime.now(UTC) - api.created).total_seconds()) < 600
    assert {(item.method, item.path) for item in api.routes} == {
        ("GET", "/things/{id}"),
        ("OPTIONS", "/things/{id}"),
        ("ANY", "/any/{proxy+}"),
    }
    get = route(api, "GET", "/things/{id}")
    assert get.integration == LambdaProxy(FUNCTION, 12.0)
    assert isinstance(get.authorizer, CognitoAuthorizer)
    assert (get.authorizer.name, get.authorizer.user_pool_ids, get.authorizer.header) == (
        "customers",
        (f"{REGION}_one",),
        "Authorization",
    )
    preflight = route(api, "OPTIONS", "/things/{id}")
    assert preflight.integration == Mock(200, {"Access-Control-Allow-Origin": "*"})
    assert preflight.authorizer is None
    assert preflight.resource_id == get.resource_id
    gateway.delete_rest_api(restApiId=api_id)
    assert api_id not in {api.id for api in load(world).apis}


def rest(kind: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": f"AWS::ApiGateway::{kind}", "Properties": properties, **more}


def test_cloudformation_apis_are_loaded_like_imported_ones(world: World) -> None:
    here = {"RestApiId": {"Ref": "Api"}}

    def method(verb: str, resource: Any, integration: dict[str, Any], **more: Any) -> dict[str, Any]:
        return rest(
            "Method", {**here, "ResourceId": resource, "HttpMethod": verb, "Integration": integration, **more}
        )

    proxy = {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": URI}
    root, thing = {"Fn::GetAtt": "Api.RootResourceId"}, {"Ref": "Thing"}
    custom = {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": "Guard"}}
    resources = {
        "Api": rest("RestApi", {"Name": "formed", "BinaryMediaTypes": ["image/*"]}),
        "Thing": rest("Resource", {**here, "ParentId": root, "PathPart": "{thing}"}),
        "Guard": rest(
            "Authorizer",
            {
                **here,
                "Name": "guard",
                "Type": "REQUEST",
                "AuthorizerUri": URI,
                "IdentitySource": "method.request.header.X-Key, method.request.querystring.key",
                "AuthorizerResultTtlInSeconds": 0,
            },
        ),
        "Get": method("GET", thing, proxy, **custom),
        "Put": method("PUT", thing, proxy, AuthorizationType="AWS_IAM"),
        "Web": method("GET", root, {"Type": "HTTP_PROXY", "Uri": "https://example.com"}, ApiKeyRequired=True),
        "Deployment": rest("Deployment", here, DependsOn=["Get", "Put", "Web"]),
        "Stage": rest(
            "Stage",
            {**here, "StageName": "prod", "DeploymentId": {"Ref": "Deployment"}, "Variables": {"a": "b"}},
        ),
    }
    stack = world.deploy(resources, {"Id": {"Ref": "Api"}})
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    api = loaded_api(world, stack.outputs["Id"])
    assert isinstance(api, RestApi)
    assert (api.name, api.stages, api.binary_media_types) == ("formed", {"prod": {"a": "b"}}, ("image/*",))
    guard = route(api, "GET", "/{thing}").authorizer
    assert isinstance(guard, LambdaAuthorizer)
    assert guard == LambdaAuthorizer(
        guard.id,
        "guard",
        "REQUEST",
        FUNCTION,
        header="X-Key",
        identity_sources=("method.request.header.X-Key", "method.request.querystring.key"),
        ttl_seconds=0,
    )
    put = route(api, "PUT", "/{thing}")
    assert (put.authorizer, put.integration) == (Iam(), LambdaProxy(FUNCTION, 29.0))
    web = route(api, "GET", "/").integration
    assert web == HttpProxy("https://example.com", "POST")
    assert route(api, "GET", "/").key_required
    stack.delete()
    assert stack.outputs["Id"] not in {api.id for api in load(world).apis}


def test_method_with_a_deleted_authorizer_is_not_open(world: World) -> None:
    gateway = world.client("apigateway")
    api_id = gateway.import_rest_api(body=json.dumps(document("guarded")).encode())["id"]
    gateway.create_deployment(restApiId=api_id, stageName="v1")
    (authorizer,) = gateway.get_authorizers(restApiId=api_id)["items"]
    gateway.delete_authorizer(restApiId=api_id, authorizerId=authorizer["id"])
    integration = route(loaded_api(world, api_id), "GET", "/things/{id}").integration
    kind = "COGNITO_USER_POOLS"
    assert integration == Unsupported(
        f"an authorizer of type {kind} that does not exist or invokes no function"
    )
    gateway.delete_rest_api(restApiId=api_id)


def test_websocket_api_is_loaded_and_unsupported_integrations_are_named(world: World) -> None:
    stack = world.deploy(socket_api(), {"Id": {"Ref": "Api"}})
    api = loaded_api(world, stack.outputs["Id"])
    assert isinstance(api, WebSocketApi)
    assert (api.name, api.stages, api.route_selection) == ("chat", {"live": {}}, "$request.body.action")
    assert (api.routes, api.authorizer) == ({"$default": LambdaProxy(FUNCTION, 29.0)}, None)
    gateway = world.client("apigatewayv2")
    gateway.create_route(ApiId=api.id, RouteKey="lost", Target="integrations/none")
    assert (
        "WebSocket API chat: the route lost is not served: a route without an integration"
        in load(world).warnings
    )
    stack.delete()


@pytest.mark.parametrize("authorizer", ["there", "missing", "iam"])
def test_connect_route_has_its_authorizer(world: World, authorizer: str) -> None:
    stack = world.deploy(socket_api(), {"Id": {"Ref": "Api"}, "Integration": {"Ref": "Integration"}})
    gateway, api_id = world.client("apigatewayv2"), stack.outputs["Id"]
    guard = gateway.create_authorizer(
        ApiId=api_id,
        Name="guard",
        AuthorizerType="REQUEST",
        AuthorizerUri=URI,
        IdentitySource=["route.request.querystring.key"],
    )["AuthorizerId"]
    gateway.create_route(
        ApiId=api_id,
        RouteKey="$connect",
        Target=f"integrations/{stack.outputs['Integration']}",
        **(
            {"AuthorizationType": "AWS_IAM"}
            if authorizer == "iam"
            else {"AuthorizationType": "CUSTOM", "AuthorizerId": guard}
        ),
    )
    if authorizer == "missing":
        gateway.delete_authorizer(ApiId=api_id, AuthorizerId=guard)
    api = loaded_api(world, api_id)
    assert isinstance(api, WebSocketApi)
    expected: dict[str, Any] = {
        "there": LambdaAuthorizer(
            guard,
            "guard",
            "REQUEST",
            FUNCTION,
            identity_sources=("route.request.querystring.key",),
            ttl_seconds=0,
        ),
        "missing": LambdaAuthorizer(guard, "missing", "REQUEST", "", ttl_seconds=0),
        "iam": Iam(),
    }
    assert api.authorizer == expected[authorizer]
    stack.delete()


@pytest.mark.parametrize(
    ("document", "answered"),
    [
        ({}, None),
        ({"integrationResponses": {"200": {"statusCode": "200"}}}, Mock(200)),
        (
            {
                "requestTemplates": {"application/json": "{statusCode: 404}"},
                "integrationResponses": {
                    "200": {"statusCode": "200"},
                    "404": {
                        "statusCode": "404",
                        "selectionPattern": "4\\d\\d",
                        "responseTemplates": {"application/json": '{"message": "none"}'},
                    },
                },
            },
            Mock(404, {}, '{"message": "none"}'),
        ),
        (
            {"integrationResponses": {"200": {"responseTemplates": {"application/json": "$context.stage"}}}},
            None,
        ),
        (
            {
                "integrationResponses": {
                    "200": {"responseParameters": {"method.response.header.A": "context.stage"}}
                }
            },
            None,
        ),
    ],
)
def test_mock_integration_has_a_constant_answer(document: Any, answered: Mock | None) -> None:
    assert mock_of(document) == answered
