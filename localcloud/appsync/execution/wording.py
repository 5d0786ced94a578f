"""Validation errors in AppSync's words.

AppSync validates with graphql-java: ``Validation error of type FieldUndefined: Field 'x' in type 'Query' is
undefined @ 'x'``. Clients match on those words, so graphql-core's findings are worded so: the types and
texts are those of graphql-java 9, which AppSync's answers in public issues agree with. What that version does
not look for has the words of the first one that does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    NameNode,
    Node,
    SelectionSetNode,
    VariableDefinitionNode,
    Visitor,
    visit,
)
from graphql.language import NonNullTypeNode

from localcloud.appsync.definition import JSON
from localcloud.appsync.execution.paths import Location, locations
from localcloud.appsync.execution.rules import Finding

Match = re.Match[str]
_Text = Callable[[Match], str]


def _type_name(kind: str) -> str:
    """Return a type's name as graphql-java 9 has it: those of lists and non-nulls are null."""
    return "null" if kind[-1] in "]!" else kind


def _conflict(name: str, reason: str) -> str:
    """Return why two fields of one key conflict, the conflicts of their subfields in parentheses."""
    if reason.startswith("subfields "):
        inner = re.split(r" and (?=subfields ')", reason)
        matches = (re.match(r"subfields '(.+?)' conflict because (.+)", text) for text in inner)
        return f"{name}: ({', '.join(_conflict(m[1], m[2]) for m in matches if m)})"
    different = re.match(r"'(.+?)' and '(.+?)' are different fields", reason)
    if different:
        return f"{name}: {different[1]} and {different[2]} are different fields"
    types = re.match(r"they return conflicting types '(.+?)' and '(.+?)'", reason)
    if types:
        first, second = (kind.strip("[]!") for kind in types.groups())
        return f"{name}: they return differing types {first} and {second}"
    return f"{name}: {reason}"


# graphql-core's text -> graphql-java's type and text.
_WORDS: Final[list[tuple[re.Pattern[str], str, _Text]]] = [
    (re.compile(pattern), kind, text)
    for pattern, kind, text in (
        (r"The '?(.+?)'? definition is not executable", "NonExecutableDefinition",
         lambda m: f"The {m[1]} definition is not executable."),
        (r"Cannot query field '(.+?)' on type '(.+?)'", "FieldUndefined",
         lambda m: f"Field '{m[1]}' in type '{m[2]}' is undefined"),
        (r"Fragment cannot condition on non composite type", "InlineFragmentTypeConditionInvalid",
         lambda _: "Inline fragment type condition is invalid, must be on Object/Interface/Union"),
        (r"Fragment '.+?' cannot condition on non composite", "InlineFragmentTypeConditionInvalid",
         lambda _: "Fragment type condition is invalid, must be on Object/Interface/Union"),
        (r"Unknown argument '(.+?)' on directive", "UnknownDirective",
         lambda m: f"Unknown directive argument {m[1]}"),
        (r"Unknown argument '(.+?)' on field", "UnknownArgument", lambda m: f"Unknown field argument {m[1]}"),
        (r"Unknown directive '@(.+?)'", "UnknownDirective", lambda m: f"Unknown directive {m[1]}"),
        (r"Directive '@(.+?)' may not be used on", "MisplacedDirective",
         lambda m: f"Directive {m[1]} not allowed here"),
        (r"Unknown fragment '(.+?)'", "UndefinedFragment", lambda m: f"Undefined fragment {m[1]}"),
        (r"Unknown type '(.+?)'", "UnknownType", lambda m: f"Unknown type {m[1]}"),
        (r"Cannot spread fragment '(.+?)' within itself", "FragmentCycle",
         lambda _: "Fragment cycles not allowed"),
        (r"Variable '\$(.+?)' is not defined", "UndefinedVariable", lambda m: f"Undefined variable {m[1]}"),
        (r"Fragment '(.+?)' is never used", "UnusedFragment", lambda m: f"Unused fragment {m[1]}"),
        (r"Variable '\$(.+?)' is never used", "UnusedVariable", lambda m: f"Unused variable {m[1]}"),
        (r"Fields '(.+?)' conflict because (.+?)\. Use different aliases", "FieldsConflict",
         lambda m: _conflict(m[1], m[2])),
        (r"Fragment cannot be spread here as objects of type '(.+?)' can never be of type '(.+?)'",
         "InvalidFragmentType",
         lambda m: f"Fragment cannot be spread here as objects of type {m[1]} can never be of type {m[2]}"),
        (r"Fragment '(.+?)' cannot be spread here as objects of type '(.+?)' can never be of type '(.+?)'",
         "InvalidFragmentType",
         lambda m: (f"Fragment {m[1]} cannot be spread here as objects of type {m[2]} "
                    f"can never be of type {m[3]}")),
        (r"Argument '@.+?\((.+?):\)' of type '.+?' is required", "MissingDirectiveArgument",
         lambda m: f"Missing directive argument {m[1]}"),
        (r"Argument '(?:.+?)\((.+?):\)' of type '.+?' is required", "MissingFieldArgument",
         lambda m: f"Missing field argument {m[1]}"),
        (r"Field '(.+?)' must not have a selection since type '(.+?)'", "SubSelectionNotAllowed",
         lambda m: f"Sub selection not allowed on leaf type {_type_name(m[2])} of field {m[1]}"),
        (r"Field '(.+?)' of type '(.+?)' must have (?:a selection|at least)", "SubSelectionRequired",
         lambda m: f"Sub selection required for type {_type_name(m[2])} of field {m[1]}"),
        (r"Variable '\$(.+?)' cannot be non-input type", "NonInputTypeOnVariable",
         lambda _: "Wrong type for a variable"),
        # From here on graphql-java 9 looks for nothing; the words are those of 15, 17 and 18.
        (r"There can be only one operation named '(.+?)'", "DuplicateOperationName",
         lambda m: f"There can be only one operation named '{m[1]}'"),
        (r"There can be only one fragment named '(.+?)'", "DuplicateFragmentName",
         lambda m: f"There can be only one fragment named '{m[1]}'"),
        (r"There can be only one argument named '(.+?)'", "DuplicateArgumentNames",
         lambda m: f"There can be only one argument named '{m[1]}'"),
        (r"There can be only one variable named '\$(.+?)'", "DuplicateVariableName",
         lambda m: f"There can be only one variable named '{m[1]}'"),
        (r"There can be only one input field named '(.+?)'", "UniqueObjectFieldName",
         lambda m: f"There can be only one field named '{m[1]}'"),
        (r"(?:Subscription '(.+?)'|Anonymous Subscription) must (?:select|not)",
         "SubscriptionMultipleRootFields",
         lambda m: f"Subscription operation '{m[1] or ''}' must have exactly one root field"),
    )
]  # fmt: skip
_TWICE: Final = re.compile(r"The directive '@(.+?)' can only be used once at this location")
_MISMATCH: Final = re.compile(r"Variable '\$.+?' of type '(.+?)' used in position expecting type '(.+?)'")
_NO_ROOT: Final = re.compile(r"The (\w+) operation is not supported by the schema")
_PLURALS: Final = {"mutation": "mutations", "subscription": "subscriptions", "query": "queries"}


class _Places(Visitor):
    """The query path of every node (``orders/items/id``), and what it is a part of."""

    def __init__(self) -> None:
        super().__init__()
        self.path: dict[int, tuple[str, ...]] = {}
        self.parent: dict[int, Node] = {}
        self._fields: list[str] = []

    def enter(self, node: Node, _key: Any, parent: Any, _path: Any, ancestors: list[Any]) -> None:
        """Note where the node is."""
        if isinstance(node, FragmentDefinitionNode):
            self._fields.append(node.name.value)
        elif isinstance(node, FieldNode):
            self._fields.append(node.name.value)  # the name, also where there is an alias
        self.path[id(node)] = tuple(self._fields)
        above = next((node for node in (parent, *reversed(ancestors)) if isinstance(node, Node)), None)
        if above is not None:
            self.parent[id(node)] = above

    def leave(self, node: Node, *_: Any) -> None:
        """Step out of the node."""
        if isinstance(node, FieldNode | FragmentDefinitionNode):
            self._fields.pop()

    def whole(self, node: Node | None) -> Node | None:
        """Return what graphql-java places an error at where graphql-core names a part of it."""
        return self.parent.get(id(node), node) if isinstance(node, NameNode | SelectionSetNode) else node


def _mismatch(match: Match, nodes: list[Node]) -> str:
    definition, kind = nodes[0], match[1]
    if (
        isinstance(definition, VariableDefinitionNode)
        and definition.default_value is not None
        and not isinstance(definition.type, NonNullTypeNode)
    ):
        kind += "!"  # with a default it is never null
    return f"Variable type '{kind}' doesn't match expected type '{match[2]}'"


def _document(error: GraphQLError, places: _Places) -> JSON:
    nodes = list(error.nodes or ())
    node = places.whole(nodes[0] if nodes else None)
    kind, text, at = "InvalidSyntax", error.message, [node]
    if isinstance(error, Finding):
        kind, text = error.kind, error.text
    elif match := _NO_ROOT.match(error.message):
        # No finding of the validation: graphql-java says so when it looks for the root.
        message = f"Schema is not configured for {_PLURALS[match[1]]}."
        return {"path": None, "locations": _places(at), "message": message}
    elif match := _MISMATCH.match(error.message):
        kind, text = "VariableTypeMismatch", _mismatch(match, nodes)
        node = nodes[-1]  # graphql-core names the definition first, then the place
        at = [node]
    elif match := _TWICE.match(error.message):
        node = nodes[-1]
        carrier = type(places.parent.get(id(node), node)).__name__.removesuffix("Node")
        kind, at = "DuplicateDirectiveName", [node]
        text = (
            "Directives must be uniquely named within a location. "
            f"The directive '{match[1]}' used on a '{carrier}' is not unique."
        )
    else:
        for pattern, error_type, words in _WORDS:
            if match := pattern.match(error.message):
                kind, text = error_type, words(match)
                break
        if kind.startswith("Duplicate") or kind == "UniqueObjectFieldName":
            node = places.whole(nodes[-1])
            if isinstance(node, ArgumentNode):
                node = places.parent.get(id(node), node)
            at = [node]
        elif kind in {"FieldsConflict", "FragmentCycle"}:
            at = list(nodes)
    path = places.path.get(id(node), ()) if node is not None else ()
    if kind in {"FieldsConflict", "UnusedFragment"}:
        path = path[:-1]  # it is what holds them that is looked at
    where = f" @ '{'/'.join(path)}'" if path else ""
    return {
        "path": None,
        "locations": _places(at),
        "message": f"Validation error of type {kind}: {text}{where}",
    }


def _places(nodes: list[Node | None]) -> JSON:
    listed: list[Location] = [place for node in nodes for place in locations(node) or ()]
    return listed or None  # type: ignore[return-value]


def validation_errors(document: DocumentNode, errors: list[GraphQLError]) -> list[JSON]:
    """Return findings of the validation as AppSync reports them."""
    places = _Places()
    visit(document, places)
    return [_document(error, places) for error in errors]
