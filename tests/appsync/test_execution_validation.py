"""Every finding of the validation, in graphql-java's words as AppSync shows them."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.appsync.errors import MalformedRequest
from localcloud.appsync.execution.documents import Documents
from localcloud.appsync.execution.rules import RULES
from localcloud.appsync.execution.schema import build_api_schema

SDL = """
type Query {
  order(id: ID!, by: By): Order
  orders(limit: Int, status: Status, at: AWSDateTime, bys: [By!]): [Order!]!
  total: Int!
  found: Found
}
type Subscription { onOrder: Order  onOther: Order }
type Order { id: ID! note: String items: [Item] }
type Item { sku: String! }
type Cat { name: String }
union Found = Cat | Item
enum Status { NEW SENT }
input By { id: ID! name: String! nested: [By] size: Int = 1 }
"""
SCHEMA = build_api_schema(SDL)

# The rule of graphql-core, a document, the message after "Validation error of type ", the places.
CASES: list[tuple[str, str, str, list[tuple[int, int]]]] = [
    (
        "ExecutableDefinitionsRule",
        "{ total } type X { a: Int }",
        "NonExecutableDefinition: The X definition is not executable.",
        [(1, 11)],
    ),
    (
        "UniqueOperationNamesRule",
        "query A { total } query A { total }",
        "DuplicateOperationName: There can be only one operation named 'A'",
        [(1, 19)],
    ),
    (
        "LoneAnonymousOperation",
        "{ total } query B { total }",
        "LoneAnonymousOperationViolation: Operation B is following anonymous operation.",
        [(1, 11)],
    ),
    (
        "LoneAnonymousOperation",
        "query B { total } { total }",
        "LoneAnonymousOperationViolation: Anonymous operation with other operations.",
        [(1, 19)],
    ),
    (
        "SingleFieldSubscriptionsRule",
        "subscription S { onOrder { id } onOther { id } }",
        "SubscriptionMultipleRootFields: Subscription operation 'S' must have exactly one root field"
        " @ 'onOther'",
        [(1, 33)],
    ),
    (
        "KnownTypeNamesRule",
        "query A($x: Nope) { order(id: $x) { id } }",
        "UnknownType: Unknown type Nope",
        [(1, 13)],
    ),
    (
        "KnownTypeNamesRule",
        "{ order(id: 1) { ... on Nope { id } } }",
        "UnknownType: Unknown type Nope @ 'order'",
        [(1, 25)],
    ),
    (
        "FragmentsOnCompositeTypesRule",
        "{ order(id: 1) { ... on Status { id } } }",
        "InlineFragmentTypeConditionInvalid: Inline fragment type condition is invalid, "
        "must be on Object/Interface/Union @ 'order'",
        [(1, 25)],
    ),
    (
        "FragmentsOnCompositeTypesRule",
        "{ ...F } fragment F on Status { id }",
        "InlineFragmentTypeConditionInvalid: Fragment type condition is invalid, "
        "must be on Object/Interface/Union @ 'F'",
        [(1, 24)],
    ),
    (
        "VariablesAreInputTypesRule",
        "query A($x: Order) { total @include(if: $x) }",
        "NonInputTypeOnVariable: Wrong type for a variable",
        [(1, 13)],
    ),
    (
        "ScalarLeafsRule",
        "{ orders { id { x } } }",
        "SubSelectionNotAllowed: Sub selection not allowed on leaf type null of field id @ 'orders/id'",
        [(1, 12)],
    ),
    (
        "ScalarLeafsRule",
        "{ order(id: 1) { note { x } } }",
        "SubSelectionNotAllowed: Sub selection not allowed on leaf type String of field note @ 'order/note'",
        [(1, 18)],
    ),
    (
        "ScalarLeafsRule",
        "{ order(id: 1) }",
        "SubSelectionRequired: Sub selection required for type Order of field order @ 'order'",
        [(1, 3)],
    ),
    (
        "ScalarLeafsRule",
        "{ order(id: 1) { items } }",
        "SubSelectionRequired: Sub selection required for type null of field items @ 'order/items'",
        [(1, 18)],
    ),
    (
        "FieldsOnCorrectTypeRule",
        "{ mine: order(id: 1) { nope } }",
        "FieldUndefined: Field 'nope' in type 'Order' is undefined @ 'order/nope'",
        [(1, 24)],
    ),
    (
        "UniqueFragmentNamesRule",
        "{ ...F } fragment F on Query { total } fragment F on Query { total }",
        "DuplicateFragmentName: There can be only one fragment named 'F' @ 'F'",
        [(1, 40)],
    ),
    (
        "KnownFragmentNamesRule",
        "{ order(id: 1) { ...F } }",
        "UndefinedFragment: Undefined fragment F @ 'order'",
        [(1, 18)],
    ),
    (
        "NoUnusedFragmentsRule",
        "{ total } fragment F on Query { total }",
        "UnusedFragment: Unused fragment F",
        [(1, 11)],
    ),
    (
        "PossibleFragmentSpreadsRule",
        "{ order(id: 1) { ... on Item { sku } } }",
        "InvalidFragmentType: Fragment cannot be spread here as objects of type Order "
        "can never be of type Item @ 'order'",
        [(1, 18)],
    ),
    (
        "PossibleFragmentSpreadsRule",
        "{ order(id: 1) { ...F } } fragment F on Item { sku }",
        "InvalidFragmentType: Fragment F cannot be spread here as objects of type Order "
        "can never be of type Item @ 'order'",
        [(1, 18)],
    ),
    (
        "NoFragmentCyclesRule",
        "{ ...F } fragment F on Query { total ...F }",
        "FragmentCycle: Fragment cycles not allowed @ 'F'",
        [(1, 38)],
    ),
    (
        "UniqueVariableNamesRule",
        "query A($x: ID!, $x: ID!) { order(id: $x) { id } }",
        "DuplicateVariableName: There can be only one variable named 'x'",
        [(1, 18)],
    ),
    (
        "NoUndefinedVariablesRule",
        "query A { order(id: $x) { id } }",
        "UndefinedVariable: Undefined variable x @ 'order'",
        [(1, 21)],
    ),
    (
        "NoUnusedVariablesRule",
        "query A($x: ID) { total }",
        "UnusedVariable: Unused variable x",
        [(1, 9)],
    ),
    (
        "KnownDirectivesRule",
        "{ total @nope }",
        "UnknownDirective: Unknown directive nope @ 'total'",
        [(1, 9)],
    ),
    (
        "KnownDirectivesRule",
        "{ order(id: 1) { ... @defer { id } } }",
        "UnknownDirective: Unknown directive defer @ 'order'",
        [(1, 22)],
    ),
    (
        "KnownDirectivesRule",
        "query @skip(if: true) { total }",
        "MisplacedDirective: Directive skip not allowed here",
        [(1, 7)],
    ),
    (
        "UniqueDirectivesPerLocationRule",
        "{ total @skip(if: true) @skip(if: true) }",
        "DuplicateDirectiveName: Directives must be uniquely named within a location. "
        "The directive 'skip' used on a 'Field' is not unique. @ 'total'",
        [(1, 25)],
    ),
    (
        "KnownArgumentNamesRule",
        "{ total(x: 1) }",
        "UnknownArgument: Unknown field argument x @ 'total'",
        [(1, 9)],
    ),
    (
        "KnownArgumentNamesRule",
        "{ total @skip(if: true, x: 1) }",
        "UnknownDirective: Unknown directive argument x @ 'total'",
        [(1, 25)],
    ),
    (
        "UniqueArgumentNamesRule",
        "{ order(id: 1, id: 2) { id } }",
        "DuplicateArgumentNames: There can be only one argument named 'id' @ 'order'",
        [(1, 3)],
    ),
    (
        "ArgumentsOfCorrectType",
        '{ orders(limit: "1") { id } }',
        "WrongType: argument 'limit' with value 'StringValue{value='1'}' is not a valid 'Int' @ 'orders'",
        [(1, 10)],
    ),
    (
        "ArgumentsOfCorrectType",
        "{ orders(limit: 1.5) { id } }",
        "WrongType: argument 'limit' with value 'FloatValue{value=1.5}' is not a valid 'Int' @ 'orders'",
        [(1, 10)],
    ),
    (
        "ArgumentsOfCorrectType",
        "{ orders(limit: 3000000000) { id } }",
        "WrongType: argument 'limit' with value 'IntValue{value=3000000000}' is not a valid 'Int' @ 'orders'",
        [(1, 10)],
    ),
    (
        "ArgumentsOfCorrectType",
        "{ orders(status: LATE) { id } }",
        "WrongType: argument 'status' with value 'EnumValue{name='LATE'}' is not a valid 'Status' @ 'orders'",
        [(1, 10)],
    ),
    (
        "ArgumentsOfCorrectType",
        '{ orders(at: "now") { id } }',
        "WrongType: argument 'at' with value 'StringValue{value='now'}' is not a valid 'AWSDateTime'"
        " @ 'orders'",
        [(1, 10)],
    ),
    (
        "ArgumentsOfCorrectType",
        "{ order(id: null) { id } }",
        "WrongType: argument 'id' with value 'NullValue{}' must not be null @ 'order'",
        [(1, 9)],
    ),
    (
        "ArgumentsOfCorrectType",
        "{ order(id: 1, by: 5) { id } }",
        "WrongType: argument 'by' with value 'IntValue{value=5}' must be an object type @ 'order'",
        [(1, 16)],
    ),
    (
        "ArgumentsOfCorrectType",
        "{ order(id: 1, by: {size: true}) { id } }",
        "WrongType: argument 'by' with value 'ObjectValue{objectFields=[ObjectField{name='size', "
        "value=BooleanValue{value=true}}]}' is missing required fields '[id, name]' @ 'order'",
        [(1, 16)],
    ),
    (
        "ArgumentsOfCorrectType",
        '{ order(id: 1, by: {id: 1, name: "n", nope: [NEW]}) { id } }',
        "WrongType: argument 'by' with value 'ObjectValue{objectFields=[ObjectField{name='id', "
        "value=IntValue{value=1}}, ObjectField{name='name', value=StringValue{value='n'}}, "
        "ObjectField{name='nope', value=ArrayValue{values=[EnumValue{name='NEW'}]}}]}' "
        "contains a field not in 'By': 'nope' @ 'order'",
        [(1, 16)],
    ),
    (
        "ArgumentsOfCorrectType",
        '{ orders(bys: [{id: 1, name: "n"}, {id: 2, name: "m", nested: {id: 3, name: 5}}]) { id } }',
        "WrongType: argument 'bys[1].nested.name' with value 'IntValue{value=5}' is not a valid 'String'"
        " @ 'orders'",
        [(1, 10)],
    ),
    (
        "VariableDefaultsOfCorrectType",
        'query A($x: Int = "1", $y: [Int] = [1]) { orders(limit: $x) { id } total @skip(if: true) }',
        "BadValueForDefaultArg: Bad default value StringValue{value='1'} for type Int",
        [(1, 9)],
    ),
    (
        "ProvidedRequiredArgumentsRule",
        "{ order { id } }",
        "MissingFieldArgument: Missing field argument id @ 'order'",
        [(1, 3)],
    ),
    (
        "ProvidedRequiredArgumentsRule",
        "{ total @skip }",
        "MissingDirectiveArgument: Missing directive argument if @ 'total'",
        [(1, 9)],
    ),
    (
        "VariablesInAllowedPositionRule",
        "query A($x: String!) { order(id: $x) { id } }",
        "VariableTypeMismatch: Variable type 'String!' doesn't match expected type 'ID!' @ 'order'",
        [(1, 34)],
    ),
    (
        "VariablesInAllowedPositionRule",
        'query A($x: String = "1") { order(id: $x) { id } }',
        "VariableTypeMismatch: Variable type 'String!' doesn't match expected type 'ID!' @ 'order'",
        [(1, 39)],
    ),
    (
        "OverlappingFieldsCanBeMergedRule",
        "{ order(id: 1) { a: id a: note } }",
        "FieldsConflict: a: id and note are different fields @ 'order'",
        [(1, 18), (1, 24)],
    ),
    (
        "OverlappingFieldsCanBeMergedRule",
        "{ order(id: 1) { id } order(id: 2) { id } }",
        "FieldsConflict: order: they have differing arguments",
        [(1, 3), (1, 23)],
    ),
    (
        "OverlappingFieldsCanBeMergedRule",
        "{ found { ... on Cat { x: name } ... on Item { x: sku } } }",
        "FieldsConflict: x: they return differing types String and String @ 'found'",
        [(1, 24), (1, 48)],
    ),
    (
        "OverlappingFieldsCanBeMergedRule",
        "{ order(id: 1) { a: id b: id } order(id: 1) { a: note b: note } }",
        "FieldsConflict: order: (a: id and note are different fields, b: id and note are different fields)",
        [(1, 3), (1, 18), (1, 24), (1, 32), (1, 47), (1, 55)],
    ),
    (
        "UniqueInputFieldNamesRule",
        '{ order(id: 1, by: {id: 1, id: 2, name: ""}) { id } }',
        "UniqueObjectFieldName: There can be only one field named 'id' @ 'order'",
        [(1, 28)],
    ),
    (
        "MaxIntrospectionDepthRule",
        "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
        "InvalidSyntax: Maximum introspection depth exceeded @ '__schema'",
        [(1, 3)],
    ),
]
NOT_HERE = {"KnownOperationTypesRule"}  # in words of its own, below


def errors(text: str, *, introspection: bool = True) -> list[Any]:
    return Documents(SCHEMA, introspection=introspection).read(text).errors


@pytest.mark.parametrize(("rule", "text", "message", "places"), CASES)
def test_validation_errors_have_the_wording_of_appsync(
    rule: str, text: str, message: str, places: list[tuple[int, int]]
) -> None:
    expected = {
        "path": None,
        "locations": [{"line": line, "column": column, "sourceName": None} for line, column in places],
        "message": f"Validation error of type {message}",
    }
    assert expected in errors(text)


def test_every_validation_rule_has_a_case() -> None:
    assert {rule.__name__ for rule in RULES} == {case[0] for case in CASES} | NOT_HERE


def test_operation_without_its_root_type_is_refused() -> None:
    assert errors("mutation { a }")[0] == {
        "path": None,
        "locations": [{"line": 1, "column": 1, "sourceName": None}],
        "message": "Schema is not configured for mutations.",
    }


def test_invalid_argument_is_reported_once() -> None:
    result = errors('{ orders(limit: "1", status: X, bys: [{}, {}]) { id } }')
    assert [e["message"].split("'")[1] for e in result] == ["limit", "status", "bys[0]"]


def test_disabled_introspection_is_an_undefined_field() -> None:
    for field in ("__schema { types { name } }", '__type(name: "Order") { name }'):
        name = field[:8] if field.startswith("__schema") else "__type"
        [result] = errors(f"{{ {field} }}", introspection=False)
        assert result["message"] == (
            f"Validation error of type FieldUndefined: Field '{name}' in type 'Query' is undefined @ '{name}'"
        )
    assert errors("{ __typename }", introspection=False) == []


@pytest.mark.parametrize("text", ["{", "{}", "query", "{ a(: 1) }", "type X { a: Int }", "", '{ a(x: "'])
def test_unparsable_document_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(MalformedRequest, match=r"Unable to parse GraphQL query\."):
        errors(text)
