"""Validation errors in AppSync's words.

AppSync validates with graphql-java: ``Validation error of type FieldUndefined: Field 'x' in type 'Query' is
undefined @ 'x'``. Clients match on those words, so graphql-core's findings are told in them. What has no
counterpart keeps graphql-core's text under the nearest type.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    IntValueNode,
    ListValueNode,
    Node,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    VariableNode,
    Visitor,
    print_ast,
    visit,
)

from localcloud.appsync.definition import JSON
from localcloud.appsync.execution.paths import locations

Match = re.Match[str]
_Words = Callable[[Match], str]


def java_value(node: Node) -> str:  # noqa: PLR0911
    """Return a literal as graphql-java prints its syntax tree."""
    match node:
        case StringValueNode():
            return f"StringValue{{value='{node.value}'}}"
        case BooleanValueNode():
            return f"BooleanValue{{value={str(node.value).lower()}}}"
        case IntValueNode():
            return f"IntValue{{value={node.value}}}"
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
            return f"{type(node).__name__.removesuffix('Node')}{{value={print_ast(node)}}}"


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
            r"There can be only one operation named '(.+?)'",
            "DuplicateOperationName",
            lambda m: f"There can be only one operation named '{m[1]}'",
        ),
    )
]
_VALUE: Final[list[tuple[re.Pattern[str], str, Callable[[Match], str]]]] = [
    (re.compile(pattern), kind, words)
    for pattern, kind, words in (
        (
            r"Expected value of type '.+?' to include required field '(.+?)'",
            "WrongType",
            lambda m: f"is missing required fields '[{m[1]}]'",
        ),
        (
            r"Expected value of type '(.+?)' not to include unknown field '(.+?)'",
            "WrongType",
            lambda m: f"contains a field not in '{m[1]}': '{m[2]}'",
        ),
        (
            r"Expected value of non-null type '.+?' not to be None",
            "WrongType",
            lambda _: "must not be null",
        ),
        (
            r"(?:Expected value of type|Value .* in) '(.+?)'",
            "WrongType",
            lambda m: f"is not a valid '{m[1].strip('[]!')}'",
        ),
        (r"(.*)", "WrongType", lambda _: "is not valid"),
    )
]


class _Places(Visitor):
    """The query path of every node (``orders/orders/id``), and the argument that it belongs to."""

    def __init__(self) -> None:
        super().__init__()
        self.path: dict[int, str] = {}
        self.argument: dict[int, ArgumentNode] = {}
        self._fields: list[str] = []
        self._arguments: list[ArgumentNode] = []

    def enter(self, node: Node, *_: object) -> None:
        """Note where the node is."""
        if isinstance(node, FragmentDefinitionNode):
            self._fields.append(node.name.value)
        if isinstance(node, FieldNode):
            self._fields.append(node.alias.value if node.alias else node.name.value)
        if isinstance(node, ArgumentNode):
            self._arguments.append(node)
        self.path[id(node)] = "/".join(self._fields)
        if self._arguments:
            self.argument[id(node)] = self._arguments[-1]

    def leave(self, node: Node, *_: object) -> None:
        """Step out of the node."""
        if isinstance(node, FieldNode | FragmentDefinitionNode):
            self._fields.pop()
        if isinstance(node, ArgumentNode):
            self._arguments.pop()


def _worded(error: GraphQLError, places: _Places) -> tuple[str, Node | None]:
    nodes: list[Node] = list(error.nodes or ())
    # Of a variable in the wrong place graphql-core names the definition first, then the place.
    node = (nodes[-1] if "in position expecting" in error.message else nodes[0]) if nodes else None
    path = places.path.get(id(node), "") if node is not None else ""
    for pattern, kind, words in _PLAIN:
        found = pattern.match(error.message)
        if found:
            return f"Validation error of type {kind}: {words(found).replace('{0}', path)}", node
    argument = places.argument.get(id(node)) if node is not None else None
    if argument is not None:
        for pattern, kind, words in _VALUE:
            found = pattern.match(error.message)
            if found:
                value = java_value(argument.value)
                told = f"argument '{argument.name.value}' with value '{value}' {words(found)} @ '{path}'"
                return f"Validation error of type {kind}: {told}", argument
    return f"Validation error of type InvalidSyntax: {error.message}", node


def validation_errors(document: DocumentNode, found: list[GraphQLError]) -> list[JSON]:
    """Return findings of graphql-core as AppSync reports them."""
    places = _Places()
    visit(document, places)
    told: list[JSON] = []
    for error in found:
        message, node = _worded(error, places)
        told.append({"path": None, "locations": locations(node), "message": message})  # type: ignore[dict-item]
    return told
