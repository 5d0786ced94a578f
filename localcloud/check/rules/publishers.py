"""A mutation that fires subscriptions: the caller's selection decides what subscribers can see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNonNull,
    GraphQLObjectType,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
)

from localcloud.check.documents import Document
from localcloud.check.finding import Finding, Severity, SourcePlace
from localcloud.check.rules.subscriptions import filtered, sets_filter
from localcloud.check.schemas import Checked

Selection = dict[str, "Selection"]


def check_publishers(checked: Checked, documents: Iterable[Document]) -> Iterator[Finding]:
    """Find mutations in documents that select less than their subscribers need."""
    root, subscription = checked.schema.graphql.mutation_type, checked.schema.graphql.subscription_type
    if root is None or subscription is None or not checked.schema.fired_by:
        return
    for document in documents:
        for node, place in _calls(document, checked.schema.fired_by):
            field = root.fields.get(node.name.value)
            kind = get_named_type(field.type) if field is not None else None
            if isinstance(kind, GraphQLObjectType):
                selection = _selected(node.selection_set, _fragments(document))
                yield from _call(checked, node.name.value, kind, selection, place)


def _calls(
    document: Document, fired_by: dict[str, tuple[str, ...]]
) -> Iterator[tuple[FieldNode, SourcePlace]]:
    for definition in document.node.definitions:
        if isinstance(definition, OperationDefinitionNode) and definition.operation is OperationType.MUTATION:
            for node in definition.selection_set.selections:
                if isinstance(node, FieldNode) and node.name.value in fired_by:
                    line = node.loc.start_token.line if node.loc is not None else 1
                    yield node, document.text.at(line)


def _fragments(document: Document) -> dict[str, FragmentDefinitionNode]:
    return {
        definition.name.value: definition
        for definition in document.node.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }


def _selected(
    selections: SelectionSetNode | None, fragments: dict[str, FragmentDefinitionNode], depth: int = 0
) -> Selection:
    """Return the fields of a selection by name, fragments included; aliases do not matter to an event."""
    selection: Selection = {}
    for node in selections.selections if selections is not None and depth < 50 else ():
        inner: Selection = {}
        match node:
            case FieldNode():
                inner = {node.name.value: _selected(node.selection_set, fragments, depth + 1)}
            case InlineFragmentNode():
                inner = _selected(node.selection_set, fragments, depth + 1)
            case FragmentSpreadNode():
                fragment = fragments.get(node.name.value)
                inner = _selected(fragment.selection_set if fragment else None, fragments, depth + 1)
        for name, below in inner.items():
            selection.setdefault(name, {}).update(below)
    return selection


def _call(
    checked: Checked, mutation: str, kind: GraphQLObjectType, selection: Selection, place: SourcePlace
) -> Iterator[Finding]:
    for subscription in checked.schema.fired_by[mutation]:
        unselected = sorted(_filter_fields(checked, subscription, kind) - selection.keys())
        if unselected:
            message = (
                f"{mutation} does not select {', '.join(unselected)}, which {subscription} filters by: "
                "no filtered subscriber receives it"
            )
            yield Finding(place, Severity.WARNING, "publisher-filter-field", message)
    subscribers = ", ".join(checked.schema.fired_by[mutation])
    missing = sorted(_missing(kind, selection))
    required = [name for name, non_null in missing if non_null]
    if required:
        message = (
            f"{mutation} does not select {', '.join(required)}, which cannot be null: a subscriber of "
            f"{subscribers} that selects it gets an error and no data"
        )
        yield Finding(place, Severity.WARNING, "publisher-non-null-field", message)
    others = [name for name, non_null in missing if not non_null]
    if others:
        message = f"{mutation} does not select {', '.join(others)}: always null for {subscribers}"
        yield Finding(place, Severity.NOTE, "publisher-field", message)


def _filter_fields(checked: Checked, name: str, kind: GraphQLObjectType) -> set[str]:
    """Return the fields of the event that the filters of a subscription look at."""
    root = checked.schema.graphql.subscription_type
    assert root is not None
    resolvers = [r for r in checked.api.resolvers if (r.type_name, r.field_name) == (root.name, name)]
    filters = [resolver for resolver in resolvers if sets_filter(resolver)]
    if filters:
        paths = {path for resolver in filters for code in resolver.code for path, _ in filtered(code)}
    else:
        paths = set(root.fields[name].args)
    return {path.partition(".")[0] for path in paths} & set(kind.fields)


def _missing(
    kind: GraphQLObjectType, selection: Selection, path: str = "", depth: int = 0
) -> Iterator[tuple[str, bool]]:
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        if name not in selection:
            yield f"{path}{name}", isinstance(field.type, GraphQLNonNull)
        elif isinstance(inner, GraphQLObjectType) and depth < 10:
            yield from _missing(inner, selection[name], f"{path}{name}.", depth + 1)
