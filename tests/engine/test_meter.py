"""The meter: operations, capacity units by AWS's rules, transitions, invocations."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.engine.operations import identify
from tests.engine.rules import ask, faults
from tests.engine.world import World

KB = 1024


@pytest.fixture(scope="module")
def table(world: World) -> str:
    name = world.name("metered")
    world.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "owner", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "byOwner",
                "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


@pytest.fixture
def units(world: World, table: str) -> Callable[[Callable[[Any], Any]], dict[str, float]]:
    """Return what one call of DynamoDB consumes."""

    def run(call: Callable[[Any], Any]) -> dict[str, float]:
        ask(world, "DELETE", "meter")
        call(world.client("dynamodb"))
        consumed: dict[str, float] = ask(world, "GET", "meter")[1]["capacity"].get(table, {})
        return consumed

    return run


Units = Callable[[Callable[[Any], Any]], dict[str, float]]


def item(key: str, size: int, **more: str) -> dict[str, Any]:
    """Return an item of exactly ``size`` bytes: names and values count."""
    fixed: dict[str, Any] = {"pk": {"S": key}, **{name: {"S": value} for name, value in more.items()}}
    used = sum(len(name) + len(value["S"]) for name, value in fixed.items())
    return {**fixed, "x": {"S": "x" * (size - used - 1)}}


@pytest.mark.parametrize(("size", "cost"), [(100, 1), (KB, 1), (KB + 1, 2), (5 * KB, 5)])
def test_write_costs_a_unit_per_started_kilobyte(units: Units, table: str, size: int, cost: int) -> None:
    used = units(lambda d: d.put_item(TableName=table, Item=item(f"write-{size}", size)))
    assert used == {"read": 0, "write": cost}


def test_overwrite_costs_as_much_as_the_larger_item(units: Units, table: str) -> None:
    units(lambda d: d.put_item(TableName=table, Item=item("shrinks", 3 * KB)))
    assert units(lambda d: d.put_item(TableName=table, Item=item("shrinks", 100)))["write"] == 3


def test_update_costs_the_whole_item(units: Units, table: str) -> None:
    units(lambda d: d.put_item(TableName=table, Item=item("updated", 2 * KB)))
    used = units(
        lambda d: d.update_item(
            TableName=table,
            Key={"pk": {"S": "updated"}},
            UpdateExpression="SET y = :y",
            ExpressionAttributeValues={":y": {"S": "y"}},
        )
    )
    assert used == {"read": 0, "write": 3}


def test_index_entry_costs_write_units(units: Units, table: str) -> None:
    put = item("indexed", 100, owner="ada")
    assert units(lambda d: d.put_item(TableName=table, Item=put))["write"] == 2
    moved = item("indexed", 100, owner="grace")
    assert units(lambda d: d.put_item(TableName=table, Item=moved))["write"] == 3  # delete and insert


def test_refused_condition_costs_as_much_as_a_write(units: Units, table: str) -> None:
    units(lambda d: d.put_item(TableName=table, Item=item("there", 2 * KB)))

    def refused(d: Any) -> None:
        with pytest.raises(ClientError):
            d.put_item(
                TableName=table, Item=item("there", 10), ConditionExpression="attribute_not_exists(pk)"
            )

    assert units(refused) == {"read": 0, "write": 2}


@pytest.mark.parametrize(("size", "cost"), [(100, 1), (4 * KB, 1), (4 * KB + 1, 2)])
def test_read_costs_a_unit_per_started_four_kilobytes(units: Units, table: str, size: int, cost: int) -> None:
    key = {"pk": {"S": f"read-{size}"}}
    units(lambda d: d.put_item(TableName=table, Item=item(f"read-{size}", size)))
    assert units(lambda d: d.get_item(TableName=table, Key=key, ConsistentRead=True))["read"] == cost
    assert units(lambda d: d.get_item(TableName=table, Key=key))["read"] == cost / 2
    projected = units(
        lambda d: d.get_item(TableName=table, Key=key, ProjectionExpression="pk", ConsistentRead=True)
    )
    assert projected["read"] == cost


def test_read_of_a_missing_item_costs_a_unit(units: Units, table: str) -> None:
    used = units(lambda d: d.get_item(TableName=table, Key={"pk": {"S": "none"}}, ConsistentRead=True))
    assert used == {"read": 1, "write": 0}


def test_query_rounds_the_sum(units: Units, table: str) -> None:
    units(lambda d: d.put_item(TableName=table, Item=item("queried", 9 * KB)))
    used = units(
        lambda d: d.query(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": "queried"}},
            ConsistentRead=True,
        )
    )
    assert used["read"] == 3


def test_transaction_costs_double(units: Units, table: str) -> None:
    writes = [{"Put": {"TableName": table, "Item": item(f"transact-{n}", KB + 1)}} for n in range(2)]
    answers: list[Any] = []
    assert units(lambda d: answers.append(d.transact_write_items(TransactItems=writes)))["write"] == 2 * 2 * 2
    assert "ConsumedCapacity" not in answers[0]
    reads = [{"Get": {"TableName": table, "Key": {"pk": {"S": f"transact-{n}"}}}} for n in range(2)]
    assert units(lambda d: d.transact_get_items(TransactItems=reads))["read"] == 2 * 2


def test_batches_count_each_item(units: Units, table: str) -> None:
    puts = [{"PutRequest": {"Item": item(f"batch-{n}", KB + 1)}} for n in range(3)]
    assert units(lambda d: d.batch_write_item(RequestItems={table: puts}))["write"] == 6
    keys = [{"pk": {"S": f"batch-{n}"}} for n in range(3)]
    assert units(lambda d: d.batch_get_item(RequestItems={table: {"Keys": keys}}))["read"] == 1.5


def test_requests_that_read_are_counted_by_table(world: World, table: str) -> None:
    dynamodb = world.client("dynamodb")
    key = {"pk": {"S": "any"}}
    query = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": key["pk"]}}
    ask(world, "DELETE", "meter")
    for more in ({}, {"ReturnConsumedCapacity": "TOTAL"}):  # by the short way, and by the long one
        dynamodb.get_item(TableName=table, Key=key, **more)
        dynamodb.query(TableName=table, **query, **more)
        dynamodb.batch_get_item(RequestItems={table: {"Keys": [key, {"pk": {"S": "other"}}]}}, **more)
        dynamodb.scan(TableName=table, **more)
    assert ask(world, "GET", "meter")[1]["reads"][table] == {
        "dynamodb.BatchGetItem": 2,
        "dynamodb.GetItem": 2,
        "dynamodb.Query": 2,
        "dynamodb.Scan": 2,
    }


def test_operations_are_counted_by_caller(world: World, table: str) -> None:
    machine = world.machine(
        {
            "Get": {
                "Type": "Task",
                "Resource": "arn:aws:states:::dynamodb:getItem",
                "Parameters": {"TableName": table, "Key": {"pk": {"S": "any"}}},
                "End": True,
            }
        }
    )
    ask(world, "DELETE", "meter")
    world.client("dynamodb").get_item(TableName=table, Key={"pk": {"S": "any"}})
    world.finished(world.start(machine))
    shown = ask(world, "GET", "meter")[1]
    assert shown["operations"]["dynamodb.GetItem"] == 2
    assert shown["by"]["client"]["dynamodb.GetItem"] == shown["by"]["states"]["dynamodb.GetItem"] == 1
    assert shown["operations"]["states.StartExecution"] == 1
    assert shown["since"].endswith("Z")


def test_refused_requests_are_not_executed(world: World, table: str) -> None:
    ask(world, "DELETE", "meter")
    fault = {"service": "dynamodb", "operation": "GetItem", "kind": "throttle"}
    with faults(world, fault), pytest.raises(ClientError):
        world.client("dynamodb").get_item(TableName=table, Key={"pk": {"S": "any"}})
    shown = ask(world, "GET", "meter")[1]
    assert (shown["refused"], shown["operations"]) == ({"dynamodb.GetItem": 1}, {})


def test_transitions_count_entered_states_and_retries(world: World) -> None:
    tried = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:getItem",
        "Parameters": {"TableName": "there-is-none", "Key": {"pk": {"S": "a"}}},
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 0, "MaxAttempts": 2}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "End"}],
        "End": True,
    }
    branches = [{"StartAt": name, "States": {name: {"Type": "Pass", "End": True}}} for name in ("A", "B")]
    machine = world.machine(
        {
            "Both": {"Type": "Parallel", "Branches": branches, "Next": "Tried"},
            "Tried": tried,
            "End": {"Type": "Succeed"},
        }
    )
    ask(world, "DELETE", "meter")
    assert world.finished(world.start(machine))["status"] == "SUCCEEDED"
    name = machine.rpartition(":")[2]
    # Both, A, B, Tried and its two retries, End.
    assert ask(world, "GET", "meter")[1]["transitions"] == {name: 7}


def test_invocations_are_counted_by_the_function_service(world: World) -> None:
    world.lambdas.counts = {"pay": {"invocations": 2, "ms": 12.5}}
    assert ask(world, "GET", "meter")[1]["lambda"] == world.lambdas.counts
    world.lambdas.counts = {}


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "body", "name"),
    [
        ("POST", "/", b"", {"x-amz-target": "DynamoDB_20120810.PutItem"}, b"{}", "dynamodb.PutItem"),
        (
            "POST",
            "/",
            b"",
            {"x-amz-target": "DynamoDBStreams_20120810.GetRecords", "authorization": "dynamodb"},
            b"",
            "dynamodbstreams.GetRecords",
        ),
        (
            "POST",
            "/",
            b"",
            {"x-amz-target": "AWSCognitoIdentityProviderService.InitiateAuth"},
            b"{}",
            "cognito-idp.InitiateAuth",
        ),
        (
            "POST",
            "/2015-03-31/functions/a%3Ab/invocations",
            b"",
            {"authorization": "lambda"},
            b"",
            "lambda.Invoke",
        ),
        (
            "POST",
            "/2025-12-01/durable-executions/arn:aws:lambda:a:1:function:f:1/durable-execution/n/i/checkpoint",
            b"",
            {"authorization": "lambda"},
            b"{}",
            "lambda.CheckpointDurableExecution",
        ),
        ("POST", "/", b"", {"authorization": "sns"}, b"Action=Publish&Message=x", "sns.Publish"),
        ("GET", "/", b"Action=GetCallerIdentity", {"authorization": "sts"}, b"", "sts.GetCallerIdentity"),
        ("PUT", "/bucket/a/key", b"", {"authorization": "s3"}, b"", "s3.PutObject"),
        ("PUT", "/bucket", b"", {"authorization": "s3"}, b"", "s3.CreateBucket"),
        ("GET", "/v1/apis", b"", {"authorization": "appsync"}, b"", "appsync.GET"),
        ("GET", "/pool/.well-known/jwks.json", b"", {}, b"", None),
    ],
)
def test_operation_is_recognized_from_its_request(
    method: str, path: str, query: bytes, headers: dict[str, str], body: bytes, name: str | None
) -> None:
    raw = []
    for header, value in headers.items():
        shown = value
        if header == "authorization":
            shown = f"AWS4-HMAC-SHA256 Credential=000000000000/20261120/us-east-1/{value}/aws4_request, x=y"
        raw.append((header.encode(), shown.encode()))
    call = identify(method, path, query, raw, body)
    assert (call.name if call else None) == name


def test_meter_reports_what_it_counts_alone(world: World) -> None:
    ask(world, "DELETE", "meter")
    world.get("/_localcloud/ready")
    world.get("/_ministack/health")
    shown = ask(world, "GET", "meter")[1]
    assert json.dumps(shown["operations"]) == "{}"
    assert ask(world, "PUT", "meter", {})[0] == 405
