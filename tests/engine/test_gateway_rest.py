"""API Gateway's REST APIs: patches, deployments, and import from OpenAPI documents."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.world import ACCOUNT, REGION, World

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:api"
URI = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
PROXY = {
    "type": "aws_proxy",
    "httpMethod": "POST",
    "uri": URI,
    "passthroughBehavior": "when_no_match",
    "contentHandling": "CONVERT_TO_TEXT",
    "timeoutInMillis": 12_000,
    "responses": {"default": {"statusCode": "200"}},
}
ALLOW = "method.response.header.Access-Control-Allow-Origin"
PREFLIGHT = {
    "responses": {
        "200": {"description": "ok", "headers": {"Access-Control-Allow-Origin": {"type": "string"}}}
    },
    "x-amazon-apigateway-integration": {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200", "responseParameters": {ALLOW: "'*'"}}},
    },
}


def document(title: str, **paths: Any) -> dict[str, Any]:
    """Return a document as `chalice deploy` writes it: an authorizer, a proxy, CORS, binary types."""
    get = {
        "security": [{"customers": []}],
        "parameters": [{"name": "id", "in": "path", "required": True, "type": "string"}],
        "responses": {"200": {"description": "ok"}},
        "x-amazon-apigateway-integration": PROXY,
    }
    return {
        "swagger": "2.0",
        "info": {"title": title, "version": "1.0"},
        "paths": {
            "/things/{id}": {"get": get, "options": PREFLIGHT},
            "/any/{proxy+}": {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": PROXY}},
            **paths,
        },
        "securityDefinitions": {
            "customers": {
                "type": "apiKey",
                "name": "Authorization",
                "in": "header",
                "x-amazon-apigateway-authtype": "cognito_user_pools",
                "x-amazon-apigateway-authorizer": {
                    "type": "cognito_user_pools",
                    "providerARNs": [f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{REGION}_one"],
                },
            }
        },
        "x-amazon-apigateway-binary-media-types": ["image/png"],
    }


def methods(world: World, api: str) -> dict[str, dict[str, Any]]:
    """Return each method by its verb and path."""
    answer = world.client("apigateway").get_resources(restApiId=api, embed=["methods"], limit=500)
    return {
        f"{verb} {resource['path']}": method
        for resource in answer["items"]
        for verb, method in (resource.get("resourceMethods") or {}).items()
    }


def refusal(call: Any, **arguments: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    status: int = response["ResponseMetadata"]["HTTPStatusCode"]
    return status, response["Error"]["Code"], response["Error"]["Message"]


# --- patches ---


def check_rest_patches(world: World) -> None:
    gateway = world.client("apigateway")
    api = gateway.create_rest_api(
        name="patched", binaryMediaTypes=["image/png"], endpointConfiguration={"types": ["EDGE"]}
    )["id"]

    def patch(path: str, value: str = "", op: str = "replace") -> Any:
        return gateway.update_rest_api(
            restApiId=api, patchOperations=[{"op": op, "path": path, "value": value}]
        )

    assert patch("/minimumCompressionSize", "1024")["minimumCompressionSize"] == 1024
    assert "minimumCompressionSize" not in patch("/minimumCompressionSize")
    assert patch("/binaryMediaTypes/image~1gif", op="add")["binaryMediaTypes"] == ["image/png", "image/gif"]
    assert patch("/binaryMediaTypes/image~1png", op="remove")["binaryMediaTypes"] == ["image/gif"]
    changed = patch("/endpointConfiguration/types/EDGE", "REGIONAL")
    assert changed["endpointConfiguration"]["types"] == ["REGIONAL"]
    assert patch("/disableExecuteApiEndpoint", "true")["disableExecuteApiEndpoint"] is True
    assert patch("/name", "renamed")["name"] == "renamed"
    assert refusal(patch, path="/minimumCompressionSize", value="10485761") == (
        400,
        "BadRequestException",
        "Invalid minimum compression size, must be between 0 and 10485760 or null",
    )


def test_patch_operations_change_a_rest_api(world: World) -> None:
    check_rest_patches(world)


# --- deployments ---


def check_rest_deployments(world: World) -> None:
    gateway = world.client("apigateway")
    api = gateway.create_rest_api(name="empty")
    here = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET"}
    deploy = {"restApiId": api["id"], "stageName": "v1"}
    assert refusal(gateway.create_deployment, **deploy) == (
        400,
        "BadRequestException",
        "The REST API doesn't contain any methods",
    )
    gateway.put_method(**here, authorizationType="NONE")
    assert refusal(gateway.create_deployment, **deploy)[2] == "No integration defined for method"
    gateway.put_integration(**here, type="MOCK")
    deployment = gateway.create_deployment(**deploy)["id"]
    assert gateway.get_stage(**deploy)["deploymentId"] == deployment


def test_deployment_without_methods_or_integrations_is_refused(world: World) -> None:
    check_rest_deployments(world)


# --- documents ---


def check_import(world: World) -> None:
    gateway = world.client("apigateway")
    imported = gateway.import_rest_api(
        body=json.dumps(document("imported")).encode(), parameters={"endpointConfigurationTypes": "REGIONAL"}
    )
    api = imported["id"]
    assert (imported["name"], imported["endpointConfiguration"]["types"]) == ("imported", ["REGIONAL"])
    by_route = methods(world, api)
    assert {"GET /things/{id}", "OPTIONS /things/{id}"} <= by_route.keys()
    (authorizer,) = gateway.get_authorizers(restApiId=api)["items"]
    assert (authorizer["name"], authorizer["type"]) == ("customers", "COGNITO_USER_POOLS")
    get = by_route["GET /things/{id}"]
    assert (get["authorizationType"], get["authorizerId"]) == ("COGNITO_USER_POOLS", authorizer["id"])
    gateway.create_deployment(restApiId=api, stageName="v1")

    # As `chalice deploy` does from the second time on; YAML is taken as well.
    changed = document("imported again", **{"/more": {"get": {"x-amazon-apigateway-integration": PROXY}}})
    del changed["paths"]["/things/{id}"]
    put = gateway.put_rest_api(restApiId=api, mode="overwrite", body=as_yaml(changed))
    assert (put["id"], put["name"], put["rootResourceId"]) == (
        api,
        "imported again",
        imported["rootResourceId"],
    )
    verbs = {name for name in methods(world, api) if not name.startswith("ANY")}
    assert verbs == {"GET /more"}
    assert len(gateway.get_authorizers(restApiId=api)["items"]) == 1
    assert [stage["stageName"] for stage in gateway.get_stages(restApiId=api)["item"]] == ["v1"]

    gateway.put_rest_api(restApiId=api, mode="merge", body=json.dumps(document("merged")).encode())
    assert {"GET /more", "GET /things/{id}"} <= methods(world, api).keys()

    assert refusal(gateway.import_rest_api, body=b"[1]") == (
        400,
        "BadRequestException",
        "Invalid OpenAPI input.",
    )
    assert refusal(gateway.put_rest_api, restApiId="none", body=b"{}") == (
        404,
        "NotFoundException",
        "Invalid API identifier specified",
    )


def as_yaml(value: dict[str, Any]) -> bytes:
    # Every JSON text is YAML; the comment makes it YAML alone.
    return b"# a comment\n" + json.dumps(value).encode()


def test_imported_document_becomes_resources_and_methods(world: World) -> None:
    check_import(world)


def check_import_operations(world: World) -> None:
    resource = {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "body", "Body": document("body")}}
    }
    stack = world.deploy(resource, {"Id": {"Ref": "Api"}})
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    api = stack.outputs["Id"]
    by_route = methods(world, api)
    assert by_route.keys() == {"GET /things/{id}", "OPTIONS /things/{id}", "ANY /any/{proxy+}"}
    get = by_route["GET /things/{id}"]
    assert get["requestParameters"] == {"method.request.path.id": True}
    integration = get["methodIntegration"]
    assert (integration["type"], integration["uri"], integration["timeoutInMillis"]) == (
        "AWS_PROXY",
        URI,
        12_000,
    )
    mock = by_route["OPTIONS /things/{id}"]
    assert mock["methodResponses"]["200"]["responseParameters"] == {ALLOW: False}
    assert mock["methodIntegration"]["type"] == "MOCK"
    assert mock["methodIntegration"]["requestTemplates"] == {"application/json": '{"statusCode": 200}'}
    assert mock["methodIntegration"]["integrationResponses"]["200"]["responseParameters"] == {ALLOW: "'*'"}
    assert world.client("apigateway").get_rest_api(restApiId=api)["binaryMediaTypes"] == ["image/png"]
    stack.delete()


def test_template_body_becomes_resources_and_methods(world: World) -> None:
    check_import_operations(world)


def check_body_updates(world: World) -> None:
    properties: dict[str, Any] = {"Name": "body", "Body": document("body")}
    resource = {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": properties}}
    stack = world.deploy(resource, {"Id": {"Ref": "Api"}})
    properties["Body"] = document("body", **{"/more": {"get": {"x-amazon-apigateway-integration": PROXY}}})
    again = world.deploy(resource, {"Id": {"Ref": "Api"}}, stack=stack.name)
    assert again.status == "UPDATE_COMPLETE", again.reasons()
    assert again.outputs == stack.outputs
    assert "GET /more" in methods(world, stack.outputs["Id"])
    stack.delete()


def test_changed_body_updates_the_api_in_place(world: World) -> None:
    check_body_updates(world)


def check_body_location(world: World) -> None:
    bucket = world.name("documents")
    s3 = world.client("s3")
    s3.create_bucket(Bucket=bucket)
    more = {"/more": {"get": {"x-amazon-apigateway-integration": PROXY}}}
    s3.put_object(Bucket=bucket, Key="a.json", Body=json.dumps(document("located")).encode())
    s3.put_object(Bucket=bucket, Key="b.json", Body=json.dumps(document("located", **more)).encode())
    location = {"Bucket": bucket, "Key": "a.json"}
    properties: dict[str, Any] = {"Name": "located", "BodyS3Location": location}
    resource = {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": properties}}
    stack = world.deploy(resource, {"Id": {"Ref": "Api"}})
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    assert "GET /things/{id}" in methods(world, stack.outputs["Id"])
    location["Key"] = "b.json"
    again = world.deploy(resource, {"Id": {"Ref": "Api"}}, stack=stack.name)
    assert again.outputs == stack.outputs
    assert "GET /more" in methods(world, stack.outputs["Id"])
    location["Key"] = "absent.json"
    failed = world.deploy(resource, stack=stack.name)
    assert "there is no object" in str(failed.reasons())
    stack.delete()


def test_body_location_in_s3_is_read(world: World) -> None:
    check_body_location(world)
