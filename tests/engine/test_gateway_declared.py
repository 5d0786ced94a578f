"""REST APIs in templates, documents and calls: what MiniStack drops of validation, keys, logs and JWT."""

from __future__ import annotations

import json
from typing import Any

from tests.engine.test_gateway_rest import URI, methods, refusal
from tests.engine.world import World

API = {"RestApiId": {"Ref": "Api"}}
ROOT = {"Fn::GetAtt": "Api.RootResourceId"}
ISSUER = "https://issuer.test"
JWT = {
    "issuers": [
        {
            "issuer": ISSUER,
            "audiences": ["shop"],
            "additionalClaims": [
                {"claimName": "tenant", "format": "SINGLE_STRING", "required": True, "expectedValues": ["a"]}
            ],
        }
    ],
    "defaultAlgorithms": ["RS256"],
}


def resource(kind: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": f"AWS::ApiGateway::{kind}", "Properties": properties, **more}


def post(**more: Any) -> dict[str, Any]:
    proxy = {"Type": "AWS", "IntegrationHttpMethod": "POST", "Uri": URI, "ContentHandling": "CONVERT_TO_TEXT"}
    place = {**API, "ResourceId": ROOT, "HttpMethod": "POST", "AuthorizationType": "NONE"}
    return resource("Method", {**place, "Integration": proxy, **more})


def check_method_properties(world: World) -> None:
    stack = world.deploy(
        {
            "Api": resource("RestApi", {"Name": "validated"}),
            "Both": resource("RequestValidator", {**API, "Name": "both", "ValidateRequestBody": True}),
            "Post": post(RequestValidatorId={"Ref": "Both"}, ApiKeyRequired="true"),
        },
        {"Id": {"Ref": "Api"}, "Validator": {"Ref": "Both"}},
    )
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    method = methods(world, stack.outputs["Id"])["POST /"]
    assert (method["requestValidatorId"], method["apiKeyRequired"]) == (stack.outputs["Validator"], True)
    assert method["methodIntegration"]["contentHandling"] == "CONVERT_TO_TEXT"
    stack.delete()


def test_template_method_has_its_properties(world: World) -> None:
    check_method_properties(world)


def check_api_properties(world: World) -> None:
    properties = {"Name": "keyed", "ApiKeySourceType": "AUTHORIZER", "DisableExecuteApiEndpoint": "true"}
    stack = world.deploy({"Api": resource("RestApi", properties)}, {"Id": {"Ref": "Api"}})
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    api = world.client("apigateway").get_rest_api(restApiId=stack.outputs["Id"])
    assert (api["apiKeySource"], api["disableExecuteApiEndpoint"]) == ("AUTHORIZER", True)
    stack.delete()


def test_template_api_has_its_properties(world: World) -> None:
    check_api_properties(world)


def check_stage_properties(world: World) -> None:
    log = {
        "DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:access",
        "Format": "$context.stage",
    }
    stage = {"ApiId": {"Ref": "Api"}, "Stage": {"Ref": "Live"}}
    limits = {"/GET": {"BurstLimit": "2", "RateLimit": 1.5}}
    stack = world.deploy(
        {
            "Api": resource("RestApi", {"Name": "logged"}),
            "Post": post(),
            "Deployment": resource("Deployment", API, DependsOn="Post"),
            "Other": resource(
                "Deployment",
                {
                    **{**API, "StageName": "other"},
                    "StageDescription": {
                        **{"AccessLogSetting": log, "TracingEnabled": True, "Variables": {"a": "b"}},
                        "MethodSettings": [
                            {"ResourcePath": "/*", "HttpMethod": "*", "ThrottlingBurstLimit": 2}
                        ],
                    },
                },
                DependsOn="Post",
            ),
            "Live": resource(
                "Stage",
                {
                    **{**API, "StageName": "live", "DeploymentId": {"Ref": "Deployment"}},
                    "AccessLogSetting": log,
                },
            ),
            "Plan": resource(
                "UsagePlan",
                {"ApiStages": [{**stage, "Throttle": limits}], "Quota": {"Limit": "3", "Period": "DAY"}},
            ),
        },
        {"Id": {"Ref": "Api"}, "Plan": {"Ref": "Plan"}},
    )
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    gateway = world.client("apigateway")
    kept = gateway.get_stage(restApiId=stack.outputs["Id"], stageName="live")["accessLogSettings"]
    assert kept == {"destinationArn": log["DestinationArn"], "format": "$context.stage"}
    other = gateway.get_stage(restApiId=stack.outputs["Id"], stageName="other")
    assert (other["variables"], other["tracingEnabled"]) == ({"a": "b"}, True)
    assert other["accessLogSettings"] == kept
    assert other["methodSettings"]["*/*"]["throttlingBurstLimit"] == 2
    plan = gateway.get_usage_plan(usagePlanId=stack.outputs["Plan"])
    assert plan["apiStages"][0]["throttle"] == {"/GET": {"burstLimit": 2, "rateLimit": 1.5}}
    assert plan["quota"] == {"limit": 3, "period": "DAY"}
    stack.delete()


def test_template_stage_has_its_properties(world: World) -> None:
    check_stage_properties(world)


def check_jwt_authorizers(world: World) -> None:
    gateway = world.client("apigateway")
    api = gateway.create_rest_api(name="trusting")["id"]
    arguments: dict[str, Any] = {
        **{"restApiId": api, "name": "tokens", "type": "JWT"},
        **{"identitySource": "method.request.header.Authorization", "jwtConfiguration": JWT},
    }
    created = gateway.create_authorizer(**arguments)
    kept = gateway.get_authorizer(restApiId=api, authorizerId=created["id"])
    assert (kept["type"], kept["jwtConfiguration"]) == ("JWT", JWT)
    assert "authorizerUri" not in kept
    for change, words in (
        ({"identitySource": "method.request.querystring.token"}, "one identity source"),
        ({"jwtConfiguration": {**JWT, "defaultAlgorithms": ["HS256"]}}, "HS256"),
        ({"jwtConfiguration": {**JWT, "issuers": [{"issuer": "http://x", "audiences": ["a"]}]}}, "http://x"),
        ({"type": "NONE"}, "Invalid authorizer type"),
    ):
        status, code, message = refusal(gateway.create_authorizer, **{**arguments, **change})
        assert (status, code) == (400, "BadRequestException")
        assert words in message


def test_jwt_authorizer_is_kept_and_an_invalid_one_refused(world: World) -> None:
    check_jwt_authorizers(world)


def test_template_creates_a_jwt_authorizer(world: World) -> None:
    claim = {"ClaimName": "tenant", "Format": "SINGLE_STRING", "Required": True, "ExpectedValues": ["a"]}
    issuer = {"Issuer": ISSUER, "Audiences": ["shop"], "AdditionalClaims": [claim]}
    guard = {
        **{**API, "Name": "tokens", "Type": "JWT", "IdentitySource": "method.request.header.Authorization"},
        "JwtConfiguration": {"Issuers": [issuer], "DefaultAlgorithms": ["RS256"]},
    }
    stack = world.deploy(
        {"Api": resource("RestApi", {"Name": "trusting"}), "Guard": resource("Authorizer", guard)},
        {"Id": {"Ref": "Api"}, "Guard": {"Ref": "Guard"}},
    )
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    ids = {"restApiId": stack.outputs["Id"], "authorizerId": stack.outputs["Guard"]}
    assert world.client("apigateway").get_authorizer(**ids)["jwtConfiguration"] == JWT
    stack.delete()


def test_openapi_document_brings_models_validators_and_responses(world: World) -> None:
    gateway = world.client("apigateway")
    proxy = {"type": "aws", "httpMethod": "POST", "uri": URI}
    document = {
        "openapi": "3.0.1",
        "info": {"title": "described", "version": "1"},
        "x-amazon-apigateway-request-validators": {
            "all": {"validateRequestBody": True, "validateRequestParameters": True},
            "none": {"validateRequestBody": False, "validateRequestParameters": False},
        },
        "x-amazon-apigateway-request-validator": "all",
        "x-amazon-apigateway-gateway-responses": {
            "BAD_REQUEST_BODY": {"statusCode": "422", "responseTemplates": {"application/json": "{}"}}
        },
        "components": {
            "schemas": {"Order": {"type": "object", "required": ["id"]}},
            "parameters": {"Page": {"name": "page", "in": "query", "required": True}},
        },
        "paths": {
            "/orders/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": True}],
                "post": {
                    "parameters": [{"$ref": "#/components/parameters/Page"}],
                    "requestBody": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}
                    },
                    "x-amazon-apigateway-integration": proxy,
                },
                "put": {
                    "x-amazon-apigateway-request-validator": "none",
                    "requestBody": {"content": {"text/plain": {"schema": {"type": "string"}}}},
                    "x-amazon-apigateway-integration": proxy,
                },
            }
        },
    }
    for _ in range(2):  # PutRestApi brings the same once more
        api = gateway.import_rest_api(body=json.dumps(document).encode())["id"]
        gateway.put_rest_api(restApiId=api, mode="overwrite", body=json.dumps(document).encode())
    validators = {
        element["id"]: element for element in gateway.get_request_validators(restApiId=api)["items"]
    }
    described = methods(world, api)
    create, change = described["POST /orders/{id}"], described["PUT /orders/{id}"]
    assert validators[create["requestValidatorId"]]["name"] == "all"
    assert validators[change["requestValidatorId"]]["validateRequestBody"] is False
    assert create["requestParameters"] == {
        "method.request.path.id": True,
        "method.request.querystring.page": True,
    }
    assert create["requestModels"] == {"application/json": "Order"}
    models = {
        element["name"]: json.loads(element["schema"])
        for element in gateway.get_models(restApiId=api)["items"]
    }
    assert models["Order"] == {"type": "object", "required": ["id"]}
    assert models[change["requestModels"]["text/plain"]] == {"type": "string"}
    response = gateway.get_gateway_response(restApiId=api, responseType="BAD_REQUEST_BODY")
    assert (response["statusCode"], response["responseTemplates"]) == ("422", {"application/json": "{}"})


def check_patches(world: World) -> None:
    gateway = world.client("apigateway")
    api = gateway.create_rest_api(name="patched")
    here: dict[str, Any] = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET"}
    gateway.put_method(**here, authorizationType="NONE", apiKeyRequired=True)
    gateway.put_integration(**here, type="MOCK")

    def patch(call: Any, path: str, value: str = "", op: str = "replace", **names: Any) -> Any:
        return call(**names, patchOperations=[{"op": op, "path": path, "value": value}])

    assert patch(gateway.update_method, "/apiKeyRequired", "false", **here)["apiKeyRequired"] is False
    wanted = patch(gateway.update_method, "/requestParameters/method.request.header.X", "true", "add", **here)
    assert wanted["requestParameters"] == {"method.request.header.X": True}
    template = {"path": "/requestTemplates/application~1json", "value": "{}", "op": "add"}
    assert patch(gateway.update_integration, **template, **here)["requestTemplates"] == {
        "application/json": "{}"
    }
    assert patch(gateway.update_integration, "/timeoutInMillis", "50", **here)["timeoutInMillis"] == 50
    removed = patch(gateway.update_integration, template["path"], op="remove", **here)
    assert not removed.get("requestTemplates")
    gateway.create_deployment(restApiId=api["id"], stageName="live")
    plan = {"usagePlanId": gateway.create_usage_plan(name="plan")["id"]}
    stage = f"{api['id']}:live"
    for _ in range(2):
        added = patch(gateway.update_usage_plan, "/apiStages", stage, "add", **plan)
    assert [(element["apiId"], element["stage"]) for element in added["apiStages"]] == [(api["id"], "live")]
    limited = patch(gateway.update_usage_plan, "/throttle/rateLimit", "1.5", **plan)
    assert limited["throttle"]["rateLimit"] == 1.5
    path = f"/apiStages/{stage}/throttle/~1orders/GET/burstLimit"
    limited = patch(gateway.update_usage_plan, path, "2", **plan)
    assert limited["apiStages"][0]["throttle"] == {"/orders/GET": {"burstLimit": 2}}
    gone = patch(gateway.update_usage_plan, "/apiStages", stage, "remove", **plan)
    assert gone["apiStages"] == []


def test_patch_operations_change_methods_and_integrations(world: World) -> None:
    check_patches(world)
