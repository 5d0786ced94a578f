"""Durable functions in templates: who may invoke them how, and whether they may checkpoint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from localcloud.check.positions import Positions
from localcloud.check.rules.support import check_support, unserved_resources
from tests.check.templates import findings_of, ref

ALLOWED = ["lambda:CheckpointDurableExecution", "lambda:GetDurable*"]


def template(
    config: dict[str, Any] | None = None, actions: list[str] | None = None, **more: Any
) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": ALLOWED if actions is None else actions, "Resource": "*"}
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}
    function = {
        "Runtime": "python3.13",
        "Handler": "a.b",
        "Role": ref("Role", "Arn"),
        "Code": {"ZipFile": "x"},
        "DurableConfig": {"ExecutionTimeout": 600} if config is None else config,
    }
    return {
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {"AssumeRolePolicyDocument": {}, "Policies": [policy]},
            },
            "Work": {"Type": "AWS::Lambda::Function", "Properties": function},
            "Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Work"}}},
            "Queue": {"Type": "AWS::SQS::Queue"},
            **more,
        }
    }


def mapping(function: Any) -> dict[str, Any]:
    values = {"FunctionName": function, "EventSourceArn": ref("Queue", "Arn")}
    return {"Type": "AWS::Lambda::EventSourceMapping", "Properties": values}


def durable(tmp_path: Path, document: dict[str, Any]) -> list[str]:
    return [line for line in map(str, findings_of(tmp_path, document)) if "durable-function" in line]


def test_valid_durable_function_is_no_finding(tmp_path: Path) -> None:
    assert durable(tmp_path, template(Map=mapping({"Ref": "Version"}))) == []


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (template({"ExecutionTimeout": 0}), "ExecutionTimeout is 0"),
        (template({"RetentionPeriodInDays": 91}), "RetentionPeriodInDays is 91"),
        (template(actions=["lambda:CheckpointDurableExecution"]), "does not allow"),
        (template(Map=mapping(ref("Work", "Arn"))), "unqualified ARN"),
        (template({"ExecutionTimeout": 901}, Map=mapping({"Ref": "Version"})), "waits longer than 900"),
        (
            template(
                Url={"Type": "AWS::Lambda::Url", "Properties": {"TargetFunctionArn": ref("Work", "Arn")}}
            ),
            "unqualified ARN",
        ),
        (
            template(
                Rule={
                    "Type": "AWS::Events::Rule",
                    "Properties": {
                        "EventPattern": {"source": ["a"]},
                        "Targets": [{"Id": "a", "Arn": ref("Work", "Arn")}],
                    },
                }
            ),
            "unqualified ARN",
        ),
    ],
)
def test_durable_function_refused_by_aws_is_an_error(
    tmp_path: Path, document: dict[str, Any], words: str
) -> None:
    (line,) = durable(tmp_path, document)
    assert words in line


def resource(kind: str, **values: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": values}


def machine(function: Any, **arguments: Any) -> dict[str, Any]:
    parameters = {"FunctionName": function, **arguments}
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": parameters,
        "End": True,
    }
    return {"StartAt": "A", "States": {"A": task}}


def callers(arn: Any, qualifier: str = "") -> dict[str, Any]:
    """Return one of each kind of resource that invokes a function, whose ARN is put together somehow."""
    prefix = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
    uri = {"Fn::Sub": f"{prefix}${{Work.Arn}}{qualifier}/invocations"}
    text = json.dumps(machine("@")).replace("@", f"${{Work.Arn}}{qualifier}")
    joined = ["", ['{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"', arn, '","End":true}}}']]
    substituted = {"DefinitionString": json.dumps(machine("${F}")), "DefinitionSubstitutions": {"F": arn}}
    function = {"Fn::Sub": f"arn:aws:lambda:us-east-1:000000000000:function:${{Work}}{qualifier}"}
    rule = {"Sql": "SELECT * FROM 'a'", "Actions": [{"Lambda": {"FunctionArn": arn}}]}
    authorizer = {"AuthorizerUri": arn}
    return {
        "AppSync": resource(
            "AppSync::DataSource", Type="AWS_LAMBDA", LambdaConfig={"LambdaFunctionArn": arn}
        ),
        "Authorizer": resource("AppSync::GraphQLApi", LambdaAuthorizerConfig=authorizer),
        "Mapping": mapping(function),
        "Stream": resource("Lambda::EventSourceMapping", FunctionName=arn, StartingPosition="LATEST"),
        "Object": resource("StepFunctions::StateMachine", Definition=machine(arn)),
        "Text": resource("StepFunctions::StateMachine", DefinitionString={"Fn::Sub": text}),
        "Joined": resource("StepFunctions::StateMachine", DefinitionString={"Fn::Join": joined}),
        "Put": resource("StepFunctions::StateMachine", **substituted),
        "Rest": resource("ApiGateway::Method", Integration={"Type": "AWS_PROXY", "Uri": uri}),
        "Http": resource("ApiGatewayV2::Integration", IntegrationType="AWS_PROXY", IntegrationUri=uri),
        "Topic": resource("SNS::Subscription", Protocol="lambda", Endpoint=arn),
        "Schedule": resource("Scheduler::Schedule", Target={"Arn": arn}),
        "Chain": resource("Lambda::EventInvokeConfig", DestinationConfig={"OnSuccess": {"Destination": arn}}),
        "Iot": resource("IoT::TopicRule", TopicRulePayload=rule),
    }


def named(lines: list[str]) -> set[str]:
    """Return the resources that findings are about."""
    return {line.split(": ")[2] for line in lines}


def test_every_caller_by_an_unqualified_arn_is_a_finding(tmp_path: Path) -> None:
    unqualified = callers(ref("Work", "Arn"))
    lines = [line for line in durable(tmp_path, template(**unqualified)) if "unqualified" in line]
    assert named(lines) == set(unqualified)


def test_caller_by_a_version_or_an_alias_is_no_finding(tmp_path: Path) -> None:
    permission = resource(
        "Lambda::Permission", FunctionName=ref("Work", "Arn"), Action="lambda:InvokeFunction"
    )
    qualified = callers({"Fn::Sub": "${Work.Arn}:live"}, ":live")
    assert durable(tmp_path, template(**qualified, Permission=permission)) == []


def test_waiting_caller_is_an_error_when_the_execution_may_take_longer(tmp_path: Path) -> None:
    asynchronous = resource(
        "StepFunctions::StateMachine",
        Definition=machine({"Fn::Sub": "${Work.Arn}:live"}, InvocationType="Event"),
    )
    everyone = callers({"Fn::Sub": "${Work.Arn}:live"}, ":live")
    document = template({"ExecutionTimeout": 901}, **everyone, Asynchronous=asynchronous)
    waiting = {"Mapping", "Stream", "Object", "Text", "Joined", "Put", "Rest", "Http"}
    assert named(durable(tmp_path, document)) == waiting


def test_key_that_encrypts_nothing_is_a_note(tmp_path: Path) -> None:
    document = template({"ExecutionTimeout": 9, "KMSKeyArn": "arn:aws:kms:a:1:key/k"})
    assert any("encrypts nothing" in line for line in findings_of(tmp_path, document, notes=True))


def test_function_with_tenants_starts_and_check_warns(tmp_path: Path) -> None:
    properties: dict[str, Any] = {"TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}}
    document: Any = {"Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": properties}}}
    assert list(unserved_resources(document)) == []
    path = tmp_path / "template.json"
    path.write_text(json.dumps(document))
    lines = [str(finding.message) for finding in check_support(document, Positions(path))]
    assert lines == [
        "AWS::Serverless::Function: its tenants share environments here: TenancyConfig is not served"
    ]
