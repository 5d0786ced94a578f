"""What a JSONata expression reads: variables, parts of ``$states``, and what Step Functions lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

# Where a node keeps the nodes below it that see the same context as itself.
_BRANCHES: Final = ("procedure", "arguments", "body", "expressions", "expression", "lhs", "rhs")
_MORE_BRANCHES: Final = ("lhs_object", "rhs_object", "condition", "then", "_else")
# Where it keeps those whose context is what it gives.
_INNER: Final = ("stages", "predicate", "group", "expr", "terms", "pattern", "update", "delete")


@dataclass(slots=True)
class References:
    """What an expression reads.

    Attributes
    ----------
    variables
        By name; those that it sets itself and functions of its own and of JSONata's are among them.
    states
        The members of ``$states``: ``input``, ``context``, ``result``, ``errorOutput``.
    unsupported
        AWS's sentence on each reference that a state machine may not have.
    """

    variables: set[str] = field(default_factory=set)
    states: set[str] = field(default_factory=set)
    unsupported: list[str] = field(default_factory=list)


def references_of(tree: Any) -> References:
    """Return what the parsed expression `tree` reads."""
    references = References()
    _visit(tree, True, references)
    return references


def _visit(node: Any, top: bool, references: References) -> None:
    """Visit `node`; at the `top` there is no context to read names from."""
    kind = getattr(node, "type", None)
    if kind == "path":
        _visit_path(node, top, references)
    elif kind == "variable":
        _visit_variable(node.value, top, references)
    elif kind == "name" and top:
        references.unsupported.append(f"Reference to '{node.value}' at the top level is not supported.")
    else:
        for child in _children(node, _BRANCHES + _MORE_BRANCHES):
            _visit(child, top, references)
    for child in _children(node, _INNER):
        _visit(child, False, references)


def _visit_path(node: Any, top: bool, references: References) -> None:
    first, *rest = node.steps
    _visit(first, top, references)
    for step in rest:
        _visit(step, False, references)
    if rest and getattr(first, "type", None) == "variable" and first.value == "states":
        references.states.add(str(rest[0].value))


def _visit_variable(name: str, top: bool, references: References) -> None:
    if name == "$":
        references.unsupported.append("Reference to '$$' is not supported.")
    elif name:
        references.variables.add(name)
    elif top:
        references.unsupported.append("Reference to '$' at the top level is not supported.")


def _children(node: Any, places: tuple[str, ...]) -> Iterator[Any]:
    """Yield the nodes that `node` keeps in `places`, lists of lists taken apart."""
    for place in places:
        yield from _flat(getattr(node, place, None))


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _flat(item)
    elif hasattr(value, "type"):
        yield value
