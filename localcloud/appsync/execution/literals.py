"""Values that are written in a document or a schema, as graphql-java 9 reads them (``ValuesResolver``)."""

from __future__ import annotations

from collections.abc import Mapping

from graphql import (
    EnumValueNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    Visitor,
    visit,
)

from localcloud.appsync.definition import JSON

Variables = Mapping[str, JSON]


def literal(kind: GraphQLInputType, node: ValueNode, variables: Variables) -> JSON:  # noqa: PLR0911
    """Return what a literal of a valid document says; a variable that was not given is null."""
    if isinstance(node, VariableNode):
        return variables.get(node.name.value)
    if isinstance(node, NullValueNode):
        return None
    if isinstance(kind, GraphQLNonNull):
        return literal(kind.of_type, node, variables)
    if isinstance(kind, GraphQLList):
        nodes = node.values if isinstance(node, ListValueNode) else (node,)
        return [literal(kind.of_type, item, variables) for item in nodes]
    if isinstance(kind, GraphQLInputObjectType):
        return _object(kind, node, variables) if isinstance(node, ObjectValueNode) else None
    if isinstance(kind, GraphQLEnumType):
        return node.value if isinstance(node, EnumValueNode) else None
    value: JSON = kind.parse_literal(node, None)
    return value


def _object(kind: GraphQLInputObjectType, node: ObjectValueNode, variables: Variables) -> dict[str, JSON]:
    values = {field.name.value: field.value for field in node.fields}
    out: dict[str, JSON] = {}
    for name, definition in kind.fields.items():
        written = values.get(name)
        if written is None:
            default = default_of(definition)
            if default is not None:
                out[name] = default
        elif isinstance(written, VariableNode) and written.name.value not in variables:
            continue  # here, unlike for an argument, what was not given is not there
        else:
            value = literal(definition.type, written, variables)
            if value is None and not isinstance(written, NullValueNode):
                value = default_of(definition)
            out[name] = value
    return out


def default_of(definition: GraphQLArgument | GraphQLInputField) -> JSON:
    """Return the default that the schema gives an argument or an input field, None without one."""
    node = definition.ast_node.default_value if definition.ast_node is not None else None
    return literal(definition.type, node, {}) if node is not None else None


class _Names(Visitor):
    present = False

    def enter_variable(self, *_: object) -> None:
        self.present = True


def names_variables(node: ValueNode) -> bool:
    """Return whether a literal's value hangs on variables."""
    names = _Names()
    visit(node, names)
    return names.present
