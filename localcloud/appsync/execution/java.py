"""Names and notations of graphql-java, AppSync's own engine, which show in its messages and values."""

from __future__ import annotations

from typing import Final

from graphql import (
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    IntValueNode,
    ListValueNode,
    Node,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    VariableNode,
    print_ast,
)

_CLASSES: Final = {
    bool: "Boolean",
    int: "Integer",
    float: "Double",
    str: "String",
    list: "ArrayList",
    dict: "LinkedHashMap",
    type(None): "null",
}


def java_class(value: object) -> str:
    """Return the class that a JSON value has in Java."""
    if type(value) is int and not -(2**31) <= value < 2**31:
        return "Long" if -(2**63) <= value < 2**63 else "BigInteger"
    return _CLASSES.get(type(value), "Object")


def java_text(value: object) -> str:
    """Return a JSON value as Java's ``toString`` has it: what a ``String`` field makes of an object.

    Examples
    --------
    >>> java_text({"id": "7", "tags": ["a", None], "paid": True})
    '{id=7, tags=[a, null], paid=true}'
    """
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(java_text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}={java_text(inner)}' for name, inner in value.items())}}}"
    return str(value)


def java_value(node: Node) -> str:  # noqa: PLR0911
    """Return a literal as graphql-java prints its syntax tree."""
    match node:
        case StringValueNode():
            return f"StringValue{{value='{node.value}'}}"
        case BooleanValueNode():
            return f"BooleanValue{{value={str(node.value).lower()}}}"
        case IntValueNode():
            return f"IntValue{{value={node.value}}}"
        case FloatValueNode():
            return f"FloatValue{{value={node.value}}}"
        case EnumValueNode():
            return f"EnumValue{{name='{node.value}'}}"
        case NullValueNode():
            return "NullValue{}"
        case VariableNode():
            return f"VariableReference{{name='{node.name.value}'}}"
        case ListValueNode():
            return f"ArrayValue{{values=[{', '.join(map(java_value, node.values))}]}}"
        case ObjectValueNode():
            fields = (
                f"ObjectField{{name='{f.name.value}', value={java_value(f.value)}}}" for f in node.fields
            )
            return f"ObjectValue{{objectFields=[{', '.join(fields)}]}}"
        case _:
            return print_ast(node)
