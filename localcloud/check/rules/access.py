"""Directives that let a caller in at a field and refuse every field of what it returns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graphql import GraphQLField, GraphQLNonNull, GraphQLObjectType, get_named_type, is_abstract_type

from localcloud.appsync.auth.fields import FieldAuthorizer
from localcloud.appsync.caller import Caller
from localcloud.appsync.definition import ApiDefinition, AuthType
from localcloud.check.finding import Finding, Severity
from localcloud.check.schemas import Checked

_DIRECTIVE: Final[dict[AuthType, str]] = {
    "API_KEY": "@aws_api_key",
    "AWS_IAM": "@aws_iam",
    "AMAZON_COGNITO_USER_POOLS": "@aws_cognito_user_pools",
    "OPENID_CONNECT": "@aws_oidc",
    "AWS_LAMBDA": "@aws_lambda",
}


def check_access(checked: Checked) -> Iterator[Finding]:
    """Find, for each mode, what can be reached and then not be read."""
    if not checked.api.modes:
        return
    yield from _modes(checked)
    default, *additional = checked.api.modes
    definition = ApiDefinition("", checked.api.name, "", default, tuple(additional))
    authorizer = FieldAuthorizer(definition, checked.schema)
    for sentence in authorizer.warnings:
        message = sentence.partition(": ")[2]
        yield Finding(checked.text.place, Severity.WARNING, "directive-without-effect", message)
    groups = _groups(checked)
    for mode in checked.api.modes:
        caller = Caller(mode=mode.type, groups=groups)
        yield from _Walk(checked, authorizer, caller).walk()


def _groups(checked: Checked) -> tuple[str, ...]:
    directives = [*checked.schema.type_directives.values(), *checked.schema.field_directives.values()]
    return tuple({group for some in directives for directive in some for group in directive.groups or ()})


def _modes(checked: Checked) -> Iterator[Finding]:
    """Find directives of modes that the API does not have."""
    words = {word: mode for mode, word in _DIRECTIVE.items()}
    on_fields = checked.schema.field_directives.items()
    places = [((kind, None), some) for kind, some in checked.schema.type_directives.items()]
    for (kind, name), some in (*places, *on_fields):
        for directive in some:
            mode = words.get(f"@{directive.name}")
            if mode is not None and mode not in checked.modes:
                where = f"{kind}.{name}" if name else kind
                message = f"{where} has @{directive.name}, and the API has no mode {mode}"
                yield Finding(checked.place(kind, name), Severity.WARNING, "mode-not-configured", message)


class _Walk:
    def __init__(self, checked: Checked, authorizer: FieldAuthorizer, caller: Caller) -> None:
        self.checked = checked
        self.authorizer = authorizer
        self.caller = caller
        self.visited: set[str] = set()

    def walk(self) -> Iterator[Finding]:
        graphql = self.checked.schema.graphql
        for root in (graphql.query_type, graphql.mutation_type, graphql.subscription_type):
            if root is not None:
                yield from self.below(root)

    def below(self, kind: GraphQLObjectType) -> Iterator[Finding]:
        """Follow every field of a type that the caller may see."""
        for name, field in kind.fields.items():
            if self.allows(kind, name):
                for inner in self.returned(field):
                    yield from self.into(inner, f"{kind.name}.{name}")

    def into(self, kind: GraphQLObjectType, reached: str) -> Iterator[Finding]:
        if kind.name in self.visited:
            return
        self.visited.add(kind.name)
        mode, directive = self.caller.mode, _DIRECTIVE[self.caller.mode]
        refused = [name for name in kind.fields if not self.allows(kind, name)]
        if len(refused) == len(kind.fields):
            message = (
                f"{reached} is open to {mode}, and no field of {kind.name} is: all that it returns is "
                f'"Not Authorized". Add {directive} to the type {kind.name}'
            )
            yield Finding(self.checked.place(kind.name), Severity.WARNING, "not-authorized", message)
            return
        for name in refused:
            if isinstance(kind.fields[name].type, GraphQLNonNull):
                message = (
                    f"{kind.name}.{name} cannot be null and is refused to {mode}, which reaches it by "
                    f"{reached}: who selects it gets no {kind.name} at all"
                )
                place = self.checked.place(kind.name, name)
                yield Finding(place, Severity.WARNING, "not-authorized-non-null", message)
        yield from self.below(kind)

    def allows(self, kind: GraphQLObjectType, name: str) -> bool:
        return self.authorizer.allows(self.caller, kind.name, name)

    def returned(self, field: GraphQLField) -> list[GraphQLObjectType]:
        named_type = get_named_type(field.type)
        if isinstance(named_type, GraphQLObjectType):
            return [named_type]
        if is_abstract_type(named_type):
            return list(self.checked.schema.graphql.get_possible_types(named_type))
        return []
