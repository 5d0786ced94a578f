"""The application's tables, as its template declares them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.shape import shape


@dataclass(frozen=True)
class Table:
    """A table's keys: hash, then range."""

    key: tuple[str, ...]
    types: dict[str, str]
    indexes: dict[str, tuple[str, ...]]


def _keys(schema: list[dict[str, str]]) -> tuple[str, ...]:
    return tuple(key["AttributeName"] for key in sorted(schema, key=lambda key: key["KeyType"]))


def declared() -> dict[str, dict[str, Any]]:
    """Return ``create_table``'s arguments of each table, by logical id."""
    wanted = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")
    return {
        name: {field: _all_of(body[field]) for field in wanted if field in body}
        for name, body in shape.resources("AWS::DynamoDB::Table").items()
    }


def _all_of(value: Any) -> Any:
    """Return a property with everything that a condition may leave out."""
    if not isinstance(value, list):
        return value
    return [item["Fn::If"][1] if "Fn::If" in item else item for item in value]


def tables() -> dict[str, Table]:
    """Return the tables by logical id, which is their name in these tests."""
    return {
        name: Table(
            key=_keys(body["KeySchema"]),
            types={
                attribute["AttributeName"]: attribute["AttributeType"]
                for attribute in body["AttributeDefinitions"]
            },
            indexes={
                index["IndexName"]: _keys(index["KeySchema"])
                for index in body.get("GlobalSecondaryIndexes", [])
            },
        )
        for name, body in declared().items()
    }
