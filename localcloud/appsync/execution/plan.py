"""The plan of an operation: its fields collected per type, fragments and ``@skip``/``@include`` resolved.

A plan grows as it is walked, and serves every run of the operation in which the same conditions hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    NamedTypeNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    print_ast,
)

from localcloud.appsync.errors import BadRequest
from localcloud.appsync.execution.arguments import Arguments
from localcloud.appsync.execution.completed import Shape
from localcloud.appsync.execution.conditions import included
from localcloud.appsync.execution.literals import Variables
from localcloud.appsync.execution.resolved import ResolvedFields, possible_types

INTROSPECTION: Final = frozenset({"__schema", "__type"})
MAX_FIELDS: Final = 20_000
"""How many fields a plan has at most: where fragments spread one another, a few lines ask for millions."""
_META: Final = "__typename"


@dataclass(eq=False)
class PlannedField:
    """One field of a response: every node that selects it under one key.

    Attributes
    ----------
    key
        The response key: the alias, else the name.
    definition
        None for ``__typename``.
    children
        The fields below, by the name of the object type they are asked of; grows as types are met.
    shape
        How its value is completed, once that is known.
    """

    plan: OperationPlan
    parent: GraphQLCompositeType
    key: str
    name: str
    nodes: list[FieldNode]
    definition: GraphQLField | None
    children: dict[str, dict[str, PlannedField]] = field(default_factory=dict)
    shape: Shape[PlannedField] | None = None

    def below(self, kind: GraphQLObjectType) -> dict[str, PlannedField]:
        """Return the fields asked of an object of type ``kind`` under this field."""
        fields = self.children.get(kind.name)
        if fields is None:
            fields = self.children[kind.name] = self.plan.collect(kind, self._sets)
        return fields

    @property
    def _sets(self) -> list[SelectionSetNode]:
        return [node.selection_set for node in self.nodes if node.selection_set is not None]

    @cached_property
    def named_type(self) -> GraphQLNamedType | None:
        """The field's type without its lists and non-nulls; None for ``__typename``."""
        return get_named_type(self.definition.type) if self.definition is not None else None

    @property
    def possible_types(self) -> list[GraphQLObjectType]:
        """The object types that the field's value may have."""
        return possible_types(self.plan.schema, self.named_type)

    @cached_property
    def has_resolver(self) -> bool:
        """Whether the field itself has a resolver."""
        return self.plan.resolved.has(self.parent.name, self.name)

    @cached_property
    def resolved_below(self) -> bool:
        """Whether a resolver runs anywhere below this field."""
        return any(
            self.plan.resolved.below(kind) and any(child.resolved for child in self.below(kind).values())
            for kind in self.possible_types
        )

    @cached_property
    def resolved(self) -> bool:
        """Whether a resolver runs for this field or anywhere below it."""
        return self.has_resolver or self.resolved_below

    @cached_property
    def may_wait(self) -> bool:
        """Whether to resolve it may take waiting: then it is done beside the fields around it."""
        own = self.has_resolver and self.plan.resolved.may_wait(self.parent.name, self.name)
        return own or self.resolved_below

    @cached_property
    def named_plainly(self) -> bool:
        """Whether all below has its own name, and needs no ``__typename`` to know what it is."""
        kind = self.named_type
        if is_abstract_type(kind):
            return False
        return not isinstance(kind, GraphQLObjectType) or all(
            key == child.name and child.named_plainly for key, child in self.below(kind).items()
        )

    @cached_property
    def arguments(self) -> Arguments:
        """The field's arguments, as its first node has them; all have the same."""
        assert self.definition is not None
        return Arguments(self.definition, self.nodes[0])

    @cached_property
    def selection_list(self) -> list[str]:
        """``info.selectionSetList``: ``["id", "items", "items/sku"]``; an alias stands for its field.

        Of an interface or union it has the fields that are asked of that type itself, so of a union none
        but ``__typename`` (AppSync's guide, "Info"; aws-appsync-community 358).
        """
        kind = self.named_type
        if isinstance(kind, GraphQLObjectType):
            fields = self.below(kind)
        elif is_abstract_type(kind):
            fields = self.plan.collect(kind, self._sets)
        else:
            return []
        paths: list[str] = []
        for key, child in fields.items():
            paths.append(key)
            paths += [f"{key}/{path}" for path in child.selection_list]
        return paths

    @cached_property
    def selection_graphql(self) -> str:
        """``info.selectionSetGraphQL``: the selection set as text."""
        return "\n".join(print_ast(n.selection_set) for n in self.nodes if n.selection_set is not None)


class OperationPlan:
    """The plan of one operation with one set of variables' conditions.

    Attributes
    ----------
    fields
        The fields of the root, by response key.
    introspection
        Those of them that ask about the schema itself, which are kept apart.
    order
        The keys of both, as they were asked for.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        node: OperationDefinitionNode,
        fragments: dict[str, FragmentDefinitionNode],
        variables: Variables,
        resolved: ResolvedFields,
    ) -> None:
        self.schema = schema
        self.resolved = resolved
        self._fragments = fragments
        self._variables = variables
        self._count = 0
        root = schema.get_root_type(node.operation)
        assert root is not None  # a valid document
        self.root = root
        fields = self.collect(root, [node.selection_set])
        self.order = tuple(fields)
        self.fields = {key: f for key, f in fields.items() if f.name not in INTROSPECTION}
        self.introspection = [f for f in fields.values() if f.name in INTROSPECTION]

    def collect(self, kind: GraphQLCompositeType, sets: list[SelectionSetNode]) -> dict[str, PlannedField]:
        """Return the fields that selection sets ask of an object of type ``kind``, by response key.

        Raises
        ------
        BadRequest
            When the whole query asks for more than ``MAX_FIELDS``.
        """
        into: dict[str, PlannedField] = {}
        visited: set[str] = set()
        for selections in sets:
            self._collect(kind, selections, into, visited)
        return into

    def _collect(
        self,
        kind: GraphQLCompositeType,
        selections: SelectionSetNode,
        into: dict[str, PlannedField],
        visited: set[str],
    ) -> None:
        for node in selections.selections:
            assert isinstance(node, FieldNode | InlineFragmentNode | FragmentSpreadNode)
            if not included(node, self._variables):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                if key in into:
                    into[key].nodes.append(node)
                else:
                    name = node.name.value
                    definition = self.schema.get_field(kind, name) if name != _META else None
                    into[key] = PlannedField(self, kind, key, name, [node], definition)
                    self._count += 1
                    if self._count > MAX_FIELDS:
                        raise BadRequest(f"The query asks for more than {MAX_FIELDS} fields.")
            elif isinstance(node, InlineFragmentNode):
                if node.type_condition is None or self._fits(kind, node.type_condition):
                    self._collect(kind, node.selection_set, into, visited)
            elif node.name.value not in visited:
                visited.add(node.name.value)
                fragment = self._fragments[node.name.value]
                if self._fits(kind, fragment.type_condition):
                    self._collect(kind, fragment.selection_set, into, visited)

    def _fits(self, kind: GraphQLCompositeType, condition: NamedTypeNode) -> bool:
        condition_type = self.schema.get_type(condition.name.value)
        if condition_type is kind:
            return True
        if not isinstance(condition_type, GraphQLAbstractType) or isinstance(kind, GraphQLUnionType):
            return False
        return self.schema.is_sub_type(condition_type, kind)
