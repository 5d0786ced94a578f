"""Variables, coerced to the types that the operation declares, and refused in AppSync's words."""

from __future__ import annotations

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
    is_input_type,
    type_from_ast,
)
from graphql.execution.values import VariableValues, get_variable_values

from localcloud.appsync.definition import JSON
from localcloud.appsync.execution.java import java_class
from localcloud.appsync.execution.paths import locations


class VariablesError(Exception):
    """Variables that do not fit; ``errors`` holds the answer's errors."""

    def __init__(self, errors: list[JSON]) -> None:
        super().__init__("the variables do not fit the operation")
        self.errors = errors


def coerce_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode, given: dict[str, JSON]
) -> VariableValues:
    """Return the operation's variables with the given values.

    Raises
    ------
    VariablesError
        When a value does not fit its type.
    """
    values = get_variable_values(schema, operation.variable_definitions or (), dict(given))
    if isinstance(values, VariableValues):
        return values
    errors: list[JSON] = []
    for definition in operation.variable_definitions or ():
        problem = _problem(schema, definition, given)
        if problem is not None:
            errors.append(problem)
    if not errors:
        errors = [{"path": None, "locations": None, "message": problem.message} for problem in values]
    raise VariablesError(errors)


def _problem(
    schema: GraphQLSchema, definition: VariableDefinitionNode, given: dict[str, JSON]
) -> JSON | None:
    name = definition.variable.name.value
    kind = type_from_ast(schema, definition.type)
    if kind is None or not is_input_type(kind):
        return None
    value = given.get(name, Undefined)
    if value is Undefined and (definition.default_value is not None or not isinstance(kind, GraphQLNonNull)):
        return None
    message = _explained(kind, None if value is Undefined else value, name, name)
    if message is None:
        return None
    # AppSync gives no place for this one, and ends it with a blank.
    unknown = message.startswith("The variables input")
    place = None if unknown else locations(definition)
    return {"path": None, "locations": place, "message": message}  # type: ignore[dict-item]


def _explained(kind: GraphQLInputType, value: object, variable: str, name: str) -> str | None:  # noqa: PLR0911
    """Say what is wrong with a value, or None. A bad value names its field, a null the variable."""
    if isinstance(kind, GraphQLNonNull):
        if value is None:
            return f"Variable '{variable}' has coerced Null value for NonNull type '{kind}'"
        return _explained(kind.of_type, value, variable, name)
    if value is None:
        return None
    if isinstance(kind, GraphQLList):
        items = value if isinstance(value, list) else [value]
        found = (_explained(kind.of_type, item, variable, name) for item in items)
        return next((message for message in found if message is not None), None)
    if isinstance(kind, GraphQLInputObjectType):
        return _explained_object(kind, value, variable, name)
    bad = f"Variable '{name}' has an invalid value. "
    if isinstance(kind, GraphQLEnumType):
        if value in kind.values:
            return None
        return f"{bad}Invalid input for Enum '{kind.name}'. No value found for name '{value}'"
    assert isinstance(kind, GraphQLScalarType)
    try:
        kind.coerce_input_value(value)
    except GraphQLError as problem:
        if kind.name.startswith("AWS"):
            return bad + problem.message
        return f"{bad}Expected type '{kind.name}' but was '{java_class(value)}'."
    return None


def _explained_object(kind: GraphQLInputObjectType, value: object, variable: str, name: str) -> str | None:
    if not isinstance(value, dict):
        was = java_class(value)
        return f"Variable '{name}' has an invalid value. Expected type 'Map' but was '{was}'."
    if any(key not in kind.fields for key in value):
        return (
            f"The variables input contains a field that is not defined for input object type '{kind.name}' "
        )
    for key, definition in kind.fields.items():
        if key not in value and definition.ast_node is not None and definition.ast_node.default_value:
            continue
        message = _explained(definition.type, value.get(key), variable, key)
        if message is not None:
            return message
    return None
