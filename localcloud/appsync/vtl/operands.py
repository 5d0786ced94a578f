"""What can be said of an operand or a reference by how it is written."""

from __future__ import annotations

from typing import Final

from localcloud.appsync.vtl import nodes

ALWAYS_TEXT: Final = frozenset({"context", "stageVariables"})
"""Variables of API Gateway whose members without a value are empty texts."""


def is_float(node: nodes.Expression) -> bool:
    """Return whether an operand is a double by how it is written: 5 / 2.0 is no integers' division."""
    if isinstance(node, nodes.Binary):
        return is_float(node.left) or is_float(node.right)
    return isinstance(node, nodes.Literal) and node.is_float


def leading_names(node: nodes.Reference) -> list[str]:
    """Return the names of the properties that a reference begins with."""
    names: list[str] = []
    for modifier in node.modifiers:
        if not isinstance(modifier, nodes.Property):
            break
        names.append(modifier.name)
    return names
