"""Durable functions in templates: who may invoke them how, and whether they may checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.check.templates import found, ref

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
    return [line for line in map(str, found(tmp_path, document)) if "durable-function" in line]


def test_durable_function_is_not_mentioned_when_all_is_right(tmp_path: Path) -> None:
    assert durable(tmp_path, template(Map=mapping({"Ref": "Version"}))) == []


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (template({"ExecutionTimeout": 0}), "ExecutionTimeout is 0"),
        (template({"RetentionPeriodInDays": 91}), "RetentionPeriodInDays is 91"),
        (template(actions=["lambda:CheckpointDurableExecution"]), "does not allow"),
        (template(Map=mapping(ref("Work", "Arn"))), "unqualified ARN"),
        (template({"ExecutionTimeout": 901}, Map=mapping({"Ref": "Version"})), "waits for 900"),
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
def test_durable_function_is_an_error_when_aws_refuses_it(
    tmp_path: Path, document: dict[str, Any], words: str
) -> None:
    (line,) = durable(tmp_path, document)
    assert words in line
