"""Which fields of a schema have resolvers: a subtree without any is completed at once."""

from __future__ import annotations

from collections.abc import Callable

from graphql import GraphQLNamedType, GraphQLObjectType, GraphQLSchema, get_named_type, is_abstract_type

OfField = Callable[[str, str], bool]
"""Says something of a field, by the names of its type and its own."""


class ResolvedFields:
    """Which fields of a schema have resolvers, and below which types there are any.

    Parameters
    ----------
    may_wait
        Whether a field's resolver may wait for something.
    """

    def __init__(
        self, schema: GraphQLSchema, has: OfField, may_wait: OfField = lambda _type, _field: True
    ) -> None:
        self.has, self.may_wait = has, may_wait
        self._schema = schema
        self._below: dict[str, bool] = {}

    def below(self, kind: GraphQLObjectType) -> bool:
        """Return whether a resolver can be met anywhere below an object of a type."""
        resolved = self._below.get(kind.name)
        if resolved is None:
            resolved = self._below[kind.name] = self._search(kind)
        return resolved

    def _search(self, start: GraphQLObjectType) -> bool:
        visited = {start.name}
        todo = [start]
        while todo:
            kind = todo.pop()
            for name, definition in kind.fields.items():
                if self.has(kind.name, name):
                    return True
                for inner in possible_types(self._schema, get_named_type(definition.type)):
                    if inner.name not in visited:
                        visited.add(inner.name)
                        todo.append(inner)
        return False


def possible_types(schema: GraphQLSchema, kind: GraphQLNamedType | None) -> list[GraphQLObjectType]:
    """Return the object types that a value of a type may have; none for scalars and enums."""
    if isinstance(kind, GraphQLObjectType):
        return [kind]
    return list(schema.get_possible_types(kind)) if is_abstract_type(kind) else []
