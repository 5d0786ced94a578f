from __future__ import annotations

from pathlib import Path

import pytest
from gql import GraphQLRequest
from graphql import GraphQLEnumType, build_schema, parse, validate

from clients import operations
from clients.model import Reason, Status

ROOT = Path(__file__).parents[2]
# What AppSync adds to every schema.
APPSYNC = """
scalar AWSDateTime
directive @aws_iam on FIELD_DEFINITION | OBJECT
directive @aws_cognito_user_pools on FIELD_DEFINITION | OBJECT
directive @aws_subscribe(mutations: [String!]!) on FIELD_DEFINITION
"""
SCHEMA = build_schema(APPSYNC + (ROOT / "schema.graphql").read_text(encoding="utf-8"))
DOCUMENTS = {name: value for name, value in vars(operations).items() if isinstance(value, GraphQLRequest)}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_valid_against_the_schema(name: str) -> None:
    assert validate(SCHEMA, parse(DOCUMENTS[name].payload["query"])) == []


def test_every_operation_of_a_client_has_a_document() -> None:
    requested = {
        selection.name.value
        for request in DOCUMENTS.values()
        for definition in request.document.definitions
        for selection in definition.selection_set.selections  # type: ignore[attr-defined]
    }
    offered = {
        name
        for kind in (SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type)
        if kind is not None
        for name in kind.fields
    }
    assert requested == offered - {"publishOrderStatus", "publishShopFigures", "publishImport"}


@pytest.mark.parametrize(("name", "ours"), [("OrderStatus", Status), ("FailureReason", Reason)])
def test_enums_equal_those_of_the_schema(name: str, ours: type[Status] | type[Reason]) -> None:
    theirs = SCHEMA.type_map[name]
    assert isinstance(theirs, GraphQLEnumType)
    assert list(theirs.values) == [str(member) for member in ours]


def test_none_variables_are_omitted() -> None:
    assert "variables" not in operations.with_variables(operations.ORDERS, status=None).payload
