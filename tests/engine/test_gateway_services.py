"""REST APIs in front of the engine's services: what a template says is sent, done and answered."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from localcloud.appsync.gateway_templates import GatewayTemplates
from localcloud.aws import Credentials, EngineAddress
from localcloud.functions import FunctionNotFound, InvokeResult
from localcloud.gateway.loader import ApiLoader
from localcloud.gateway.service import GatewayService
from tests.engine.world import ACCOUNT, REGION, World, wait_until

ARN = "arn:aws:apigateway:${AWS::Region}:"
HEADER = "integration.request.header."
FORM = {f"{HEADER}Content-Type": "'application/x-www-form-urlencoded'"}
BODY = "$util.escapeJavaScript($input.json('$')).replaceAll(\"\\\\'\", \"'\")"
SHAPE: dict[str, tuple[str, dict[str, Any]]] = {
    "put": (
        "dynamodb:action/PutItem",
        {
            "template": '{"TableName": "${Table}", "Item": {"id": {"S": "$context.requestId"}, '
            '"n": {"S": "$input.path(\'$.n\')"}}}'
        },
    ),
    "scan": (
        "dynamodb:action/Scan",
        {
            "template": '{"TableName": "${Table}"}',
            "response": "[#foreach($item in $input.path('$.Items'))\"$item.n.S\"#if($foreach.hasNext),#end"
            "#end]",
        },
    ),
    "queue": (
        "sqs:path/${AWS::AccountId}/${Queue.QueueName}",
        {
            "parameters": FORM,
            "template": "Action=SendMessage&MessageBody=$util.urlEncode($input.body)",
            "response": '{"id": $input.json("$.SendMessageResponse.SendMessageResult.MessageId")}',
        },
    ),
    "queue-json": (
        "sqs:path/${AWS::AccountId}/${Queue.QueueName}",
        {
            "parameters": {
                f"{HEADER}Content-Type": "'application/x-amz-json-1.0'",
                f"{HEADER}X-Amz-Target": "'AmazonSQS.SendMessage'",
            },
            "template": '{"QueueUrl": "${Queue}", "MessageBody": "' + BODY + '"}',
            "response": '{"id": $input.json("$.MessageId")}',
        },
    ),
    "publish": (
        "sns:action/Publish",
        {
            "parameters": {
                "integration.request.querystring.TopicArn": "stageVariables.topic",
                "integration.request.querystring.Message": "method.request.body.n",
            },
            "response": '{"id": $input.json("$.PublishResponse.PublishResult.MessageId")}',
        },
    ),
    "start": (
        "states:action/StartExecution",
        {
            "template": '{"stateMachineArn": "${Machine}", "input": "' + BODY + '"}',
            "response": "$input.json('$.executionArn')",
        },
    ),
    "sync": (
        "states:action/StartSyncExecution",
        {
            "template": '{"stateMachineArn": "${Express}", "input": "' + BODY + '"}',
            "response": "$input.path('$.output')",
        },
    ),
    "event": (
        "events:action/PutEvents",
        {
            "template": '{"Entries": [{"Source": "mine", "DetailType": "t", "Detail": "' + BODY + '"}]}',
            "response": "$input.json('$.FailedEntryCount')",
        },
    ),
    "record": (
        "kinesis:action/PutRecord",
        {
            "template": '{"StreamName": "${Stream}", "Data": "$util.base64Encode($input.body)", '
            '"PartitionKey": "a"}',
            "response": "$input.json('$.ShardId')",
        },
    ),
    "object": (
        "s3:path/${Bucket}/{key}",
        {"method": "PUT", "parameters": {"integration.request.path.key": "method.request.querystring.key"}},
    ),
}
PASS = {"StartAt": "End", "States": {"End": {"Type": "Pass", "End": True}}}


def method(name: str) -> dict[str, Any]:
    action, shape = SHAPE[name]
    declared = {
        source: True for source in shape.get("parameters", {}).values() if source.startswith("method.")
    }
    response = shape.get("response")
    integration = {
        "Type": "AWS",
        "IntegrationHttpMethod": shape.get("method", "POST"),
        "Uri": {"Fn::Sub": ARN + action},
        "Credentials": {"Fn::GetAtt": "Role.Arn"},
        "RequestParameters": shape.get("parameters", {}),
        "RequestTemplates": {"application/json": {"Fn::Sub": shape["template"]}}
        if "template" in shape
        else {},
        "IntegrationResponses": [
            {"StatusCode": "400", "SelectionPattern": "4\\d{2}"},
            {"StatusCode": "200", "ResponseTemplates": {"application/json": response} if response else {}},
        ],
    }
    place = {
        "RestApiId": {"Ref": "Api"},
        "ResourceId": {"Ref": f"R{name.replace('-', '')}"},
        "HttpMethod": "POST",
    }
    return {
        "Type": "AWS::ApiGateway::Method",
        "Properties": {
            **place,
            "AuthorizationType": "NONE",
            "Integration": integration,
            "RequestParameters": declared,
        },
    }


def resources() -> dict[str, Any]:
    assume = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "apigateway.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ]
    }
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": assume}}
    machine = {"RoleArn": {"Fn::GetAtt": "Role.Arn"}, "DefinitionString": json.dumps(PASS)}
    table = {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    }
    declared: dict[str, Any] = {
        "Role": role,
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": table},
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "Stream": {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 1}},
        "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine},
        "Express": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {**machine, "StateMachineType": "EXPRESS"},
        },
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "direct"}},
    }
    names = {name: name.replace("-", "") for name in SHAPE}
    for name, plain in names.items():
        parent = {
            "RestApiId": {"Ref": "Api"},
            "ParentId": {"Fn::GetAtt": "Api.RootResourceId"},
            "PathPart": name,
        }
        declared[f"R{plain}"] = {"Type": "AWS::ApiGateway::Resource", "Properties": parent}
        declared[f"M{plain}"] = method(name)
    log = {
        "DestinationArn": {"Fn::GetAtt": "Log.Arn"},
        "Format": "$context.resourcePath $context.status $context.none",
    }
    stage = {"RestApiId": {"Ref": "Api"}, "StageName": "live", "DeploymentId": {"Ref": "Deployment"}}
    stage |= {"Variables": {"topic": {"Ref": "Topic"}}, "AccessLogSetting": log}
    return declared | {
        "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "direct-access"}},
        "Deployment": {
            "Type": "AWS::ApiGateway::Deployment",
            "Properties": {"RestApiId": {"Ref": "Api"}},
            "DependsOn": [f"M{plain}" for plain in names.values()],
        },
        "Live": {"Type": "AWS::ApiGateway::Stage", "Properties": stage},
    }


async def no_function(function: str, payload: bytes, *, limit: float | None = None) -> InvokeResult:
    raise FunctionNotFound(function)


@asynccontextmanager
async def serving(world: World, api_id: str) -> AsyncIterator[str]:
    engine = EngineAddress(world.endpoint, REGION, ACCOUNT, Credentials(ACCOUNT, "secret"))
    gateway = GatewayService(engine, no_function, ApiLoader(engine), render=GatewayTemplates())
    await gateway.start()
    try:
        yield next(address.url for address in await gateway.load_all() if address.id == api_id)
    finally:
        await gateway.stop()


@pytest.mark.slow
async def test_each_service_integration_does_what_its_template_says(world: World) -> None:
    outputs = {name: {"Ref": name} for name in ("Api", "Table", "Queue", "Bucket", "Machine", "Stream")}
    stack = world.deploy(resources(), outputs)
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    body = {"n": 'it\'s "7"'}
    answers: dict[str, Any] = {}
    async with serving(world, stack.outputs["Api"]) as url, aiohttp.ClientSession() as session:
        for name in SHAPE:
            sent = {"n": "7"} if name == "put" else body
            async with session.post(f"{url}/{name}?key=a%2Fb.json", json=sent) as answer:
                text = await answer.text()
                assert answer.status == 200, (name, text)
                answers[name] = json.loads(text) if text else None
    assert (answers["put"], answers["scan"]) == ({}, ["7"])
    sqs = world.client("sqs")
    received = wait_until(
        lambda: sqs.receive_message(QueueUrl=stack.outputs["Queue"], MaxNumberOfMessages=10).get("Messages")
    )
    received += sqs.receive_message(QueueUrl=stack.outputs["Queue"], MaxNumberOfMessages=10).get(
        "Messages", []
    )
    assert {message["MessageId"] for message in received} == {
        answers["queue"]["id"],
        answers["queue-json"]["id"],
    }
    assert [json.loads(message["Body"]) for message in received] == [body, body]
    assert answers["publish"]["id"]
    states = world.client("stepfunctions")
    assert json.loads(states.describe_execution(executionArn=answers["start"])["input"]) == body
    assert answers["sync"] == body
    assert answers["event"] == 0
    assert answers["record"] == "shardId-000000000000"
    stored = world.client("s3").get_object(Bucket=stack.outputs["Bucket"], Key="a/b.json")
    assert json.loads(stored["Body"].read()) == body
    logs = world.client("logs").get_log_events(logGroupName="direct-access", logStreamName="access")
    assert {event["message"] for event in logs["events"]} == {f"/{name} 200 -" for name in SHAPE}
    stack.delete()
