"""Subscriptions: the mutations that fire them, their arguments, and the fields that filters ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graphql import GraphQLField, GraphQLObjectType, get_named_type, get_nullable_type

from localcloud.appsync.js.scanner import ScanError, ScriptToken, scan
from localcloud.check.finding import Finding, Severity
from localcloud.check.model import Code, ResolverModel
from localcloud.check.schemas import Checked

_FILTER, _INVALIDATION = "setSubscriptionFilter", "setSubscriptionInvalidationFilter"
_VTL_FIELD = re.compile(r"[\"']fieldName[\"']\s*:\s*[\"']([^\"'$]+)[\"']")


def check_subscriptions(checked: Checked) -> Iterator[Finding]:
    """Find subscriptions that can never receive anything, or not what they select."""
    root = checked.schema.graphql.subscription_type
    if root is None:
        return
    resolvers = {r.field_name: r for r in checked.api.resolvers if r.type_name == root.name}
    for name, field in root.fields.items():
        directives = checked.schema.field_directives.get((root.name, name), ())
        mutations = [m for d in directives if d.name == "aws_subscribe" for m in d.mutations]
        place = checked.place(root.name, name)
        if not mutations:
            message = f"{root.name}.{name} has no @aws_subscribe: nothing is ever published to it"
            yield Finding(place, Severity.WARNING, "subscribe-nothing", message)
        for mutation in mutations:
            problem = _mutation(checked, name, field, mutation)
            if problem is not None:
                yield Finding(place, *problem)
        resolver = resolvers.get(name)
        kind = get_named_type(field.type)
        if isinstance(kind, GraphQLObjectType):
            if resolver is not None and sets_filter(resolver):
                yield from _filters(resolver, kind)
            else:
                yield from _arguments(checked, root.name, name, field, kind)


def sets_filter(resolver: ResolverModel) -> bool:
    """Return whether a subscription's resolver has a filter in place of its arguments, or may have one."""
    return not resolver.complete or any(_FILTER in code.source.text for code in resolver.code)


def _mutation(
    checked: Checked, name: str, field: GraphQLField, mutation: str
) -> tuple[Severity, str, str] | None:
    root = checked.schema.graphql.mutation_type
    fired = root.fields.get(mutation) if root is not None else None
    if fired is None:
        message = f"{name} subscribes to the mutation {mutation}, which the schema does not have"
        return Severity.ERROR, "subscribe-mutation-unknown", message
    expected, returned = get_nullable_type(field.type), get_nullable_type(fired.type)
    if str(expected) != str(returned):
        message = f"{name} is of type {field.type}, and the mutation {mutation} that fires it of {fired.type}"
        # Deployed APIs of AWS's own samples have lists of the type that the mutation returns.
        same = get_named_type(field.type) == get_named_type(fired.type)
        return Severity.WARNING if same else Severity.ERROR, "subscribe-type-differs", message
    return None


def _arguments(
    checked: Checked, root: str, name: str, field: GraphQLField, kind: GraphQLObjectType
) -> Iterator[Finding]:
    """Without a resolver that sets a filter, each argument is compared with the field of its name."""
    for argument in field.args:
        if argument not in kind.fields:
            message = (
                f"the argument {argument} of {name} filters by the field of its name, "
                f"and {kind.name} has none: no event passes"
            )
            yield Finding(checked.place(root, name), Severity.WARNING, "filter-field-unknown", message)


def _filters(resolver: ResolverModel, kind: GraphQLObjectType) -> Iterator[Finding]:
    """Find the fields of enhanced filters that the type does not have."""
    for code in resolver.code:
        for path, line in filtered(code):
            if not _has(kind, path):
                message = f"the filter of {resolver.field} asks for {path}, which {kind.name} does not have"
                yield Finding(code.source.at(line), Severity.WARNING, "filter-field-unknown", message)


def filtered(code: Code) -> Iterator[tuple[str, int]]:
    """Yield the fields that the enhanced filters in a handler ask for, with their lines."""
    text = code.source.text
    if code.language == "vtl":
        for match in _VTL_FIELD.finditer(text):
            yield match[1], text.count("\n", 0, match.start()) + 1
        return
    try:
        tokens = list(scan(text))
    except ScanError:
        return  # reported as broken code
    calls = {name: _call(tokens, name) for name in (_FILTER, _INVALIDATION)}
    for at, token in enumerate(tokens[:-2]):
        # An invalidation's payload is free to have any field.
        if at in calls[_INVALIDATION] or (calls[_INVALIDATION] and at not in calls[_FILTER]):
            continue
        value = tokens[at + 2]
        if token.text.strip("'\"") == "fieldName" and tokens[at + 1].text == ":" and value.kind == "string":
            yield value.text[1:-1], value.line
        if token.text == "toSubscriptionFilter" and value.text == "{":
            yield from _keys(tokens, at + 2)


def _call(tokens: list[ScriptToken], name: str) -> frozenset[int]:
    """Return which tokens are between the brackets of the calls of a function."""
    within: set[int] = set()
    for at, token in enumerate(tokens[:-1]):
        if token.text == name and tokens[at + 1].text == "(":
            depth, end = tokens[at + 1].depth, at + 2
            while end < len(tokens) and tokens[end].depth > depth:
                within.add(end)
                end += 1
    return frozenset(within)


def _keys(tokens: list[ScriptToken], opening: int) -> Iterator[tuple[str, int]]:
    """Yield the keys of the object that is given to ``toSubscriptionFilter``, but for its and/or."""
    depth = tokens[opening].depth + 1
    for at in range(opening + 1, len(tokens) - 1):
        token = tokens[at]
        if token.depth < depth:
            return
        name = token.text.strip("'\"")
        key = token.depth == depth and token.kind in {"name", "string"} and tokens[at + 1].text == ":"
        if key and tokens[at - 1].text in {"{", ","} and name not in {"and", "or", "not"}:
            yield name, token.line


def _has(kind: GraphQLObjectType, path: str) -> bool:
    """Return whether a type has a dotted path of fields; what is below JSON or a union is not known."""
    head, _, rest = path.partition(".")
    field = kind.fields.get(head)
    if field is None:
        return False
    inner = get_named_type(field.type)
    return not (rest and isinstance(inner, GraphQLObjectType)) or _has(inner, rest)
