"""AppSync's control plane: what a template declares is what boto3 reads."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.world import World

SCHEMA = "type Query { thing(id: ID!): String }\n"
JS = {"Name": "APPSYNC_JS", "RuntimeVersion": "1.0.0"}


def api_with(world: World, **resources: Any) -> dict[str, Any]:
    """Return the resources of an API named Api, with a NONE data source, and what is given."""
    return {
        "Api": {
            "Type": "AWS::AppSync::GraphQLApi",
            "Properties": {"Name": "api", "AuthenticationType": "API_KEY"},
        },
        "Nothing": {
            "Type": "AWS::AppSync::DataSource",
            "Properties": {"ApiId": {"Fn::GetAtt": "Api.ApiId"}, "Name": "Nothing", "Type": "NONE"},
        },
        **{
            name: {
                "Type": f"AWS::AppSync::{kind}",
                "Properties": {"ApiId": {"Fn::GetAtt": "Api.ApiId"}, **properties},
                "DependsOn": "Nothing",
            }
            for name, (kind, properties) in resources.items()
        },
    }


ID = {"Id": {"Fn::GetAtt": "Api.ApiId"}}


def check_addresses(world: World) -> None:
    outputs = {
        name: {"Fn::GetAtt": f"Api.{name}"}
        for name in (
            "ApiId",
            "Arn",
            "GraphQLUrl",
            "GraphQLDns",
            "RealtimeUrl",
            "RealtimeDns",
            "GraphQLEndpointArn",
        )
    }
    stack = world.deploy(api_with(world), outputs)
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    api_id = stack.outputs["ApiId"]
    graphql, realtime = f"http://127.0.0.1:19999/graphql?{api_id}", f"ws://127.0.0.1:19999/graphql?{api_id}"
    assert stack.outputs == {
        "ApiId": api_id,
        "Arn": f"arn:aws:appsync:us-east-1:000000000000:apis/{api_id}",
        "GraphQLUrl": graphql,
        "GraphQLDns": "127.0.0.1:19999",
        "RealtimeUrl": realtime,
        "RealtimeDns": "127.0.0.1:19999",
        "GraphQLEndpointArn": f"arn:aws:appsync:us-east-1:000000000000:endpoints/graphql-api/{api_id}",
    }
    read = world.client("appsync").get_graphql_api(apiId=api_id)["graphqlApi"]
    assert read["uris"] == {"GRAPHQL": graphql, "REALTIME": realtime}
    assert world.control.apis[api_id] == "api"
    stack.delete()
    assert world.control.wait_for(lambda: api_id in world.control.deleted)


def test_addresses(world: World) -> None:
    check_addresses(world)


def test_addresses_of_an_api_made_by_a_call(world: World) -> None:
    appsync = world.client("appsync")
    made = appsync.create_graphql_api(name="direct", authenticationType="AWS_IAM")["graphqlApi"]
    assert made["uris"]["GRAPHQL"] == f"http://127.0.0.1:19999/graphql?{made['apiId']}"
    assert appsync.get_graphql_api(apiId=made["apiId"])["graphqlApi"]["uris"] == made["uris"]
    appsync.delete_graphql_api(apiId=made["apiId"])
    assert world.control.wait_for(lambda: made["apiId"] in world.control.deleted)


def check_update_api(world: World) -> None:
    appsync = world.client("appsync")
    api_id = appsync.create_graphql_api(name="limits", authenticationType="API_KEY")["graphqlApi"]["apiId"]
    appsync.update_graphql_api(
        apiId=api_id,
        name="limits",
        authenticationType="API_KEY",
        introspectionConfig="DISABLED",
        queryDepthLimit=7,
        resolverCountLimit=9,
    )
    read = appsync.get_graphql_api(apiId=api_id)["graphqlApi"]
    assert (read["introspectionConfig"], read["queryDepthLimit"], read["resolverCountLimit"]) == (
        "DISABLED",
        7,
        9,
    )


def test_update_api(world: World) -> None:
    check_update_api(world)


def check_api_keys(world: World) -> None:
    resources = api_with(world, Key=("ApiKey", {"Description": "for tests", "Expires": "1900000000"}))
    stack = world.deploy(
        resources,
        {
            **ID,
            "Key": {"Fn::GetAtt": "Key.ApiKey"},
            "KeyId": {"Fn::GetAtt": "Key.ApiKeyId"},
            "Ref": {"Ref": "Key"},
        },
    )
    api_id, key = stack.outputs["Id"], stack.outputs["Key"]
    assert re.fullmatch(r"da2-[a-z0-9]{26}", key)
    assert stack.outputs["KeyId"] == key
    assert stack.outputs["Ref"] == f"arn:aws:appsync:us-east-1:000000000000:apis/{api_id}/apikeys/{key}"
    appsync = world.client("appsync")
    [read] = appsync.list_api_keys(apiId=api_id)["apiKeys"]
    assert (read["id"], read["description"], read["expires"]) == (key, "for tests", 1900000000)
    assert re.fullmatch(r"da2-[a-z0-9]{26}", appsync.create_api_key(apiId=api_id)["apiKey"]["id"])
    resources["Key"]["Properties"]["Description"] = "changed"
    world.deploy(resources, stack=stack.name)
    keys = {one["id"]: one["description"] for one in appsync.list_api_keys(apiId=api_id)["apiKeys"]}
    assert keys[key] == "changed"


def test_api_keys(world: World) -> None:
    check_api_keys(world)


def check_functions(world: World) -> None:
    step = {
        "Name": "step",
        "DataSourceName": "Nothing",
        "Runtime": JS,
        "Code": "export function request() {}",
    }
    pipeline = {
        "TypeName": "Query",
        "FieldName": "thing",
        "Kind": "PIPELINE",
        "Runtime": JS,
        "Code": "export const request = () => ({})",
        "PipelineConfig": {"Functions": [{"Fn::GetAtt": "Step.FunctionId"}]},
    }
    resources = api_with(world, Step=("FunctionConfiguration", step), Thing=("Resolver", pipeline))
    stack = world.deploy(resources, ID)
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    appsync, api_id = world.client("appsync"), stack.outputs["Id"]
    [function] = appsync.list_functions(apiId=api_id)["functions"]
    [resolver] = appsync.list_resolvers(apiId=api_id, typeName="Query")["resolvers"]
    assert resolver["pipelineConfig"]["functions"] == [function["functionId"]]
    assert stack.physical_ids()["Step"] == function["functionArn"]
    assert {k: function[k] for k in ("name", "dataSourceName", "runtime", "code")} == {
        "name": "step",
        "dataSourceName": "Nothing",
        "runtime": {"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"},
        "code": "export function request() {}",
    }
    resources["Step"]["Properties"]["Code"] = "export function response() {}"
    world.deploy(resources, stack=stack.name)
    read = appsync.get_function(apiId=api_id, functionId=function["functionId"])["functionConfiguration"]
    assert read["code"] == "export function response() {}"
    del resources["Thing"], resources["Step"]
    world.deploy(resources, stack=stack.name)
    assert appsync.list_functions(apiId=api_id)["functions"] == []


def test_functions(world: World) -> None:
    check_functions(world)


def check_s3_locations(world: World) -> None:
    code = "export function request() { return {} }"
    at = world.put("thing.js", code.encode())
    template = world.put("request.vtl", b'{"version": "2018-05-29"}')
    resources = api_with(
        world,
        Schema=("GraphQLSchema", {"DefinitionS3Location": world.put("schema.graphql", SCHEMA.encode())}),
        Step=(
            "FunctionConfiguration",
            {"Name": "step", "DataSourceName": "Nothing", "Runtime": JS, "CodeS3Location": at},
        ),
        Thing=(
            "Resolver",
            {
                "TypeName": "Query",
                "FieldName": "thing",
                "DataSourceName": "Nothing",
                "Runtime": JS,
                "CodeS3Location": at,
            },
        ),
        Old=(
            "Resolver",
            {
                "TypeName": "Query",
                "FieldName": "old",
                "DataSourceName": "Nothing",
                "RequestMappingTemplateS3Location": template,
                "ResponseMappingTemplateS3Location": template,
            },
        ),
    )
    stack = world.deploy(resources, ID)
    appsync, api_id = world.client("appsync"), stack.outputs["Id"]
    assert appsync.get_introspection_schema(apiId=api_id, format="SDL")["schema"].read().decode() == SCHEMA
    assert [one["code"] for one in appsync.list_functions(apiId=api_id)["functions"]] == [code]
    resolver = appsync.get_resolver(apiId=api_id, typeName="Query", fieldName="thing")["resolver"]
    assert resolver["code"] == code
    old = appsync.get_resolver(apiId=api_id, typeName="Query", fieldName="old")["resolver"]
    assert old["requestMappingTemplate"] == old["responseMappingTemplate"] == '{"version": "2018-05-29"}'


def test_s3_locations(world: World) -> None:
    check_s3_locations(world)


def test_an_s3_location_with_nothing_there_fails_the_stack(world: World) -> None:
    stack = world.deploy(
        api_with(world, Schema=("GraphQLSchema", {"DefinitionS3Location": "s3://artefacts/nothing"}))
    )
    assert stack.status == "ROLLBACK_COMPLETE"
    message = "AWS::AppSync::GraphQLSchema DefinitionS3Location: there is no object at s3://artefacts/nothing"
    assert message in stack.reasons()[-1]


def test_updates_happen_in_place(world: World) -> None:
    thing = {
        "TypeName": "Query",
        "FieldName": "thing",
        "DataSourceName": "Nothing",
        "Runtime": JS,
        "Code": "one",
    }
    resources = api_with(world, Schema=("GraphQLSchema", {"Definition": SCHEMA}), Thing=("Resolver", thing))
    stack = world.deploy(resources, ID)
    before = stack.physical_ids()
    appsync, api_id = world.client("appsync"), stack.outputs["Id"]
    resources["Thing"]["Properties"]["Code"] = "two"
    resources["Nothing"]["Properties"]["Description"] = "still nothing"
    resources["Schema"]["Properties"]["Definition"] = SCHEMA + "# changed\n"
    updated = world.deploy(resources, stack=stack.name)
    assert updated.status == "UPDATE_COMPLETE"
    assert updated.physical_ids() == before
    assert (
        appsync.get_resolver(apiId=api_id, typeName="Query", fieldName="thing")["resolver"]["code"] == "two"
    )
    [source] = appsync.list_data_sources(apiId=api_id)["dataSources"]
    assert source["description"] == "still nothing"
    assert b"# changed" in appsync.get_introspection_schema(apiId=api_id, format="SDL")["schema"].read()


def test_everything_else_reads_back(world: World) -> None:
    resources = api_with(
        world,
        Http=(
            "DataSource",
            {
                "Name": "Http",
                "Type": "HTTP",
                "ServiceRoleArn": "arn:aws:iam::000000000000:role/any",
                "HttpConfig": {
                    "Endpoint": "https://states.us-east-1.amazonaws.com/",
                    "AuthorizationConfig": {
                        "AuthorizationType": "AWS_IAM",
                        "AwsIamConfig": {"SigningRegion": "us-east-1", "SigningServiceName": "states"},
                    },
                },
            },
        ),
        Table=(
            "DataSource",
            {
                "Name": "Table",
                "Type": "AMAZON_DYNAMODB",
                "DynamoDBConfig": {"TableName": "orders", "AwsRegion": "us-east-1"},
            },
        ),
        Worker=(
            "DataSource",
            {
                "Name": "Worker",
                "Type": "AWS_LAMBDA",
                "LambdaConfig": {"LambdaFunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:w"},
            },
        ),
    )
    resources["Api"]["Properties"] |= {
        "AuthenticationType": "AMAZON_COGNITO_USER_POOLS",
        "UserPoolConfig": {"UserPoolId": "us-east-1_x", "AwsRegion": "us-east-1", "DefaultAction": "ALLOW"},
        "AdditionalAuthenticationProviders": [
            {"AuthenticationType": "AWS_IAM"},
            {"AuthenticationType": "API_KEY"},
        ],
        "EnvironmentVariables": {"STATE_MACHINE_ARN": "arn:x"},
        "QueryDepthLimit": 10,
    }
    stack = world.deploy(resources, ID)
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    appsync, api_id = world.client("appsync"), stack.outputs["Id"]
    api = appsync.get_graphql_api(apiId=api_id)["graphqlApi"]
    assert api["userPoolConfig"] == {
        "userPoolId": "us-east-1_x",
        "awsRegion": "us-east-1",
        "defaultAction": "ALLOW",
    }
    assert [one["authenticationType"] for one in api["additionalAuthenticationProviders"]] == [
        "AWS_IAM",
        "API_KEY",
    ]
    assert api["queryDepthLimit"] == 10
    variables = appsync.get_graphql_api_environment_variables(apiId=api_id)["environmentVariables"]
    assert variables == {"STATE_MACHINE_ARN": "arn:x"}
    sources = {one["name"]: one for one in appsync.list_data_sources(apiId=api_id)["dataSources"]}
    assert sources["Http"]["httpConfig"]["authorizationConfig"]["awsIamConfig"] == {
        "signingRegion": "us-east-1",
        "signingServiceName": "states",
    }
    assert sources["Table"]["dynamodbConfig"]["tableName"] == "orders"
    assert sources["Worker"]["lambdaConfig"]["lambdaFunctionArn"].endswith(":function:w")


def test_an_unknown_function_is_not_found(world: World) -> None:
    api_id = world.client("appsync").create_graphql_api(name="x", authenticationType="API_KEY")["graphqlApi"][
        "apiId"
    ]
    with pytest.raises(ClientError) as refused:
        world.client("appsync").get_function(apiId=api_id, functionId="none")
    assert refused.value.response["Error"]["Code"] == "NotFoundException"
