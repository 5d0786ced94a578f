"""How deep a query may be, measured so that measuring cannot be an attack.

Strawberry's own limiter follows every spread of a fragment: where each of thirty fragments spreads the
next one twice, it visits a billion fields. Here each fragment is measured once.
"""

from __future__ import annotations

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)

from chalicelib.graphql.errors import TooDeep

MAX_DEPTH = 15
"""The template's `QueryDepthLimit`."""

MAX_TOKENS = 4_000
"""Of a document: validating takes time by the square of what repeats. The clients' longest has 70."""


class DepthRule(ValidationRule):
    """Refuses a document with an operation that is deeper than `MAX_DEPTH`."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        deepest = deepest_operation(context.document)
        if deepest > MAX_DEPTH:
            context.report_error(TooDeep(MAX_DEPTH, deepest))


def deepest_operation(document: DocumentNode) -> int:
    """Return how many levels the deepest operation has; a leaf is one of them, a fragment adds none.

    Examples
    --------
    >>> from graphql import parse
    >>> deepest_operation(parse("{ order(id: 1) { ...f } } fragment f on Order { items { sku } }"))
    3
    """
    fragments = {n.name.value: n for n in document.definitions if isinstance(n, FragmentDefinitionNode)}
    depths = _Depths(fragments)
    return max(
        (depths.of(n.selection_set) for n in document.definitions if isinstance(n, OperationDefinitionNode)),
        default=0,
    )


class _Depths:
    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._of_fragments: dict[str, int] = {}

    def of(self, selections: SelectionSetNode) -> int:
        return max(map(self._of_one, selections.selections), default=0)

    def _of_one(self, selection: SelectionNode) -> int:
        match selection:
            case FieldNode(selection_set=inner):
                return 1 + (self.of(inner) if inner is not None else 0)
            case InlineFragmentNode(selection_set=inner):
                return self.of(inner)
            case FragmentSpreadNode(name=name):
                return self._of_fragment(name.value)
            case _:
                return 0

    def _of_fragment(self, name: str) -> int:
        if name not in self._of_fragments:
            # A fragment that spreads itself, or that does not exist, is another rule's to report.
            self._of_fragments[name] = 0
            fragment = self._fragments.get(name)
            self._of_fragments[name] = 0 if fragment is None else self.of(fragment.selection_set)
        return self._of_fragments[name]
