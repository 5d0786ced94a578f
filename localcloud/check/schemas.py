"""Schemas of APIs: built as the data plane builds them, with the line of each type and field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import GraphQLNamedType, GraphQLObjectType
from graphql.language import NameNode

from localcloud.appsync.execution.schema import ApiSchema, SchemaError, build_api_schema
from localcloud.check.finding import Finding, Severity, SourcePlace, Text
from localcloud.check.model import ApiModel


@dataclass(frozen=True)
class Checked:
    """An API whose schema is valid."""

    api: ApiModel
    schema: ApiSchema
    text: Text

    @property
    def modes(self) -> frozenset[str]:
        """Return the types of its authorization modes."""
        return frozenset(mode.type for mode in self.api.modes)

    def place(self, type_name: str, field_name: str | None = None) -> SourcePlace:
        """Return where a type or one of its fields is defined."""
        named_type = self.schema.graphql.type_map.get(type_name)
        name: NameNode | None = (
            named_type.ast_node.name if named_type is not None and named_type.ast_node else None
        )
        if isinstance(named_type, GraphQLObjectType) and field_name in named_type.fields:
            defined = named_type.fields[field_name].ast_node
            name = defined.name if defined is not None else name
        # The name's own line: a node begins with its description.
        return self.text.at(name.loc.start_token.line if name is not None and name.loc is not None else 1)

    def object_type(self, name: str | None) -> GraphQLObjectType | None:
        """Return an object type by its name."""
        named_type: GraphQLNamedType | None = self.schema.graphql.type_map.get(name or "")
        return named_type if isinstance(named_type, GraphQLObjectType) else None


def check_schema(api: ApiModel) -> tuple[Checked | None, list[Finding]]:
    """Build the schema of an API; what is wrong with it comes back as findings."""
    if api.schema is None:
        message = f"the API {api.name} has no schema that can be read"
        return None, [Finding(api.place, Severity.NOTE, "schema-missing", message)]
    try:
        return Checked(api, build_api_schema(api.schema.text), api.schema), []
    except SchemaError as problem:
        return None, list(_problems(api.schema, problem))


def _problems(text: Text, problem: SchemaError) -> Iterator[Finding]:
    for error in problem.problems:
        line = error.locations[0].line if error.locations else 1
        yield Finding(text.at(line), Severity.ERROR, "schema-invalid", error.message)
    if not problem.problems:
        yield Finding(text.place, Severity.ERROR, "schema-invalid", str(problem))
