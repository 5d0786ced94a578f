"""Documents, parsed and validated once and kept: a client sends the same few again and again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    Visitor,
    parse,
    validate,
    visit,
)

from localcloud.appsync.definition import JSON
from localcloud.appsync.errors import BadRequest, MalformedRequest
from localcloud.appsync.execution.conditions import condition_variables
from localcloud.appsync.execution.plan import INTROSPECTION, OperationPlan
from localcloud.appsync.execution.rules import RULES
from localcloud.appsync.execution.schema import ApiSchema
from localcloud.appsync.execution.variables import OperationVariables
from localcloud.appsync.execution.wording import validation_errors

_KEPT: Final = 1_000
_MAX_TOKENS: Final = 15_000  # as graphql-java's own default: a document beyond it is an attack


@dataclass
class GraphQLOperation:
    """One operation of a document, its variables once they are known, and its plans.

    Attributes
    ----------
    conditions
        The variables that its fields hang on.
    plans
        By the values of those variables.
    """

    node: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    depth: int
    variables: OperationVariables | None = None
    conditions: tuple[str, ...] = ()
    plans: dict[tuple[bool, ...], OperationPlan] = field(default_factory=dict)


@dataclass
class Document:
    """A parsed document; ``errors`` is empty when it is valid."""

    text: str
    node: DocumentNode
    errors: list[JSON]
    operations: dict[str, GraphQLOperation] = field(default_factory=dict)

    def operation(self, name: str | None) -> GraphQLOperation:
        """Return the operation to run.

        Raises
        ------
        BadRequest
            When there is no operation of that name, or several and no name.
        """
        if name:
            operation = self.operations.get(name)
            if operation is None:
                raise BadRequest(f"Unknown operation named '{name}'.")
            return operation
        if len(self.operations) != 1:
            raise BadRequest("Must provide operation name if query contains multiple operations.")
        return next(iter(self.operations.values()))


class Documents:
    """The documents of one schema, the most recently used kept.

    Parameters
    ----------
    introspection
        With False, ``__schema`` and ``__type`` are unknown fields, which is how AppSync refuses them.
    """

    def __init__(self, schema: ApiSchema, *, introspection: bool) -> None:
        self._schema = schema
        self._introspection = introspection
        self._cached: OrderedDict[str, Document] = OrderedDict()

    def read(self, text: str) -> Document:
        """Return the document of a text.

        Raises
        ------
        MalformedRequest
            When the text is no GraphQL document.
        """
        cached = self._cached.get(text)
        if cached is not None:
            self._cached.move_to_end(text)
            return cached
        try:
            node = parse(text, max_tokens=_MAX_TOKENS)
            visit(node, _NoEmptySelections())
        except (GraphQLError, RecursionError):
            raise MalformedRequest("Unable to parse GraphQL query.") from None
        document = Document(text, node, self._validate(node))
        fragments = {n.name.value: n for n in node.definitions if isinstance(n, FragmentDefinitionNode)}
        for definition in node.definitions:
            if isinstance(definition, OperationDefinitionNode):
                name = definition.name.value if definition.name else ""
                depth = 0 if document.errors else _Depths(fragments).of(definition.selection_set)
                conditions = condition_variables(definition, fragments)
                document.operations[name] = GraphQLOperation(
                    definition, fragments, depth, conditions=conditions
                )
        if not document.operations:
            raise MalformedRequest("Unable to parse GraphQL query.")
        self._cached[text] = document
        if len(self._cached) > _KEPT:
            self._cached.popitem(last=False)
        return document

    def _validate(self, node: DocumentNode) -> list[JSON]:
        try:
            errors = validate(self._schema.graphql, node, rules=RULES, hide_suggestions=True)
        except RecursionError:
            raise MalformedRequest("Unable to parse GraphQL query.") from None
        if not self._introspection:
            errors = [*_introspecting(node), *errors]
        return validation_errors(node, errors) if errors else []


class _NoEmptySelections(Visitor):
    """graphql-core reads ``{}`` as a selection of nothing; to graphql-java it is an error in the syntax."""

    def enter_selection_set(self, node: SelectionSetNode, *_: object) -> None:
        if not node.selections:
            raise GraphQLError("a selection of nothing", node)


def _introspecting(node: DocumentNode) -> list[GraphQLError]:
    return [
        GraphQLError(f"Cannot query field '{selection.name.value}' on type 'Query'.", selection)
        for definition in node.definitions
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode)
        for selection in definition.selection_set.selections
        if isinstance(selection, FieldNode) and selection.name.value in INTROSPECTION
    ]


class _Depths:
    """How many levels a valid selection is deep; a fragment adds none of its own.

    Each fragment is measured once: where each spreads the next one twice, twenty stand for a million fields.
    """

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._depths: dict[str, int] = {}

    def of(self, selections: SelectionSetNode) -> int:
        """Return the depth of a selection."""
        return max(map(self._of_one, selections.selections), default=0)

    def _of_one(self, selection: SelectionNode) -> int:
        match selection:
            case FieldNode(selection_set=inner):
                return 1 + (self.of(inner) if inner is not None else 0)
            case InlineFragmentNode(selection_set=inner):
                return self.of(inner)
            case FragmentSpreadNode(name=name):
                depth = self._depths.get(name.value)
                if depth is None:
                    depth = self._depths[name.value] = self.of(self._fragments[name.value].selection_set)
                return depth
            case _:
                return 0
