"""What the handlers say against ``schema.graphql``: no field too few, none too many."""

from __future__ import annotations

from pathlib import Path
from typing import get_type_hints

import pytest
from graphql import (
    EnumTypeDefinitionNode,
    InputObjectTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    build_schema,
    parse,
    validate,
)

from orders.fields import rules
from orders.parsing import CURRENCIES, parse_order
from orders.status import FailureReason, OrderStatus
from orders.views import ChangeView, ItemView, OrderView
from resolvers.channels.appsync import MUTATION, SELECTION
from tests.orders.samples import ADA, AT, submission

SDL = (Path(__file__).parents[2] / "schema.graphql").read_text("utf-8")
DOCUMENT = parse(SDL)
TYPES = {
    node.name.value: node
    for node in DOCUMENT.definitions
    if isinstance(node, ObjectTypeDefinitionNode | InputObjectTypeDefinitionNode | EnumTypeDefinitionNode)
}


def fields(name: str) -> list[str]:
    node = TYPES[name]
    assert isinstance(node, ObjectTypeDefinitionNode | InputObjectTypeDefinitionNode)
    return [field.name.value for field in node.fields or ()]


def values(name: str) -> list[str]:
    node = TYPES[name]
    assert isinstance(node, EnumTypeDefinitionNode)
    return [value.name.value for value in node.values or ()]


def test_publisher_selects_every_field_of_a_change() -> None:
    """A subscriber is sent no field that the publisher did not select."""
    assert list(SELECTION) == fields("OrderStatusChange") == fields("OrderStatusInput")


def test_publish_mutation_is_valid_against_the_schema() -> None:
    aws = "scalar AWSDateTime directive @aws_iam on FIELD_DEFINITION | OBJECT\n"
    aws += "directive @aws_cognito_user_pools on FIELD_DEFINITION | OBJECT\n"
    aws += "directive @aws_subscribe(mutations: [String!]!) on FIELD_DEFINITION\n"
    assert validate(build_schema(aws + SDL), parse(MUTATION)) == []


@pytest.mark.parametrize(
    ("view", "name"), [(ChangeView, "OrderStatusChange"), (ItemView, "OrderItem"), (OrderView, "Order")]
)
def test_views_have_the_fields_of_the_schema(view: type, name: str) -> None:
    assert list(get_type_hints(view)) == fields(name)


def test_enumerations_equal_those_of_the_schema() -> None:
    assert [str(status) for status in OrderStatus] == values("OrderStatus")
    assert [str(reason) for reason in FailureReason] == values("FailureReason")


def test_parser_has_the_fields_of_the_schema() -> None:
    whole = submission()
    assert sorted([*whole, *(rule.name for rule in rules().values()), "orchestrator"]) == sorted(
        fields("SubmitOrderInput")
    )
    items = whole["items"]
    assert isinstance(items, list)
    assert sorted(items[0]) == sorted(fields("OrderItemInput"))
    parse_order(whole, customer_id=ADA, at=AT)


def test_schema_names_the_currencies() -> None:
    assert f"{', '.join(CURRENCIES[:-1])} and {CURRENCIES[-1]}." in SDL
