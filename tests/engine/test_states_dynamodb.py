"""Step Functions: the DynamoDB integrations."""

from __future__ import annotations

from typing import Any

from tests.engine.asl import table
from tests.engine.world import World


def update_status(table: str, resource: str = "arn:aws:states:::dynamodb:updateItem") -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": resource,
        "Parameters": {
            "TableName": table,
            "Key": {"pk": {"S.$": "$.id"}},
            "UpdateExpression": "SET #s = :new, lastChange = :change ADD version :one",
            "ConditionExpression": "#s = :old",
            "ExpressionAttributeNames": {"#s": "status"},
            "ExpressionAttributeValues": {
                ":old": {"S": "RECEIVED"},
                ":new": {"S": "VALIDATED"},
                ":one": {"N": "1"},
                ":change": {
                    "M": {
                        "execution": {"S.$": "$$.Execution.Id"},
                        "state": {"S.$": "$$.State.Name"},
                        "at": {"S.$": "$$.State.EnteredTime"},
                    }
                },
            },
        },
        "ResultPath": None,
        "End": True,
    }


def test_a_status_write(world: World) -> None:
    name = table(world)
    dynamodb = world.client("dynamodb")
    dynamodb.put_item(
        TableName=name, Item={"pk": {"S": "a"}, "status": {"S": "RECEIVED"}, "version": {"N": "1"}}
    )
    described = world.run({"Mark": update_status(name)}, {"id": "a"})
    assert described["output"] == {"id": "a"}
    item = dynamodb.get_item(TableName=name, Key={"pk": {"S": "a"}})["Item"]
    assert (item["status"], item["version"]) == ({"S": "VALIDATED"}, {"N": "2"})
    change = item["lastChange"]["M"]
    assert (change["execution"]["S"], change["state"]["S"]) == (described["executionArn"], "Mark")
    assert len(change["at"]["S"]) == len("2026-11-20T18:00:00.123Z")


def test_a_failed_condition(world: World) -> None:
    described = world.run({"Mark": update_status(table(world))}, {"id": "nobody"})
    assert described["error"] == "DynamoDB.ConditionalCheckFailedException"


def test_sdk_errors_have_their_own_prefix(world: World) -> None:
    resource = "arn:aws:states:::aws-sdk:dynamodb:updateItem"
    described = world.run({"Mark": update_status(table(world), resource)}, {"id": "nobody"})
    assert described["error"] == "DynamoDb.ConditionalCheckFailedException"


def check_dynamodb(world: World) -> None:
    """Executions that take from one stock never take more than there is."""
    name = table(world)
    dynamodb = world.client("dynamodb")
    # A large item is copied slowly: threads that do not wait for each other get between.
    padding = {"L": [{"N": "1"}] * 5_000}
    dynamodb.put_item(
        TableName=name, Item={"pk": {"S": "stock"}, "available": {"N": "8"}, "padding": padding}
    )
    take = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:updateItem",
        "Parameters": {
            "TableName": name,
            "Key": {"pk": {"S": "stock"}},
            "UpdateExpression": "SET available = available - :one",
            "ConditionExpression": "available >= :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        },
        "ResultPath": None,
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "No"}],
        "End": True,
    }
    no = {"Type": "Pass", "Result": "no", "End": True}
    each = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemProcessor": {"StartAt": "Take", "States": {"Take": take, "No": no}},
        "End": True,
    }
    taken = world.run({"Each": each}, {"items": ["yes"] * 16})["output"]
    left = dynamodb.get_item(TableName=name, Key={"pk": {"S": "stock"}})["Item"]["available"]["N"]
    assert (taken.count("yes"), left) == (8, "0")


def test_dynamodb(world: World) -> None:
    check_dynamodb(world)
