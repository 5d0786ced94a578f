"""Rules of EventBridge in templates: refused ones, unserved targets, missing permissions, pipes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localcloud.contracts.supported import SERVED_TARGETS
from localcloud.deliveries.facade import SERVED_TARGETS as DELIVERED_TO
from localcloud.stack.support import unsupported
from localcloud.stack.template import Json
from tests.check.templates import findings_of, ref

QUEUE = {"Type": "AWS::SQS::Queue"}
LITERAL = "arn:aws:sqs:us-east-1:000000000000:orders"
ROLE = "arn:aws:iam::000000000000:role/any"


def target(arn: Any = LITERAL, **members: Any) -> dict[str, Any]:
    return {"Id": "t", "Arn": arn, **members}


def rule(*targets: dict[str, Any], **values: Any) -> dict[str, Any]:
    pattern = {} if "ScheduleExpression" in values else {"EventPattern": {"source": ["shop"]}}
    return {"Type": "AWS::Events::Rule", "Properties": {**pattern, "Targets": list(targets), **values}}


def policy(kind: str, name: str, **values: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}}
    return {"Type": kind, "Properties": {name: [{"Ref": "Q"}], "PolicyDocument": [statement], **values}}


def template(events_rule: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {"Resources": {"R": events_rule, **others}}


@pytest.mark.parametrize(
    "events_rule",
    [
        rule(target()),
        rule(target({"Fn::Sub": "arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-bus/a"})),
        rule(target({"Fn::GetAtt": ["Bus", "Arn"]}), EventBusName={"Ref": "Bus"}),
        rule(target({"Ref": "Somewhere"})),
        rule(target(), ScheduleExpression="rate(5 minutes)"),
        rule(target(), State={"Ref": "Somewhere"}),
        rule(target(), ScheduleExpression={"Fn::Sub": "rate(${Somewhere} minutes)"}),
        rule(target(RetryPolicy={"MaximumRetryAttempts": {"Ref": "Somewhere"}})),
        rule(target(RetryPolicy={"Fn::If": ["Yes", {"MaximumRetryAttempts": 1}, {"Ref": "AWS::NoValue"}]})),
        rule(target(), EventPattern={"Fn::Sub": '{"source": ["${AWS::Region}"]}'}),
        rule(
            target(), EventPattern={"source": [{"Ref": "Somewhere"}], "detail": {"n": {"Ref": "Somewhere"}}}
        ),
        rule(target(), EventPattern={"$or": [{"id": [{"anything-but": {"prefix": "a"}}]}, {"time": [None]}]}),
        rule(target(Input={"Fn::Sub": '{"a": "${AWS::Region}"}'})),
        rule({"Fn::If": ["Yes", target(), {"Ref": "AWS::NoValue"}]}),
        rule(target(InputTransformer={"InputPathsMap": {"a": "$.detail.a"}, "InputTemplate": '{"a": <a>}'})),
    ],
)
def test_valid_rule_is_no_finding(tmp_path: Path, events_rule: dict[str, Any]) -> None:
    document = template(events_rule, Bus={"Type": "AWS::Events::EventBus", "Properties": {"Name": "b"}})
    document["Parameters"] = {"Somewhere": {"Type": "String"}}
    document["Conditions"] = {"Yes": {"Fn::Equals": ["a", "a"]}}
    assert findings_of(tmp_path, document) == []


@pytest.mark.parametrize(
    ("events_rule", "message"),
    [
        (
            {"Type": "AWS::Events::Rule", "Properties": {}},
            "Parameter(s) EventPattern or ScheduleExpression must be specified.",
        ),
        (
            rule(target(), EventPattern={"detail": {"kind": "order"}}),
            'Event pattern is not valid. Reason: "kind" must be an object or an array',
        ),
        (
            rule(target(), EventPattern={"source": [{"starts": "a"}]}),
            "Event pattern is not valid. Reason: Unrecognized match type starts",
        ),
        (rule(target(), EventPattern="{"), "Event pattern is not valid. Reason: Invalid JSON"),
        (
            rule(ScheduleExpression="rate(1 minute)", EventBusName={"Ref": "Bus"}),
            "ScheduleExpression is supported only on the default event bus.",
        ),
        (rule(ScheduleExpression="rate(1 minutes)"), "Parameter ScheduleExpression is not valid."),
        (
            rule(target(RetryPolicy={"MaximumRetryAttempts": 200})),
            "1 validation error detected: Value '200' at "
            "'targets.1.member.retryPolicy.maximumRetryAttempts' failed to satisfy constraint: Member must "
            "have value less than or equal to 185",
        ),
        (rule(target(ref("Fifo", "Arn"))), "Parameter(s) SqsParameters must be specified for target: t."),
        (
            rule(target(DeadLetterConfig={"Arn": ref("Fifo", "Arn")})),
            "Parameter arn:aws:sqs:us-east-1:000000000000:x.fifo is not valid. Reason: the dead-letter queue "
            "must be a standard queue.",
        ),
        (
            rule(target(ref("Machine", "Arn"))),
            "RoleArn is required for target arn:aws:states:us-east-1:000000000000:x.",
        ),
        (
            rule(target(Input="{}", InputPath="$.detail")),
            "Only one of Input, InputPath, or InputTransformer must be provided for target t.",
        ),
        (rule(*[target() | {"Id": str(n)} for n in range(6)]), "a rule has at most 5 targets, not 6"),
    ],
)
def test_rule_refused_by_eventbridge_is_an_error(
    tmp_path: Path, events_rule: dict[str, Any], message: str
) -> None:
    document = template(
        events_rule,
        Bus={"Type": "AWS::Events::EventBus", "Properties": {"Name": "b"}},
        Fifo={"Type": "AWS::SQS::Queue", "Properties": {"FifoQueue": True}},
        Machine={
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "RoleArn": ROLE,
                "DefinitionString": '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
            },
        },
    )
    errors = [line for line in findings_of(tmp_path, document) if line.startswith("error")]
    assert errors == [f"error: event-rule: R: {message}"]


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        ("arn:aws:ecs:us-east-1:000000000000:cluster/c", "ecs"),
        ({"Fn::Sub": "arn:aws:codebuild:${AWS::Region}:${AWS::AccountId}:project/p"}, "codebuild"),
        ({"Fn::GetAtt": ["Jobs", "Arn"]}, "batch"),
    ],
)
def test_unsupported_target_is_an_error_and_is_named_at_the_start(
    tmp_path: Path, arn: Any, kind: str
) -> None:
    document: dict[str, Json] = template(
        rule(target(arn, RoleArn=ROLE)), Jobs={"Type": "AWS::Batch::JobQueue"}
    )
    message = f"AWS::Events::Rule: no event is delivered to its target t ({kind})"
    assert f"warning: unserved: {message}" in findings_of(tmp_path, document)
    assert f"{message} (R)" in unsupported(document)


def test_targets_behind_conditions_are_checked(tmp_path: Path) -> None:
    arn = "arn:aws:ecs:us-east-1:000000000000:cluster/c"
    either = {"Fn::If": ["Yes", target(arn), target(RetryPolicy={"MaximumRetryAttempts": 200})]}
    document = template(rule(either))
    document["Conditions"] = {"Yes": {"Fn::Equals": ["a", "a"]}}
    rules = [line.split(": ")[1] for line in findings_of(tmp_path, document)]
    assert sorted(rules) == ["event-rule", "unserved"]


def test_check_and_deliveries_agree_on_supported_targets() -> None:
    assert SERVED_TARGETS == DELIVERED_TO


def test_endpoint_on_another_machine_is_named(tmp_path: Path) -> None:
    destination: dict[str, Json] = {
        "Type": "AWS::Events::ApiDestination",
        "Properties": {
            "ConnectionArn": "arn:aws:events:us-east-1:000000000000:connection/c",
            "HttpMethod": "POST",
            "InvocationEndpoint": "https://hooks.example.com/x",
        },
    }
    where = "nothing is delivered to hooks.example.com, which is not on this machine"
    document: dict[str, Json] = {"Resources": {"D": destination}}
    assert findings_of(tmp_path, document) == [f"warning: undelivered: AWS::Events::ApiDestination: {where}"]
    assert unsupported(document) == [f"AWS::Events::ApiDestination: {where} (D)"]


def test_queue_without_a_policy_for_eventbridge_is_a_warning(tmp_path: Path) -> None:
    events_rule = rule(target(ref("Q", "Arn"), DeadLetterConfig={"Arn": ref("D", "Arn")}))
    lines = findings_of(tmp_path, template(events_rule, Q=QUEUE, D=QUEUE))
    assert [line.partition(": on AWS")[0] for line in lines] == [
        "warning: event-forbidden: R: no AWS::SQS::QueuePolicy lets events.amazonaws.com use D",
        "warning: event-forbidden: R: no AWS::SQS::QueuePolicy lets events.amazonaws.com use Q",
    ]
    allowed = policy("AWS::SQS::QueuePolicy", "Queues")
    allowed["Properties"]["Queues"].append({"Ref": "D"})
    assert findings_of(tmp_path, template(events_rule, Q=QUEUE, D=QUEUE, P=allowed)) == []


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (
            {"Source": "arn:aws:kafka:us-east-1:000000000000:cluster/c/1"},
            "nothing is read from its source (kafka)",
        ),
        (
            {"Target": "arn:aws:ecs:us-east-1:000000000000:cluster/c"},
            "nothing is delivered to its target (ecs)",
        ),
        (
            {"Enrichment": "arn:aws:ecs:us-east-1:000000000000:cluster/c"},
            "nothing is enriched by (ecs)",
        ),
    ],
)
def test_unsupported_pipe_is_an_error(tmp_path: Path, values: dict[str, Any], problem: str) -> None:
    served = {
        "RoleArn": ROLE,
        "Source": "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/s",
        "Target": "arn:aws:sns:us-east-1:000000000000:t",
    }
    pipe: dict[str, Json] = {"Type": "AWS::Pipes::Pipe", "Properties": {**served, **values}}
    document: dict[str, Json] = {"Resources": {"P": pipe}}
    assert f"error: unserved: AWS::Pipes::Pipe: {problem}" in findings_of(tmp_path, document)
    assert f"AWS::Pipes::Pipe: {problem} (P)" in unsupported(document)


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        (
            "Schedule",
            {"Schedule": "rate(0 minutes)"},
            "Sam: Tick: Parameter ScheduleExpression is not valid.",
        ),
        (
            "EventBridgeRule",
            {"Pattern": {"source": ["shop"]}, "RetryPolicy": {"MaximumEventAgeInSeconds": 5}},
            "'targets.1.member.retryPolicy.maximumEventAgeInSeconds' failed to satisfy",
        ),
        (
            "Schedule",
            {"Schedule": "rate(1 minute)", "DeadLetterConfig": {"Arn": f"{LITERAL}.fifo"}},
            "the dead-letter queue must be a standard queue.",
        ),
    ],
)
@pytest.mark.parametrize("owner", ["Function", "StateMachine"])
def test_sam_event_refused_by_eventbridge_is_an_error(
    tmp_path: Path, owner: str, kind: str, values: dict[str, Any], message: str
) -> None:
    events = {"Tick": {"Type": kind, "Properties": values}, "Other": {"Type": "Api"}}
    resource = {"Type": f"AWS::Serverless::{owner}", "Properties": {"Events": events}}
    document = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Sam": resource}}
    (line,) = [line for line in findings_of(tmp_path, document) if "event-rule" in line]
    assert message in line


def test_sam_event_with_its_own_dead_letter_queue_is_no_finding(tmp_path: Path) -> None:
    values = {"Pattern": {"source": ["shop"]}, "DeadLetterConfig": {"Type": "SQS", "QueueLogicalId": "Dead"}}
    resource = {
        "Type": "AWS::Serverless::Function",
        "Properties": {"Events": {"Shop": {"Type": "EventBridgeRule", "Properties": values}}},
    }
    document = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Sam": resource}}
    assert [line for line in findings_of(tmp_path, document) if "event-rule" in line] == []


def test_universal_target_of_a_schedule_is_an_error(tmp_path: Path) -> None:
    values: Json = {"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"}}
    document: dict[str, Json] = {
        "Resources": {"S": {"Type": "AWS::Scheduler::Schedule", "Properties": values}}
    }
    problem = "AWS::Scheduler::Schedule: its target is not invoked (scheduler)"
    assert f"error: unserved: {problem}" in findings_of(tmp_path, document)
    assert f"{problem} (S)" in unsupported(document)
