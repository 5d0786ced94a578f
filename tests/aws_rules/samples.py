"""One request, at least, for each of DynamoDB's rules, that breaks it."""

from __future__ import annotations

from typing import Any

from tests.aws_rules.rules import Request

KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}
ONE_VALUE = {":one": {"N": "1"}}


def update(expression: str, values: Any = None, names: Any = None, **more: Any) -> Request:
    request: dict[str, Any] = {"TableName": "OrdersTable", "Key": KEY, "UpdateExpression": expression, **more}
    if values is not None:
        request["ExpressionAttributeValues"] = values
    if names is not None:
        request["ExpressionAttributeNames"] = names
    return Request("UpdateItem", request)


def put(**attributes: Any) -> Request:
    return Request("PutItem", {"TableName": "OrdersTable", "Item": {**KEY, **attributes}})


def query(condition: str, *values: str, **more: Any) -> Request:
    request = {
        "TableName": "OrdersTable",
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": {value: {"S": "x"} for value in values},
        **more,
    }
    return Request("Query", request)


def transaction(*writes: dict[str, Any], **more: Any) -> Request:
    return Request("TransactWriteItems", {"TransactItems": list(writes), **more})


def deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"S": "x"}
    for _ in range(levels):
        value = {"L": [value]}
    return value


def key(number: int) -> dict[str, Any]:
    return {"pk": {"S": str(number)}, "sk": {"S": "x"}}


def batch_write(*writes: dict[str, Any]) -> Request:
    return Request("BatchWriteItem", {"RequestItems": {"OrdersTable": list(writes)}})


def scan(condition: str, **more: Any) -> Request:
    values = {":x": {"S": "x"}}
    request = {"TableName": "OrdersTable", "FilterExpression": condition, "ExpressionAttributeValues": values}
    return Request("Scan", {**request, **more})


PUT = {"Put": {"TableName": "OrdersTable", "Item": KEY}}
OWNER = "ownerKey = :o"
SAMPLES: list[tuple[str, Request]] = [
    ("overlapping-paths", update("SET a = list_append(a, :one) REMOVE a[0]", ONE_VALUE)),
    ("overlapping-paths", update("SET #a = :one, a.b = :one", ONE_VALUE, {"#a": "a"})),
    ("reserved-word", update("SET status = :one", ONE_VALUE)),
    ("reserved-word", update("SET a.items = :one", ONE_VALUE)),
    ("undefined-values", update("SET a = :two", ONE_VALUE)),
    ("unused-values", update("REMOVE a", ONE_VALUE)),
    ("undefined-names", update("REMOVE #a")),
    ("unused-names", update("REMOVE a", names={"#a": "a"})),
    ("empty-values", update("REMOVE a", {})),
    ("empty-names", update("REMOVE a", names={})),
    ("placeholder", update("SET a = :one", {**ONE_VALUE, "one": {"N": "1"}})),
    ("section-twice", update("SET a = :one SET b = :one", ONE_VALUE)),
    ("grammar", update("SET a == :one", ONE_VALUE)),
    ("grammar", update("SET a = plus(b, :one)", ONE_VALUE)),
    ("grammar", update("SET a = list_append(b)")),
    ("grammar", update("")),
    ("update-of-key", update("SET sk = :one", ONE_VALUE)),
    (
        "expression-size",
        update("SET a = :one, " + ", ".join(f"a{n:0100} = :one" for n in range(40)), ONE_VALUE),
    ),
    ("operators", update("SET " + ",".join(f"a{n}=:one" for n in range(301)), ONE_VALUE)),
    (
        "in-operands",
        update(
            "REMOVE a",
            {f":v{n}": {"N": "1"} for n in range(101)},
            ConditionExpression=f"b IN ({', '.join(f':v{n}' for n in range(101))})",
        ),
    ),
    ("parentheses", update("REMOVE a", ONE_VALUE, ConditionExpression="((a = :one))")),
    ("same-operands", update("REMOVE a", ConditionExpression="b = b")),
    ("return-values", update("REMOVE a", ReturnValues="EVERYTHING")),
    ("key", Request("GetItem", {"TableName": "OrdersTable", "Key": {"pk": {"S": "a"}}})),
    ("key-type", Request("GetItem", {"TableName": "FulfilmentTable", "Key": {"pk": {"N": "1"}}})),
    ("key-size", Request("GetItem", {"TableName": "FulfilmentTable", "Key": {"pk": {"S": "x" * 2049}}})),
    ("empty-key", Request("GetItem", {"TableName": "FulfilmentTable", "Key": {"pk": {"S": ""}}})),
    ("empty-key", put(ownerKey={"S": ""}, ownerSort={"S": "x"})),
    ("key-type", put(pendingKey={"N": "1"}, pendingSince={"S": "x"})),
    ("item-size", put(a={"S": "x" * 400 * 1024})),
    ("empty-set", put(a={"SS": []})),
    ("duplicate-in-set", put(a={"NS": ["1", "1"]})),
    ("one-type", put(a={"S": "x", "N": "1"})),
    ("nesting", put(a=deep(33))),
    ("number", put(a={"N": 1})),
    ("number", put(a={"N": "1" * 39})),
    ("number", put(a={"N": "1E126"})),
    ("number", update("SET a = :one", {":one": {"N": "ten"}})),
    ("index", query(OWNER, ":o", IndexName="byNobody")),
    ("consistent-index", query(OWNER, ":o", IndexName="byOwner", ConsistentRead=True)),
    ("key-condition", query("ownerKey > :o", ":o", IndexName="byOwner")),
    ("key-condition", query(f"{OWNER} OR ownerSort = :o", ":o", IndexName="byOwner")),
    ("key-condition", query(f"{OWNER} AND ownerSort <> :o", ":o", IndexName="byOwner")),
    ("key-condition", query(f"{OWNER} AND contains(ownerSort, :o)", ":o", IndexName="byOwner")),
    ("key-condition", query(f"{OWNER} AND reason = :o", ":o", IndexName="byOwner")),
    ("filter-on-key", query(OWNER, ":o", IndexName="byOwner", FilterExpression="ownerSort = :o")),
    ("limit", query("pk = :o", ":o", Limit=0)),
    (
        "batch-size",
        Request("BatchGetItem", {"RequestItems": {"OrdersTable": {"Keys": [key(n) for n in range(101)]}}}),
    ),
    ("same-item-twice", Request("BatchGetItem", {"RequestItems": {"OrdersTable": {"Keys": [KEY, KEY]}}})),
    ("same-item-twice", transaction(PUT, {"Delete": {"TableName": "OrdersTable", "Key": KEY}})),
    (
        "transaction-size",
        transaction(*[{"Put": {"TableName": "OrdersTable", "Item": key(n)}} for n in range(101)]),
    ),
    ("batch-size", batch_write(*[{"DeleteRequest": {"Key": key(n)}} for n in range(26)])),
    ("same-item-twice", batch_write({"PutRequest": {"Item": KEY}}, {"DeleteRequest": {"Key": KEY}})),
    ("key", batch_write({"DeleteRequest": {"Key": {"pk": {"S": "a"}}}})),
    ("reserved-word", scan("status = :x")),
    ("limit", scan("sk = :x", Limit=0)),
    ("transaction-token", transaction(PUT, ClientRequestToken="x" * 37)),
    ("return-values", transaction({"Put": {**PUT["Put"], "ReturnValues": "ALL_OLD"}})),
    (
        "transaction-bytes",
        transaction(
            *[
                {
                    "Put": {
                        "TableName": "OrdersTable",
                        "Item": {**key(n), "a": {"S": "x" * 390_000}},
                    }
                }
                for n in range(11)
            ]
        ),
    ),
]
