"""EventBridge's operations: what is refused, and in which words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.event_rules import ROLE, Mailbox, Rules
from tests.engine.world import ACCOUNT, World

VALID: dict[str, Any] = {"Source": "shop", "DetailType": "Ordered", "Detail": "{}"}


def refusal(world: World, operation: str, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        getattr(world.client("events"), operation)(**request)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize(
    ("members", "code", "message"),
    [
        ({"Detail": "no JSON"}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": "[1]"}, "MalformedDetail", "Detail is malformed."),
        ({"Source": "aws.ec2"}, "NotAuthorizedForSourceException", "Not authorized for the source."),
        (
            {"Source": ""},
            "InvalidArgument",
            "Parameter Source is not valid. Reason: Source is a required argument.",
        ),
        (
            {"DetailType": ""},
            "InvalidArgument",
            "Parameter DetailType is not valid. Reason: DetailType is a required argument.",
        ),
        (
            {"Detail": ""},
            "InvalidArgument",
            "Parameter Detail is not valid. Reason: Detail is a required argument.",
        ),
    ],
)
def test_failing_entry_fails_alone(world: World, members: dict[str, str], code: str, message: str) -> None:
    answer = world.client("events").put_events(Entries=[VALID, {**VALID, **members}])
    assert answer["FailedEntryCount"] == 1
    accepted, refused = answer["Entries"]
    assert (set(accepted), refused) == ({"EventId"}, {"ErrorCode": code, "ErrorMessage": message})


def test_entries_above_a_megabyte_are_refused(world: World) -> None:
    detail = json.dumps({"text": "x" * 600_000})
    assert refusal(world, "put_events", Entries=[{**VALID, "Detail": detail}] * 2) == (
        "ValidationException",
        "Total size of the entries in the request is over the limit.",
    )


def test_eleven_entries_are_refused(world: World) -> None:
    assert refusal(world, "put_events", Entries=[VALID] * 11)[0] == "ValidationException"


def test_event_for_a_missing_bus_is_accepted_as_on_aws(world: World) -> None:
    answer = world.client("events").put_events(Entries=[{**VALID, "EventBusName": "nowhere"}])
    assert answer["FailedEntryCount"] == 0


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({}, "Parameter(s) EventPattern or ScheduleExpression must be specified."),
        ({"ScheduleExpression": "rate(1 minutes)"}, "Parameter ScheduleExpression is not valid."),
        ({"ScheduleExpression": "rate(5 minute)"}, "Parameter ScheduleExpression is not valid."),
        ({"ScheduleExpression": "cron(* * * *)"}, "Parameter ScheduleExpression is not valid."),
        (
            {"EventPattern": '{"source": "shop"}'},
            'Event pattern is not valid. Reason: "source" must be an object or an array',
        ),
    ],
)
def test_invalid_rule_is_refused(world: World, request_: dict[str, str], message: str) -> None:
    assert refusal(world, "put_rule", Name="r", **request_)[1] == message


def test_schedule_is_refused_except_on_the_default_bus(world: World) -> None:
    bus = world.name("bus")
    world.client("events").create_event_bus(Name=bus)
    request = {"Name": "r", "EventBusName": bus, "ScheduleExpression": "rate(5 minutes)"}
    message = "ScheduleExpression is supported only on the default event bus."
    assert refusal(world, "put_rule", **request) == ("ValidationException", message)


def test_rule_and_targets_may_name_their_bus_by_arn(world: World) -> None:
    events, bus = world.client("events"), world.name("bus")
    arn = events.create_event_bus(Name=bus)["EventBusArn"]
    rules = Rules(world, arn)
    box = Mailbox(world)
    rules.target(box.arn)
    assert [rule["Name"] for rule in events.list_rules(EventBusName=arn)["Rules"]] == [rules.name]
    rules.put({"n": 1})
    assert json.loads(box.next()["Body"])["detail"] == {"n": 1}


def test_invalid_targets_are_refused_in_the_words_of_aws(world: World) -> None:
    rules = Rules(world)
    fifo = f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue.fifo"
    message = "Parameter(s) SqsParameters must be specified for target: q."
    request = {"Rule": rules.name, "Targets": [{"Id": "q", "Arn": fifo}]}
    assert refusal(world, "put_targets", **request) == ("ValidationException", message)
    several = [{"Id": str(number), "Arn": rules.dead.arn} for number in range(6)]
    code, _ = refusal(world, "put_targets", Rule=rules.name, Targets=several)
    assert code == "LimitExceededException"
    assert refusal(world, "put_targets", Rule="nowhere", Targets=several[:1]) == (
        "ResourceNotFoundException",
        "Rule nowhere does not exist on EventBus default.",
    )


def test_removing_a_missing_target_fails_its_entry(world: World) -> None:
    rules = Rules(world)
    rules.target(rules.dead.arn)
    answer = world.client("events").remove_targets(Rule=rules.name, Ids=["t", "u"])
    assert answer["FailedEntryCount"] == 1
    assert answer["FailedEntries"][0]["TargetId"] == "u"
    assert world.client("events").list_targets_by_rule(Rule=rules.name)["Targets"] == []


def test_connection_hides_its_secrets(world: World) -> None:
    events, name = world.client("events"), world.name("connection")
    secret = {"Key": "X-Secret", "Value": "hidden-1", "IsValueSecret": True}
    events.create_connection(
        Name=name,
        AuthorizationType="OAUTH_CLIENT_CREDENTIALS",
        AuthParameters={
            "OAuthParameters": {
                "ClientParameters": {"ClientID": "c", "ClientSecret": "hidden-2"},
                "AuthorizationEndpoint": "http://127.0.0.1:9/token",
                "HttpMethod": "POST",
                "OAuthHttpParameters": {"BodyParameters": [secret]},
            },
            "InvocationHttpParameters": {
                "HeaderParameters": [secret, {"Key": "X", "Value": "open", "IsValueSecret": False}]
            },
        },
    )
    shown = events.describe_connection(Name=name)
    text = json.dumps(shown["AuthParameters"])
    assert "hidden" not in text
    assert '"open"' in text
    assert shown["SecretArn"].startswith("arn:aws:secretsmanager:us-east-1:")


FORMATION: dict[str, Any] = {
    "Bus": {
        "Type": "AWS::Events::EventBus",
        "Properties": {"Name": "BUS", "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:000000000000:d"}},
    },
    "Policy": {
        "Type": "AWS::Events::EventBusPolicy",
        "Properties": {
            "EventBusName": {"Ref": "Bus"},
            "StatementId": "all",
            "Statement": {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "events:PutEvents",
                "Resource": {"Fn::GetAtt": ["Bus", "Arn"]},
            },
        },
    },
    "Archive": {
        "Type": "AWS::Events::Archive",
        "Properties": {
            "SourceArn": {"Fn::GetAtt": ["Bus", "Arn"]},
            "EventPattern": {"source": ["shop"]},
            "RetentionDays": 3,
        },
    },
    "Connection": {
        "Type": "AWS::Events::Connection",
        "Properties": {
            "AuthorizationType": "API_KEY",
            "AuthParameters": {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "k"}},
        },
    },
    "Destination": {
        "Type": "AWS::Events::ApiDestination",
        "Properties": {
            "ConnectionArn": {"Fn::GetAtt": ["Connection", "Arn"]},
            "HttpMethod": "PUT",
            "InvocationEndpoint": "http://127.0.0.1:9/hook/*",
            "InvocationRateLimitPerSecond": 10,
        },
    },
    "Rule": {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventBusName": {"Ref": "Bus"},
            "EventPattern": {"source": ["shop"]},
            "Targets": [
                {
                    "Id": "hook",
                    "Arn": {"Fn::GetAtt": ["Destination", "Arn"]},
                    "RoleArn": ROLE,
                    "HttpParameters": {"PathParameterValues": ["$.detail.order"]},
                    "RetryPolicy": {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60},
                }
            ],
        },
    },
}


def formation(bus: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(FORMATION).replace('"BUS"', json.dumps(bus)))
    return document


def test_template_creates_updates_and_deletes_every_resource(world: World) -> None:
    events, bus = world.client("events"), world.name("bus")
    resources = formation(bus)
    names = ("Archive", "Connection", "Destination")
    outputs = {name: {"Fn::GetAtt": [name, "Arn"]} for name in names}
    stack = world.deploy(resources, outputs)
    assert stack.status == "CREATE_COMPLETE", stack.reasons()
    ids = stack.physical_ids()
    archive = events.describe_archive(ArchiveName=ids["Archive"])
    assert (archive["RetentionDays"], archive["EventPattern"]) == (3, '{"source": ["shop"]}')
    described = events.describe_event_bus(Name=bus)
    assert described["DeadLetterConfig"]["Arn"].endswith(":d")
    assert json.loads(described["Policy"])["Statement"][0]["Sid"] == "all"
    assert events.describe_connection(Name=ids["Connection"])["ConnectionArn"] == stack.outputs["Connection"]
    destination = events.describe_api_destination(Name=ids["Destination"])
    assert destination["InvocationRateLimitPerSecond"] == 10
    resources["Archive"]["Properties"]["RetentionDays"] = 5
    resources["Destination"]["Properties"]["HttpMethod"] = "POST"
    updated = world.deploy(resources, outputs, stack.name)
    assert (updated.status, updated.physical_ids()) == ("UPDATE_COMPLETE", ids)
    assert events.describe_archive(ArchiveName=ids["Archive"])["RetentionDays"] == 5
    assert events.describe_api_destination(Name=ids["Destination"])["HttpMethod"] == "POST"
    stack.delete()
    assert events.list_archives(NamePrefix=ids["Archive"])["Archives"] == []
    assert events.list_connections(NamePrefix=ids["Connection"])["Connections"] == []


def test_template_with_a_target_refused_by_aws_fails(world: World) -> None:
    rule = formation(world.name("bus"))["Rule"]
    rule["Properties"] |= {
        "EventBusName": "default",
        "Targets": [{"Id": "m", "Arn": f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:m"}],
    }
    stack = world.deploy({"Rule": rule})
    assert "ROLLBACK" in stack.status
    assert any("RoleArn is required for target" in reason for reason in stack.reasons())


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"EventPattern": {"source": "shop"}}, '"source" must be an object or an array'),
        ({"EventPattern": {"n": [{"numeric": [">"]}]}}, "Event pattern is not valid"),
        ({"ScheduleExpression": "cron(* * * * *)"}, "Parameter ScheduleExpression is not valid."),
    ],
)
def test_template_with_a_rule_that_matches_nothing_fails(
    world: World, values: dict[str, Any], reason: str
) -> None:
    stack = world.deploy({"Rule": {"Type": "AWS::Events::Rule", "Properties": values}})
    assert "ROLLBACK" in stack.status
    assert any(reason in text for text in stack.reasons())
