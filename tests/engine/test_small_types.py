"""CloudFormation: small types that other services' work is done for, and types without effect."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from localcloud.contracts.accepted_types import ACCEPTED
from tests.engine.world import ACCOUNT, World

SDL = "type Query { order: Order } type Order { id: ID }"
ADDED = 'type Parcel { "Where it is." place: String }'


def test_schema_gains_and_loses_a_type(world: World) -> None:
    appsync, cloudformation = world.client("appsync"), world.client("cloudformation")
    api: dict[str, Any] = {
        "Type": "AWS::AppSync::GraphQLApi",
        "Properties": {"Name": world.name("api"), "AuthenticationType": "API_KEY"},
    }
    of_api = {"ApiId": {"Fn::GetAtt": ["Api", "ApiId"]}}
    schema = {"Type": "AWS::AppSync::GraphQLSchema", "Properties": {**of_api, "Definition": SDL}}
    # Before the schema, as nothing says which of the two comes first.
    added = {"Type": "AWS::AppSync::Type", "Properties": {**of_api, "Definition": ADDED, "Format": "SDL"}}
    resources = {"Api": api, "Added": added, "Schema": {**schema, "DependsOn": "Added"}}
    stack = world.deploy(resources)
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    identifier = stack.physical_ids()["Api"].rpartition("/")[2]

    def sdl() -> str:
        blob = appsync.get_introspection_schema(apiId=identifier, format="SDL")["schema"]
        return str(blob.read().decode())

    assert SDL in sdl()
    assert ADDED in sdl()
    change = {
        "StackName": stack.name,
        "TemplateBody": json.dumps({"Resources": {"Api": api, "Schema": schema}}),
    }
    cloudformation.update_stack(**change)
    cloudformation.get_waiter("stack_update_complete").wait(
        StackName=stack.name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    assert sdl().strip() == SDL


def test_template_policy_and_user_are_created_alone(world: World) -> None:
    iam, cognito = world.client("iam"), world.client("cognito-idp")
    trust = {"Version": "2012-10-17", "Statement": []}
    permitted = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    pool = {"UserPoolId": {"Ref": "Pool"}}
    stack = world.deploy(
        {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}},
            "Policy": {
                "Type": "AWS::IAM::RolePolicy",
                "Properties": {"RoleName": {"Ref": "Role"}, "PolicyName": "p", "PolicyDocument": permitted},
            },
            "Pool": {"Type": "AWS::Cognito::UserPool"},
            "User": {"Type": "AWS::Cognito::UserPoolUser", "Properties": {**pool, "Username": "ann"}},
            "Staff": {"Type": "AWS::Cognito::UserPoolGroup", "Properties": {**pool, "GroupName": "staff"}},
            "Member": {
                "Type": "AWS::Cognito::UserPoolUserToGroupAttachment",
                "Properties": {**pool, "GroupName": {"Ref": "Staff"}, "Username": {"Ref": "User"}},
            },
        }
    )
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    names = stack.physical_ids()
    assert iam.get_role_policy(RoleName=names["Role"], PolicyName="p")["PolicyDocument"] == permitted
    [member] = cognito.list_users_in_group(UserPoolId=names["Pool"], GroupName="staff")["Users"]
    assert member["Username"] == "ann"
    stack.delete()


@pytest.mark.parametrize(
    "kind", ["AWS::Route53::HealthCheck", "AWS::EC2::NatGateway", "AWS::ApplicationInsights::Application"]
)
def test_type_without_effect_is_accepted_with_every_attribute(world: World, kind: str) -> None:
    assert kind in ACCEPTED
    read = {"Fn::Join": ["", [{"Fn::GetAtt": ["Odd", "Whatever"]}, {"Fn::GetAtt": ["Odd", "Arn"]}]]}
    stack = world.deploy(
        {
            "Odd": {"Type": kind, "Properties": {"Any": {"Thing": 1}}},
            "Queue": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": read}},
        }
    )
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    stack.delete()


def test_stand_ins_have_identifiers_and_attributes_of_awss_form(world: World) -> None:
    stack = world.deploy(
        {
            "Graph": {"Type": "AWS::Neptune::DBCluster"},
            "Secret": {"Type": "AWS::SecretsManager::Secret"},
            "Attached": {
                "Type": "AWS::SecretsManager::SecretTargetAttachment",
                "Properties": {"SecretId": {"Ref": "Secret"}, "TargetId": {"Ref": "Graph"}},
            },
            "Balancer": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer"},
            "Where": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {"Type": "String", "Value": {"Fn::GetAtt": ["Graph", "Endpoint"]}},
            },
        }
    )
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    names = stack.physical_ids()
    assert names["Attached"] == names["Secret"]
    assert names["Balancer"].startswith(f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:loadbalancer/app/")
    value = world.client("ssm").get_parameter(Name=names["Where"])["Parameter"]["Value"]
    with pytest.raises(ClientError, match=r"stand-ins: Graph \(AWS::Neptune::DBCluster\)"):
        world.client("neptune").describe_db_clusters()
    assert value == f"{names['Graph']}.stand-in.us-east-1.neptune.amazonaws.com"
    stack.delete()


@pytest.mark.parametrize(
    ("service", "operation", "name"),
    [
        ("eventbridgev2", "list_event_buses", "EventBridge V2"),
        ("lambda-microvms", "list_microvms", "Lambda MicroVMs"),
        ("lambda", "list_capacity_providers", "capacity providers"),
        # Each speaks another protocol: query, JSON, REST, CBOR; MiniStack has no comprehend.
        ("rds", "describe_db_clusters", "serve rds: there is no database server here"),
        ("ecs", "list_clusters", "serve ecs: no containers run here"),
        ("es", "list_domain_names", "serve es: there is no search engine here"),
        ("codebuild", "list_builds", "serve codebuild: nothing is built here"),
        ("comprehend", "list_endpoints", "does not serve comprehend"),
    ],
)
def test_missing_service_refuses_in_its_own_protocol(
    world: World, service: Any, operation: str, name: str
) -> None:
    client = boto3.client(
        service,
        endpoint_url=world.endpoint,
        region_name="us-east-1",
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="x",
    )
    with pytest.raises(ClientError, match=name) as refused:
        getattr(client, operation)()
    assert refused.value.response["Error"]["Code"] == "UnknownOperationException"


def test_unknown_service_is_refused(world: World) -> None:
    scope = f"Credential={ACCOUNT}/20261129/us-east-1/nobodys/aws4_request"
    signed = {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"}
    status, answer = world.send("POST", "/", b"{}", signed)
    assert (status, json.loads(answer)["message"]) == (400, "the local cloud does not serve nobodys")
