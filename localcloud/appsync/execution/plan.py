"""The plan of an operation: its fields collected per type, fragments and ``@skip``/``@include`` resolved.

A plan grows as it is walked and, unless its conditions hang on variables, serves every run of the operation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    NamedTypeNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    print_ast,
    type_from_ast,
)
from graphql.execution.values import VariableValues, get_directive_values
from graphql.language import VariableNode, Visitor, visit

HasResolver = Callable[[str, str], bool]
INTROSPECTION: Final = frozenset({"__schema", "__type"})
_META: Final = "__typename"


@dataclass(eq=False)
class PlannedField:
    """One field of a response: every node that asks for it under one key.

    Attributes
    ----------
    key
        The response key: the alias, else the name.
    definition
        None for ``__typename``.
    children
        The fields below, by the name of the object type they are asked of; grows as types are met.
    """

    plan: Plan
    parent: GraphQLObjectType
    key: str
    name: str
    nodes: list[FieldNode]
    definition: GraphQLField | None
    children: dict[str, dict[str, PlannedField]] = field(default_factory=dict)

    def below(self, kind: GraphQLObjectType) -> dict[str, PlannedField]:
        """Return the fields asked of an object of type ``kind`` under this field."""
        known = self.children.get(kind.name)
        if known is None:
            sets = [node.selection_set for node in self.nodes if node.selection_set is not None]
            known = self.children[kind.name] = self.plan.collect(kind, sets)
        return known

    @cached_property
    def named_type(self) -> GraphQLNamedType | None:
        """The field's type without its lists and non-nulls; None for ``__typename``."""
        return get_named_type(self.definition.type) if self.definition is not None else None

    @property
    def possible_types(self) -> list[GraphQLObjectType]:
        """The object types that the field's value may have."""
        if isinstance(self.named_type, GraphQLObjectType):
            return [self.named_type]
        if is_abstract_type(self.named_type):
            return list(self.plan.schema.get_possible_types(self.named_type))
        return []

    @cached_property
    def resolved(self) -> bool:
        """Whether a resolver runs for this field or anywhere below it."""
        return self.plan.has_resolver(self.parent.name, self.name) or any(
            child.resolved for kind in self.possible_types for child in self.below(kind).values()
        )

    @cached_property
    def selection_list(self) -> list[str]:
        """``info.selectionSetList``: ``["id", "items", "items/sku"]``; an alias stands for its field."""
        paths: dict[str, None] = {}
        for kind in self.possible_types:
            for key, child in self.below(kind).items():
                paths[key] = None
                paths.update((f"{key}/{path}", None) for path in child.selection_list)
        return list(paths)

    @cached_property
    def selection_graphql(self) -> str:
        """``info.selectionSetGraphQL``: the selection set as text."""
        return "\n".join(print_ast(n.selection_set) for n in self.nodes if n.selection_set is not None)


class Plan:
    """The plan of one operation with one set of variables' conditions.

    Attributes
    ----------
    fields
        The fields of the root, by response key.
    introspection
        Those of them that ask about the schema itself, which are kept apart.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        node: OperationDefinitionNode,
        fragments: dict[str, FragmentDefinitionNode],
        variables: VariableValues,
        has_resolver: HasResolver,
    ) -> None:
        self.schema = schema
        self.has_resolver = has_resolver
        self._fragments = fragments
        self._variables = variables
        root = schema.get_root_type(node.operation)
        assert root is not None  # a valid document
        self.root = root
        fields = self.collect(root, [node.selection_set])
        self.fields = {key: f for key, f in fields.items() if f.name not in INTROSPECTION}
        self.introspection = [f for f in fields.values() if f.name in INTROSPECTION]

    def collect(self, kind: GraphQLObjectType, sets: list[SelectionSetNode]) -> dict[str, PlannedField]:
        """Return the fields that selection sets ask of an object of type ``kind``, by response key."""
        into: dict[str, PlannedField] = {}
        seen: set[str] = set()
        for selections in sets:
            self._collect(kind, selections, into, seen)
        return into

    def _collect(
        self,
        kind: GraphQLObjectType,
        selections: SelectionSetNode,
        into: dict[str, PlannedField],
        seen: set[str],
    ) -> None:
        for node in selections.selections:
            assert isinstance(node, FieldNode | InlineFragmentNode | FragmentSpreadNode)
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                if key in into:
                    into[key].nodes.append(node)
                else:
                    name = node.name.value
                    definition = self.schema.get_field(kind, name) if name != _META else None
                    into[key] = PlannedField(self, kind, key, name, [node], definition)
            elif isinstance(node, InlineFragmentNode):
                if node.type_condition is None or self._fits(kind, node.type_condition):
                    self._collect(kind, node.selection_set, into, seen)
            elif node.name.value not in seen:
                seen.add(node.name.value)
                fragment = self._fragments[node.name.value]
                if self._fits(kind, fragment.type_condition):
                    self._collect(kind, fragment.selection_set, into, seen)

    def _fits(self, kind: GraphQLObjectType, condition: NamedTypeNode) -> bool:
        wanted = type_from_ast(self.schema, condition)
        if wanted is kind:
            return True
        return isinstance(wanted, GraphQLAbstractType) and self.schema.is_sub_type(wanted, kind)

    def _included(self, node: FieldNode | InlineFragmentNode | FragmentSpreadNode) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        if skip and skip["if"]:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not include or bool(include["if"])


class _Conditions(Visitor):
    found = False

    def enter_directive(self, node: object, *_: object) -> None:
        for argument in getattr(node, "arguments", None) or ():
            if isinstance(argument.value, VariableNode):
                self.found = True


def is_conditional(node: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]) -> bool:
    """Return whether the fields of an operation hang on its variables: then a plan serves one run alone."""
    conditions = _Conditions()
    for part in (node, *fragments.values()):
        visit(part, conditions)
    return conditions.found
