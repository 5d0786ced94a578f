"""AppSync: schema, functions, resolvers and data sources read back as declared."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.engine.appsync_stack import ID, JS, SCHEMA, api_with
from tests.engine.world import World


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


def test_template_function_is_created_and_updated(world: World) -> None:
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
    assert [function["code"] for function in appsync.list_functions(apiId=api_id)["functions"]] == [code]
    resolver = appsync.get_resolver(apiId=api_id, typeName="Query", fieldName="thing")["resolver"]
    assert resolver["code"] == code
    old = appsync.get_resolver(apiId=api_id, typeName="Query", fieldName="old")["resolver"]
    assert old["requestMappingTemplate"] == old["responseMappingTemplate"] == '{"version": "2018-05-29"}'


def test_s3_locations_of_schema_and_code_are_read(world: World) -> None:
    check_s3_locations(world)


def test_s3_location_without_an_object_fails_the_stack(world: World) -> None:
    stack = world.deploy(
        api_with(world, Schema=("GraphQLSchema", {"DefinitionS3Location": "s3://artefacts/nothing"}))
    )
    assert stack.status == "ROLLBACK_COMPLETE"
    message = "AWS::AppSync::GraphQLSchema DefinitionS3Location: there is no object at s3://artefacts/nothing"
    assert message in stack.reasons()[-1]


def test_resolver_updates_happen_in_place(world: World) -> None:
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


def test_other_properties_read_back(world: World) -> None:
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
    assert [provider["authenticationType"] for provider in api["additionalAuthenticationProviders"]] == [
        "AWS_IAM",
        "API_KEY",
    ]
    assert api["queryDepthLimit"] == 10
    variables = appsync.get_graphql_api_environment_variables(apiId=api_id)["environmentVariables"]
    assert variables == {"STATE_MACHINE_ARN": "arn:x"}
    sources = {
        data_source["name"]: data_source
        for data_source in appsync.list_data_sources(apiId=api_id)["dataSources"]
    }
    assert sources["Http"]["httpConfig"]["authorizationConfig"]["awsIamConfig"] == {
        "signingRegion": "us-east-1",
        "signingServiceName": "states",
    }
    assert sources["Table"]["dynamodbConfig"]["tableName"] == "orders"
    assert sources["Worker"]["lambdaConfig"]["lambdaFunctionArn"].endswith(":function:w")


def test_unknown_function_is_not_found(world: World) -> None:
    api_id = world.client("appsync").create_graphql_api(name="x", authenticationType="API_KEY")["graphqlApi"][
        "apiId"
    ]
    with pytest.raises(ClientError) as refused:
        world.client("appsync").get_function(apiId=api_id, functionId="none")
    assert refused.value.response["Error"]["Code"] == "NotFoundException"
