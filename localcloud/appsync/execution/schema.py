"""From an API's SDL to a schema: AppSync's scalars and directives added, its directives read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from graphql import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DirectiveNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    KnownDirectivesRule,
    NamedTypeNode,
    TypeDefinitionNode,
    Visitor,
    build_ast_schema,
    parse,
    validate_schema,
    value_from_ast_untyped,
    visit,
)
from graphql.language import DocumentNode
from graphql.validation.specified_rules import specified_sdl_rules
from graphql.validation.validate import validate_sdl

from localcloud.appsync.execution.scalars import LONG, SCALAR_NAMES, install_scalars

_DIRECTIVES = """
directive @aws_subscribe(mutations: [String!]!) on FIELD_DEFINITION
directive @aws_publish(subscriptions: [String!]) on FIELD_DEFINITION
directive @aws_auth(cognito_groups: [String!]!) on FIELD_DEFINITION | OBJECT
directive @aws_api_key on FIELD_DEFINITION | OBJECT
directive @aws_iam on FIELD_DEFINITION | OBJECT
directive @aws_oidc on FIELD_DEFINITION | OBJECT
directive @aws_lambda on FIELD_DEFINITION | OBJECT
directive @aws_cognito_user_pools(cognito_groups: [String!]) on FIELD_DEFINITION | OBJECT
"""


class SchemaError(Exception):
    """The API's SDL is no schema; the message says where and why, and ``problems`` each by itself."""

    def __init__(self, message: str, problems: Sequence[GraphQLError] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Directive:
    """One ``@aws_*`` directive as it stands in the SDL."""

    name: str
    groups: tuple[str, ...] | None = None
    mutations: tuple[str, ...] = ()


@dataclass(frozen=True)
class ApiSchema:
    """A built schema and what AppSync's directives say about it.

    Attributes
    ----------
    type_directives, field_directives
        By type name, and by ``(type name, field name)``.
    fired_by
        Which subscription fields a mutation field fires.
    """

    graphql: GraphQLSchema
    type_directives: dict[str, tuple[Directive, ...]] = field(default_factory=dict)
    field_directives: dict[tuple[str, str], tuple[Directive, ...]] = field(default_factory=dict)
    fired_by: dict[str, tuple[str, ...]] = field(default_factory=dict)


def _with_aws_definitions(document: DocumentNode) -> DocumentNode:
    """Add AppSync's own definitions, but for those that the SDL brings itself."""
    types = {n.name.value for n in document.definitions if isinstance(n, TypeDefinitionNode)}
    directives = {n.name.value for n in document.definitions if isinstance(n, DirectiveDefinitionNode)}
    extra: list[DefinitionNode] = [
        node
        for node in parse(_DIRECTIVES, no_location=True).definitions
        if isinstance(node, DirectiveDefinitionNode) and node.name.value not in directives
    ]
    for name in (*SCALAR_NAMES, LONG):
        # What an API does not use does not show in its schema, but for AppSync's own.
        if name not in types and (name != LONG or _mentions(document, name)):
            extra += parse(f"scalar {name}", no_location=True).definitions
    return DocumentNode(definitions=(*document.definitions, *extra), loc=document.loc)


def _mentions(document: DocumentNode, name: str) -> bool:
    if document.loc is not None and name not in document.loc.source.body:
        return False
    names = _TypeNames()
    visit(document, names)
    return name in names.types


class _TypeNames(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.types: set[str] = set()

    def enter_named_type(self, node: NamedTypeNode, *_: object) -> None:
        self.types.add(node.name.value)


def _strings(node: DirectiveNode, argument: str) -> tuple[str, ...] | None:
    for argument_node in node.arguments or ():
        if argument_node.name.value == argument:
            value = value_from_ast_untyped(argument_node.value)
            return tuple(map(str, value)) if isinstance(value, list) else (str(value),)
    return None


def _directives(nodes: tuple[DirectiveNode, ...]) -> tuple[Directive, ...]:
    return tuple(
        Directive(
            node.name.value,
            groups=_strings(node, "cognito_groups"),
            mutations=_strings(node, "mutations") or (),
        )
        for node in nodes
        if node.name.value.startswith("aws_")
    )


# A start needs a schema parsed and built twice: before it is deployed and afterwards.
@lru_cache(maxsize=4)
def parsed(sdl: str) -> DocumentNode:
    """Return the document of a schema; it is not to be changed. Raises ``GraphQLError``."""
    return parse(sdl)


def forget_schemas() -> None:
    """Let go of the schemas that have been built: a later one is built again."""
    parsed.cache_clear()
    build_api_schema.cache_clear()


@lru_cache(maxsize=4)
def build_api_schema(sdl: str) -> ApiSchema:
    """Build the schema of an API.

    Directives that are not defined are let through, as AppSync lets them through: projects keep those of
    their tools (``@model``, ``@key``) in the SDL that they deploy.

    Raises
    ------
    SchemaError
        When the SDL cannot be parsed or is no valid schema.

    Examples
    --------
    >>> build_api_schema("type Query { now: AWSDateTime @aws_iam }").field_directives
    {('Query', 'now'): (Directive(name='aws_iam', groups=None, mutations=()),)}
    """
    try:
        document = _with_aws_definitions(parsed(sdl))
        rules = [rule for rule in specified_sdl_rules if rule is not KnownDirectivesRule]
        problems = validate_sdl(document, rules=rules)
        if problems:
            raise SchemaError("; ".join(str(p) for p in problems), problems)
        schema = build_ast_schema(document, assume_valid_sdl=True)
    except (GraphQLError, TypeError) as problem:
        raise SchemaError(str(problem), [problem] if isinstance(problem, GraphQLError) else []) from problem
    problems = validate_schema(schema)
    if problems:
        raise SchemaError("; ".join(p.message for p in problems), problems)
    install_scalars(schema)
    api = ApiSchema(schema)
    for graphql_type in schema.type_map.values():
        if isinstance(graphql_type, GraphQLObjectType) and graphql_type.ast_node is not None:
            _read_directives(api, graphql_type)
    _read_subscriptions(api)
    return api


def _read_directives(api: ApiSchema, graphql_type: GraphQLObjectType) -> None:
    nodes = [graphql_type.ast_node, *graphql_type.extension_ast_nodes]
    on_type = tuple(
        d for node in nodes if node is not None for d in _directives(tuple(node.directives or ()))
    )
    if on_type:
        api.type_directives[graphql_type.name] = on_type
    for name, definition in graphql_type.fields.items():
        if definition.ast_node is not None and definition.ast_node.directives:
            on_field = _directives(tuple(definition.ast_node.directives))
            if on_field:
                api.field_directives[graphql_type.name, name] = on_field


def _read_subscriptions(api: ApiSchema) -> None:
    subscription = api.graphql.subscription_type
    if subscription is None:
        return
    fired: dict[str, list[str]] = {}
    for name in subscription.fields:
        for directive in api.field_directives.get((subscription.name, name), ()):
            if directive.name == "aws_subscribe":
                for mutation in directive.mutations:
                    fired.setdefault(mutation, []).append(name)
    api.fired_by.update({mutation: tuple(names) for mutation, names in fired.items()})
