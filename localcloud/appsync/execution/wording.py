"""Validation errors in AppSync's words.

AppSync validates with graphql-java: ``Validation error of type FieldUndefined: Field 'x' in type 'Query' is
undefined @ 'x'``. Clients match on those words, so graphql-core's findings are told in them. What has no
counterpart keeps graphql-core's text under the nearest type.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    ObjectFieldNode,
    TypeInfo,
    TypeInfoVisitor,
    ValueNode,
    Visitor,
    get_named_type,
    visit,
)

from localcloud.appsync.definition import JSON
from localcloud.appsync.execution.java import java_value
from localcloud.appsync.execution.paths import locations

Match = re.Match[str]
_Words = Callable[[Match], str]


# graphql-core's text -> graphql-java's type and text. `{0}` is the query path where the words end in one.
_PLAIN: Final[list[tuple[re.Pattern[str], str, _Words]]] = [
    (re.compile(pattern), kind, words)
    for pattern, kind, words in (
        (
            r"Cannot query field '(.+?)' on type '(.+?)'",
            "FieldUndefined",
            lambda m: f"Field '{m[1]}' in type '{m[2]}' is undefined @ '{{0}}'",
        ),
        (
            r"Field '(.+?)' of type '(.+?)' must have a (?:non-empty )?selection",
            "SubSelectionRequired",
            lambda m: f"Sub selection required for type {m[2].strip('[]!')} of field {m[1]} @ '{{0}}'",
        ),
        (
            r"Field '(.+?)' must not have a selection since type '(.+?)'",
            "SubSelectionNotAllowed",
            lambda m: f"Sub selection not allowed on leaf type {m[2].strip('[]!')} of field {m[1]} @ '{{0}}'",
        ),
        (
            r"Unknown argument '(.+?)' on field",
            "UnknownArgument",
            lambda m: f"Unknown field argument {m[1]} @ '{{0}}'",
        ),
        (
            r"Argument '(?:.+?)\((.+?):\)' of type '.+?' is required",
            "MissingFieldArgument",
            lambda m: f"Missing field argument {m[1]} @ '{{0}}'",
        ),
        (
            r"Variable '\$(.+?)' is not defined",
            "UndefinedVariable",
            lambda m: f"Undefined variable {m[1]} @ '{{0}}'",
        ),
        (
            r"Variable '\$(.+?)' is never used",
            "UnusedVariable",
            lambda m: f"Unused variable {m[1]}",
        ),
        (
            r"Variable '\$.+?' of type '(.+?)' used in position expecting type '(.+?)'",
            "VariableTypeMismatch",
            lambda m: f"Variable type '{m[1]}' doesn't match expected type '{m[2]}' @ '{{0}}'",
        ),
        (r"Unknown type '(.+?)'", "UnknownType", lambda m: f"Unknown type {m[1]}"),
        (
            r"Unknown fragment '(.+?)'",
            "UndefinedFragment",
            lambda m: f"Undefined fragment {m[1]} @ '{{0}}'",
        ),
        (r"Fragment '(.+?)' is never used", "UnusedFragment", lambda m: f"Unused fragment {m[1]}"),
        (
            r"Cannot spread fragment '(.+?)' within itself",
            "FragmentCycle",
            lambda _: "Fragment cycles not allowed",
        ),
        (r"Unknown directive '@(.+?)'", "UnknownDirective", lambda m: f"Unknown directive {m[1]} @ '{{0}}'"),
        (
            r"Directive '@(.+?)' may not be used on (.+?)\.",
            "MisplacedDirective",
            lambda m: f"Directive {m[1]} not allowed here @ '{{0}}'",
        ),
        (
            r"Fields '(.+?)' conflict because (.+?)\.? Use",
            "FieldsConflict",
            lambda m: f"{m[1]}: {m[2]} @ '{{0}}'",
        ),
        (
            r"Fragment .*can never be of type '(.+?)'",
            "InvalidFragmentType",
            lambda m: f"Fragment cannot be spread here: it is of type {m[1]} @ '{{0}}'",
        ),
        (
            r"(?:This anonymous operation|.*[Aa]nonymous operation) .*",
            "LoneAnonymousOperationViolation",
            lambda _: "Anonymous operation with other operations.",
        ),
        (
            r".*Subscription.* must select only one top level field",
            "SubscriptionMultipleRootFields",
            lambda _: "A subscription operation must have exactly one root field",
        ),
        (
            r"There can be only one operation named '(.+?)'",
            "DuplicateOperationName",
            lambda m: f"There can be only one operation named '{m[1]}'",
        ),
    )
]
_VALUE: Final[list[tuple[re.Pattern[str], _Words]]] = [
    (re.compile(pattern), words)
    for pattern, words in (
        (
            r"Expected value of type '.+?' to include required field '(.+?)'",
            lambda m: f"is missing required fields '[{m[1]}]'",
        ),
        (
            r"Expected value of type '(.+?)' not to include unknown field '(.+?)'",
            lambda m: f"contains a field not in '{m[1]}': '{m[2]}'",
        ),
        (r"Expected value of non-null type", lambda _: "must not be null"),
    )
]


@dataclass
class _Value:
    """Where in an argument a literal stands (``by.items[0].sku``), and of what type it should be."""

    argument: ArgumentNode
    written: str
    kind: str


class _Places(Visitor):
    """The query path of every node (``orders/orders/id``), and the argument that it belongs to."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.path: dict[int, str] = {}
        self.value: dict[int, _Value] = {}
        self._types = types
        self._fields: list[str] = []
        self._argument: ArgumentNode | None = None
        self._names: list[str] = []

    def enter(self, node: Node, *_: object) -> None:
        """Note where the node is."""
        match node:
            case FragmentDefinitionNode():
                self._fields.append(node.name.value)
            case FieldNode():
                self._fields.append(node.alias.value if node.alias else node.name.value)
            case ArgumentNode():
                self._argument = node
                self._names.append(node.name.value)
            case ObjectFieldNode():
                self._names.append(node.name.value)
            case _:
                pass
        self.path[id(node)] = "/".join(self._fields)
        if self._argument is not None and isinstance(node, ValueNode | ObjectFieldNode):
            kind = get_named_type(self._types.get_input_type())
            name = kind.name if kind is not None else "?"
            self.value[id(node)] = _Value(self._argument, ".".join(self._names), name)

    def leave(self, node: Node, *_: object) -> None:
        """Step out of the node."""
        if isinstance(node, FieldNode | FragmentDefinitionNode):
            self._fields.pop()
        if isinstance(node, ArgumentNode | ObjectFieldNode) and self._names:
            self._names.pop()
        if isinstance(node, ArgumentNode):
            self._argument = None


def _worded(error: GraphQLError, places: _Places) -> tuple[str, Node | None]:
    nodes: list[Node] = list(error.nodes or ())
    # Of a variable in the wrong place graphql-core names the definition first, then the place.
    node = (nodes[-1] if "in position expecting" in error.message else nodes[0]) if nodes else None
    path = places.path.get(id(node), "") if node is not None else ""
    for pattern, kind, words in _PLAIN:
        found = pattern.match(error.message)
        if found:
            return f"Validation error of type {kind}: {words(found).replace('{0}', path)}", node
    value = places.value.get(id(node)) if node is not None else None
    if value is not None and node is not None:
        problem = f"is not a valid '{value.kind}'"
        for pattern, words in _VALUE:
            found = pattern.match(error.message)
            if found:
                problem = words(found)
        shown = java_value(node.value if isinstance(node, ObjectFieldNode) else node)
        told = f"argument '{value.written}' with value '{shown}' {problem} @ '{path}'"
        return f"Validation error of type WrongType: {told}", value.argument
    return f"Validation error of type InvalidSyntax: {error.message}", node


def validation_errors(schema: GraphQLSchema, document: DocumentNode, found: list[GraphQLError]) -> list[JSON]:
    """Return findings of graphql-core as AppSync reports them."""
    types = TypeInfo(schema)
    places = _Places(types)
    visit(document, TypeInfoVisitor(types, places))
    told: list[JSON] = []
    for error in found:
        message, node = _worded(error, places)
        told.append({"path": None, "locations": locations(node), "message": message})  # type: ignore[dict-item]
    return told
