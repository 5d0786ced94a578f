"""Requests of DynamoDB, right and wrong, made up from a seed: both ways must agree on them."""

from __future__ import annotations

import random
from typing import Any

Request = tuple[str, dict[str, Any]]

TABLE = {
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": kind}
        for name, kind in (("pk", "S"), ("sk", "S"), ("holder", "S"), ("points", "N"))
    ],
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "byHolder",
            "KeySchema": [
                {"AttributeName": "holder", "KeyType": "HASH"},
                {"AttributeName": "points", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        },
        {
            "IndexName": "sparse",
            "KeySchema": [{"AttributeName": "holder", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["n"]},
        },
    ],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}
SCALARS: list[dict[str, Any]] = [
    *({"S": text} for text in ("", "a", "ab", "Grüße", "x" * 900)),
    *({"N": text} for text in ("0", "7", "-1.5", "1.0", "1e3", "00012", "1e-140", "x", "9" * 39)),
    *(
        {"BOOL": True},
        {"NULL": True},
        {"B": "AAEC"},
        {"SS": ["a", "b"]},
        {"NS": ["1", "2.0"]},
        {"SS": ["a", "a"]},
    ),
    *({"S": 1}, {"S": "a", "N": "1"}, {}, {"NULL": False}, {"Q": "a"}),
]
ASSIGNMENTS = (
    *(
        "n = :n",
        "#n = #n + :n",
        "n = n - :n",
        "s = :v",
        "holder = :s",
        "points = :n",
        "l = list_append(l, :l)",
    ),
    *("l = list_append(if_not_exists(l, :l), :l)", "m.a = :v", "m.b.c = :v", "l[0] = :v", "l[1].a = :v"),
    *("n = if_not_exists(n, :n) + :n", "a = b", "b = m.a", "m = :m", "l = :l", "n = (n + :n)", "n = (:n)"),
)
WRONG_ASSIGNMENTS = (
    *("pk = :s", "missing = nothing", "status = :s", "n = :unknown", "#unknown = :n", "n =", "m.a.b.c = :v"),
    *("n = s + :n", "holder = :n", "n = :n, n = :n", "m.a = :v, m = :m"),
)
SECTIONS = (
    *("REMOVE n", "REMOVE m.a, l[0]", "REMOVE s", "REMOVE holder", "ADD n :n", "ADD m.n :n", "ADD ss :ss"),
    *("DELETE ss :ss", "REMOVE l[0], l[1]"),
)
WRONG_SECTIONS = ("ADD n :s", "REMOVE m, m.a", "REMOVE sk", "DELETE n :n", "ADD ss :n", "nonsense", "ADD")
CONDITIONS = (
    *("attribute_exists(pk)", "n <> :s", "n IN (:n, :v) OR attribute_exists(pk)", "#n <> :s", "NOT n = :s"),
    *(
        "begins_with(s, :s)",
        "contains(l, :v)",
        "size(s) > :n",
        "attribute_type(n, :s)",
        "NOT n = :n AND s = :s",
    ),
    *(
        "(n = :n OR s = :s) AND attribute_exists(m.a)",
        "n BETWEEN :n AND :n",
        "l[0] = :v",
        "m.a = :v",
        "n > :n",
    ),
    "attribute_not_exists(pk)",
)
WRONG_CONDITIONS = (
    *("((n = :n))", "status = :s", "n = ", "n == :n", "contains(n, n)", "unknown(n)", "n = :n AND"),
)
KEY_CONDITIONS = (
    *(
        "pk = :p",
        "#pk = :p",
        ":p = pk",
        "pk = :p AND sk = :s",
        "pk = :p AND begins_with(sk, :s)",
        "holder = :p",
    ),
    *("pk = :n", "pk > :p", "pk = :p AND n = :n", "pk = :p AND sk BETWEEN :s AND :s", "pk = "),
)


class Requests:
    """Makes requests up.

    Parameters
    ----------
    seed
        The same requests come from the same seed.
    """

    def __init__(self, seed: int, table: str) -> None:
        self._random = random.Random(seed)
        self._table = table

    def next(self) -> Request:
        """Return an operation and its request."""
        make = self._random.choices(
            (self._put, self._update, self._get, self._query, self._delete, self._transaction, self._batch),
            (4, 10, 2, 2, 1, 4, 2),
        )[0]
        operation, data = make()
        if self._random.random() < 0.1:
            data["ReturnConsumedCapacity"] = self._random.choice(["TOTAL", "INDEXES", "NONE", "x"])
        if self._random.random() < 0.02:
            data.pop(self._random.choice(sorted(data)))
        return operation, data

    def _value(self, depth: int = 0) -> dict[str, Any]:
        draw = self._random.random()
        if depth < 3 and draw < 0.15:
            return {"L": [self._value(depth + 1) for _ in range(self._random.randrange(3))]}
        if depth < 3 and draw < 0.3:
            names = self._random.sample(["a", "b", "c", "n"], self._random.randrange(4))
            return {"M": {name: self._value(depth + 1) for name in names}}
        # Most are right.
        return self._random.choice(SCALARS[1:7] if self._random.random() < 0.95 else SCALARS)

    def _key(self) -> dict[str, Any]:
        key: dict[str, Any] = {
            "pk": {"S": f"p{self._random.randrange(3)}"},
            "sk": {"S": self._random.choice(["1", "2", "ä"])},
        }
        if self._random.random() < 0.04:
            # MiniStack keeps some keys that are no text at all, and then cannot scan its table.
            key[self._random.choice(["pk", "sk", "n"])] = self._random.choice(SCALARS[:20])
        return key

    def _expressions(self, **texts: str) -> dict[str, Any]:
        """Return expressions with the names and values that they need, or nearly so."""
        everything = " ".join(texts.values())
        values: dict[str, Any] = {
            ":n": {"N": self._random.choice(["1", "2", "-3", "1.50", "9e125"])},
            ":s": {"S": self._random.choice(["a", "ab", ""])},
            ":v": self._value(),
            ":l": {"L": [self._value(2)]},
            ":m": {"M": {"a": self._value(2), "b": {"M": {}}}},
            ":ss": {"SS": self._random.choice([["a"], ["b", "c"]])},
            ":p": {"S": f"p{self._random.randrange(3)}"},
        }
        used = {name: value for name, value in values.items() if name in everything.replace(")", " ").split()}
        used |= {
            name: value
            for name, value in values.items()
            if f"{name}," in everything or f"{name})" in everything
        }
        names = {name: real for name, real in (("#n", "n"), ("#pk", "pk")) if name in everything}
        if self._random.random() < 0.03:
            used[":spare"] = {"S": "a"}
        data: dict[str, Any] = {name: text for name, text in texts.items() if text}
        if used or self._random.random() < 0.02:
            data["ExpressionAttributeValues"] = used
        if names or self._random.random() < 0.02:
            data["ExpressionAttributeNames"] = names
        return data

    def _condition(self) -> str:
        draw = self._random.random()
        return self._random.choice(WRONG_CONDITIONS if draw < 0.03 else CONDITIONS) if draw < 0.35 else ""

    def _change(self) -> str:
        parts = []
        if self._random.random() < 0.85:
            chosen = self._random.sample(ASSIGNMENTS, self._random.choice([1, 1, 1, 2]))
            if self._random.random() < 0.05:
                chosen.append(self._random.choice(WRONG_ASSIGNMENTS))
            parts.append("SET " + ", ".join(chosen))
        if not parts or self._random.random() < 0.3:
            parts.append(self._random.choice(SECTIONS if self._random.random() < 0.9 else WRONG_SECTIONS))
        return " ".join(parts)

    def _put(self) -> Request:
        names = self._random.sample(
            ["n", "s", "l", "m", "a", "b", "ss", "holder", "points"], self._random.randrange(8)
        )
        item = self._key() | {name: self._attribute(name) for name in names}
        data = {
            "TableName": self._table,
            "Item": item,
            **self._expressions(ConditionExpression=self._condition()),
        }
        return "PutItem", self._returning(data, ["NONE", "ALL_OLD", "ALL_NEW"])

    def _attribute(self, name: str) -> dict[str, Any]:
        if self._random.random() < 0.03:
            return self._value()
        number = {"N": str(self._random.randrange(5))}
        kinds: dict[str, dict[str, Any]] = {
            "n": number,
            "points": number,
            "s": {"S": self._random.choice(["a", "abc"])},
            "holder": {"S": self._random.choice(["o1", "o2"])},
            "l": {"L": [self._value(1), {"M": {"a": number}}]},
            "m": {"M": {"a": self._value(1), "b": {"M": {"c": number}}, "n": number}},
            "ss": {"SS": ["a", "b"]},
        }
        return kinds.get(name) or self._value()

    def _update(self) -> Request:
        data = {
            "TableName": self._table,
            "Key": self._key(),
            **self._expressions(UpdateExpression=self._change(), ConditionExpression=self._condition()),
        }
        return "UpdateItem", self._returning(
            data, ["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW", "x"]
        )

    def _returning(self, data: dict[str, Any], values: list[str]) -> dict[str, Any]:
        if self._random.random() < 0.5:
            data["ReturnValues"] = self._random.choice(values[: -1 if self._random.random() < 0.9 else None])
        if self._random.random() < 0.3:
            data["ReturnValuesOnConditionCheckFailure"] = self._random.choice(["NONE", "ALL_OLD"])
        return data

    def _delete(self) -> Request:
        data = {
            "TableName": self._table,
            "Key": self._key(),
            **self._expressions(ConditionExpression=self._condition()),
        }
        return "DeleteItem", self._returning(data, ["NONE", "ALL_OLD"])

    def _get(self) -> Request:
        data: dict[str, Any] = {"TableName": self._table, "Key": self._key()}
        if self._random.random() < 0.5:
            data["ConsistentRead"] = self._random.choice([True, False])
        if self._random.random() < 0.2:
            data["ProjectionExpression"] = self._random.choice(["n", "m.a, s", "m, m.a"])
        return "GetItem", data

    def _query(self) -> Request:
        data = {
            "TableName": self._table,
            **self._expressions(KeyConditionExpression=self._random.choice(KEY_CONDITIONS)),
        }
        if self._random.random() < 0.3:
            data["ScanIndexForward"] = self._random.choice([True, False])
        if self._random.random() < 0.2:
            data["Limit"] = self._random.choice([1, 2, 0])
        if self._random.random() < 0.2:
            data["IndexName"] = self._random.choice(["byHolder", "none"])
        return "Query", data

    def _batch(self) -> Request:
        keys = [self._key() for _ in range(self._random.randrange(1, 4))]
        keys_and_attributes: dict[str, Any] = {"Keys": keys}
        if self._random.random() < 0.5:
            keys_and_attributes["ConsistentRead"] = self._random.choice([True, False])
        if self._random.random() < 0.6:
            keys_and_attributes["ProjectionExpression"] = self._random.choice(
                ["n", "#n, s,l", "m.a, s", "m, m.a", "n, #n", "l[0]", "#unknown", "n,", ""]
            )
            keys_and_attributes["ExpressionAttributeNames"] = {"#n": "n"}
        return "BatchGetItem", {"RequestItems": {self._table: keys_and_attributes}}

    def _transaction(self) -> Request:
        items = []
        for _ in range(self._random.randrange(1, 4)):
            operation, data = self._random.choice((self._put, self._update, self._delete))()
            data.pop("ReturnValues", None)
            name = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}[operation]
            if name == "Delete" and "ConditionExpression" in data and self._random.random() < 0.5:
                name = "ConditionCheck"
            items.append({name: data})
        data = {"TransactItems": items}
        if self._random.random() < 0.5:
            # Some come twice, and not always with the same contents.
            data["ClientRequestToken"] = f"token-{self._random.randrange(40)}"
        return "TransactWriteItems", data
