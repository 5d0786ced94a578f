"""Items that nobody has used for a while are held as bytes, and nothing else changes."""

from __future__ import annotations

import copy
import json
import threading
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.engine.quick.partitions import HOT, MOST_ITEMS, Partitions
from tests.engine.world import World
from tests.examples import examples

MANY = HOT + 200


def item(number: int, note: str = "") -> dict[str, Any]:
    return {"pk": {"S": f"p-{number}"}, "sk": {"S": "a"}, "note": {"S": note or f"note {number} " * 20}}


def filled(count: int = MANY) -> Partitions:
    partitions = Partitions()
    for number in range(count):
        partitions.setdefault(f"p-{number}", {})["a"] = item(number)
    assert partitions.packed
    return partitions


def test_partition_that_was_packed_can_be_changed() -> None:
    partitions = filled()
    partitions.get("p-0")["b"] = item(1)
    assert partitions.setdefault("p-0", {}).pop("a") == item(0)
    del partitions["p-1"]
    for number in range(MANY, MANY + HOT + 100):  # and is packed again
        partitions.setdefault(f"p-{number}", {})["a"] = item(number)
    assert partitions["p-0"] == {"b": item(1)}
    assert "p-1" not in partitions
    assert partitions.get("p-1") is None
    assert partitions.pop("p-2") == {"a": item(2)}
    assert partitions.pop("p-2", None) is None


def test_passes_over_all_partitions_leave_them_packed() -> None:
    partitions = filled()
    packed = partitions.packed
    assert [bucket["a"] for bucket in partitions.values()] == [item(number) for number in range(MANY)]
    assert {sort for _, bucket in partitions.items() for sort in bucket} == {"a"}
    assert sum(len(bucket) for bucket in partitions.values()) == MANY
    assert next(iter(partitions.values())).get("x") is None
    assert partitions.packed == packed


def test_copies_are_plain_values() -> None:
    partitions = filled()
    expected = {f"p-{number}": {"a": item(number)} for number in range(MANY)}
    assert json.loads(json.dumps(copy.deepcopy(partitions.copy()), default=dict)) == expected
    for copied in (dict(filled()), copy.deepcopy(dict(filled())), defaultdict(dict, filled())):
        assert copied == expected
        assert {type(bucket) for bucket in copied.values()} == {dict}


def test_large_partition_stays_as_it_is() -> None:
    partitions = Partitions()
    for number in range(MOST_ITEMS + 1):
        partitions["large"][str(number)] = item(number)
    for number in range(MANY):
        partitions.setdefault(f"p-{number}", {})["a"] = item(number)
    assert type(defaultdict.__getitem__(partitions, "large")) is dict


def test_value_that_is_no_json_stays_as_it_is() -> None:
    partitions, value = Partitions(), threading.Lock()
    partitions["odd"]["a"] = {"lock": value}
    for number in range(MANY):
        partitions.setdefault(f"p-{number}", {})["a"] = item(number)
    assert partitions["odd"] == {"a": {"lock": value}}


@given(st.lists(st.tuples(st.integers(0, 900), st.sampled_from("psgd")), max_size=300))
@settings(max_examples=examples(20), deadline=None)
def test_partitions_hold_what_a_plain_dict_holds(steps: list[tuple[int, str]]) -> None:
    partitions, plain = filled(), {f"p-{number}": {"a": item(number)} for number in range(MANY)}
    for number, step in steps:
        name = f"p-{number}"
        match step:
            case "p":
                partitions[name] = plain[name] = {"a": item(number, "put")}
            case "s":
                partitions.setdefault(name, {})["b"] = plain.setdefault(name, {})["b"] = item(number, "set")
            case "g":
                assert partitions.get(name) == plain.get(name)
            case "d":
                assert partitions.pop(name, None) == plain.pop(name, None)
    assert dict(partitions) == plain


@pytest.fixture
def table(world: World) -> Any:
    dynamodb = world.client("dynamodb")
    dynamodb.create_table(
        TableName="packed",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "group")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "byGroup",
                "KeySchema": [{"AttributeName": "group", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    puts = [
        {"PutRequest": {"Item": {**item(number), "group": {"S": f"g-{number % 100}"}}}}
        for number in range(MANY)
    ]
    for start in range(0, MANY, 25):
        dynamodb.batch_write_item(RequestItems={"packed": puts[start : start + 25]})
    yield dynamodb
    dynamodb.delete_table(TableName="packed")


def test_requests_see_packed_items_as_all_others(table: Any) -> None:
    key = {"pk": {"S": "p-1"}, "sk": {"S": "a"}}
    assert table.get_item(TableName="packed", Key=key)["Item"]["note"] == item(1)["note"]
    change = {
        "TableName": "packed",
        "Key": {"pk": {"S": "p-2"}, "sk": {"S": "a"}},
        "UpdateExpression": "SET note = :n",
        "ExpressionAttributeValues": {":n": {"S": "new"}},
    }
    assert table.update_item(**change, ReturnValues="ALL_OLD")["Attributes"]["note"] == item(2)["note"]
    table.delete_item(TableName="packed", Key={"pk": {"S": "p-3"}, "sk": {"S": "a"}})
    group = {
        "TableName": "packed",
        "IndexName": "byGroup",
        "KeyConditionExpression": "#g = :g",
        "ExpressionAttributeNames": {"#g": "group"},
    }
    listed = table.query(**group, ExpressionAttributeValues={":g": {"S": "g-2"}})["Items"]
    assert sorted(entry["pk"]["S"] for entry in listed) == sorted(f"p-{n}" for n in range(2, MANY, 100))
    pages = table.get_paginator("scan").paginate(TableName="packed")
    notes = {entry["pk"]["S"]: entry["note"]["S"] for page in pages for entry in page["Items"]}
    assert len(notes) == MANY - 1
    assert notes["p-2"] == "new"
    assert notes["p-4"] == item(4)["note"]["S"]
