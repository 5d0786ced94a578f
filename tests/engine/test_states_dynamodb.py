"""Step Functions: the DynamoDB integrations."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

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


def test_task_updates_the_status_of_an_item(world: World) -> None:
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


def test_failed_condition_of_a_task_has_its_error_name(world: World) -> None:
    described = world.run({"Mark": update_status(table(world))}, {"id": "nobody"})
    assert described["error"] == "DynamoDB.ConditionalCheckFailedException"


def test_sdk_errors_have_their_own_prefix(world: World) -> None:
    resource = "arn:aws:states:::aws-sdk:dynamodb:updateItem"
    described = world.run({"Mark": update_status(table(world), resource)}, {"id": "nobody"})
    assert described["error"] == "DynamoDb.ConditionalCheckFailedException"


def taking(name: str) -> dict[str, Any]:
    """Return the update that takes one from a stock that has any."""
    return {
        "TableName": name,
        "Key": {"pk": {"S": "stock"}},
        "UpdateExpression": "SET available = available - :one",
        "ConditionExpression": "available >= :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }


def stock(world: World, available: int) -> str:
    """Return a table with a stock."""
    name = table(world)
    # A large item is copied slowly: threads that do not wait for each other get between.
    padding = {"L": [{"N": "1"}] * 5_000}
    item = {"pk": {"S": "stock"}, "available": {"N": str(available)}, "padding": padding}
    world.client("dynamodb").put_item(TableName=name, Item=item)
    return name


def available(world: World, name: str) -> str:
    item = world.client("dynamodb").get_item(TableName=name, Key={"pk": {"S": "stock"}})["Item"]
    return str(item["available"]["N"])


def take_by_executions(world: World, name: str, times: int) -> int:
    """Return how many of some branches got one."""
    take = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:updateItem",
        "Parameters": taking(name),
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
    output: list[str] = world.run({"Each": each}, {"items": ["yes"] * times})["output"]
    return output.count("yes")


def check_dynamodb(world: World) -> None:
    """Executions that take from one stock never take more than there is."""
    name = stock(world, 8)
    assert (take_by_executions(world, name, 16), available(world, name)) == (8, "0")


def test_concurrent_executions_never_take_more_than_the_stock(world: World) -> None:
    check_dynamodb(world)


def test_executions_and_requests_take_turns(world: World) -> None:
    name = stock(world, 30)

    def take() -> int:
        count = 0
        for _ in range(20):
            with suppress(ClientError):
                world.client("dynamodb").update_item(**taking(name))
                count += 1
        return count

    with ThreadPoolExecutor() as pool:
        requests = [pool.submit(take) for _ in range(2)]
        counts = take_by_executions(world, name, 20)
        counts += sum(request.result() for request in requests)
    assert (counts, available(world, name)) == (30, "0")
