"""The companion's schema against ``schema.graphql``: the same definitions, but for what is listed."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import (
    DirectiveNode,
    EnumTypeDefinitionNode,
    InputObjectTypeDefinitionNode,
    Node,
    ObjectTypeDefinitionNode,
    StringValueNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from chalicelib.graphql.schema import SCHEMA

CONTRACT = (Path(__file__).parents[2] / "schema.graphql").read_text("utf-8")

# What the contract has and the companion has not, with the reason.
APPSYNC_ALONE = {
    "Mutation.publishOrderStatus": "it feeds AppSync's subscriptions, and only the backend may call it (IAM)",
    "OrderStatusInput": "publishOrderStatus' argument",
    **dict.fromkeys(
        (
            *("Query.deadLetters", "Query.deadLetterMessages", "Mutation.redriveDeadLetters"),
            *("DeadLetterPlace", "DeadLetterWay", "DeadLetterMove", "DeadLetterMoveStatus", "DeadLetter"),
            *("DeadLetterRedrive", "DeadLetterFailure", "RedriveDeadLettersInput"),
        ),
        "the queues are the stack's, and the companion's role reaches none of them",
    ),
    **dict.fromkeys(
        (
            *("Query.customerSummary", "Mutation.rebuildSummaries", "CustomerSummary", "StatusCount"),
            *("Spending", "SummaryRebuild", "SummaryRebuildStatus", "RebuildSummariesInput"),
        ),
        "the read model is the stack's, and the companion's role reaches none of it",
    ),
    **dict.fromkeys(
        (
            *("Query.shopFigures", "Mutation.publishShopFigures", "Subscription.onShopFigures"),
            *("ShopFigures", "StatusFigure", "MinuteFigure", "EntriesFigure", "RevenueFigure"),
            *("DeliveryFigure", "ShopFiguresInput", "StatusFigureInput", "MinuteFigureInput"),
            *("EntriesFigureInput", "RevenueFigureInput", "DeliveryFigureInput"),
        ),
        "the figures are the nested stack's, and the companion's role reaches none of it",
    ),
    **dict.fromkeys(
        ("Query.allOrders", "Subscription.onAnyOrder"),
        "the staff's board is the stack's, and the companion's role reads no index of everyone's orders",
    ),
    **dict.fromkeys(
        (
            *("Query.import", "Query.imports", "Mutation.createImport", "Mutation.cancelImport"),
            *("Mutation.publishImport", "Subscription.onImport", "Import", "ImportPage", "ImportUpload"),
            *("UploadField", "RefusedLine", "ImportProgress", "ImportStatus", "ImportFailure"),
            *("CreateImportInput", "ImportProgressInput", "RefusedLineInput"),
        ),
        "files and what reads them are the stack's, and the companion's role reaches none of them",
    ),
}
# What the companion must declare and AppSync brings along.
COMPANION_ALONE = {"AWSDateTime"}

Definition = ObjectTypeDefinitionNode | InputObjectTypeDefinitionNode | EnumTypeDefinitionNode


class _Plain(Visitor):
    """Drops what is AppSync's own, and how a description is quoted."""

    def enter_directive(self, node: DirectiveNode, *_: object) -> object:
        return self.REMOVE

    def enter_string_value(self, node: StringValueNode, *_: object) -> Node:
        return StringValueNode(value=node.value, block=True)


def definitions(text: str) -> dict[str, Definition]:
    """Each type with its description, fields, arguments, defaults and nullability, by its name."""
    document = visit(parse(text, no_location=True), _Plain())
    return {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, ObjectTypeDefinitionNode | InputObjectTypeDefinitionNode | EnumTypeDefinitionNode)
    }


def without(node: Definition, leave_out: set[str]) -> str:
    """A definition's text, some of its fields left out."""
    if isinstance(node, ObjectTypeDefinitionNode):
        kept = tuple(f for f in node.fields or () if f"{node.name.value}.{f.name.value}" not in leave_out)
        node = ObjectTypeDefinitionNode(
            name=node.name, description=node.description, fields=kept, interfaces=(), directives=()
        )
    return print_ast(node)


OURS, THEIRS = definitions(SCHEMA.as_str()), definitions(CONTRACT)


@pytest.mark.parametrize("name", sorted(THEIRS.keys() - APPSYNC_ALONE.keys()))
def test_each_definition_equals_that_of_the_contract(name: str) -> None:
    assert without(OURS[name], set()) == without(THEIRS[name], set(APPSYNC_ALONE))


def test_schema_has_no_further_definitions() -> None:
    assert OURS.keys() == THEIRS.keys() - APPSYNC_ALONE.keys()
    assert {name for name in SCHEMA._schema.type_map if name.startswith("AWS")} == COMPANION_ALONE


def test_omitted_definitions_exist_in_the_contract() -> None:
    """A difference that is none any more must leave the list."""
    names = {*THEIRS} | {
        f"{name}.{field.name.value}"
        for name, node in THEIRS.items()
        if not isinstance(node, EnumTypeDefinitionNode)
        for field in node.fields or ()
    }
    assert names >= APPSYNC_ALONE.keys()
