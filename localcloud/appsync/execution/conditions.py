"""``@skip`` and ``@include``: whether a selection is in, and whether that hangs on variables."""

from __future__ import annotations

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    visit,
)

from localcloud.appsync.execution.literals import Variables


def included(node: FieldNode | InlineFragmentNode | FragmentSpreadNode, variables: Variables) -> bool:
    """Return whether a selection is in."""
    for directive in node.directives or ():
        if directive.name.value in ("skip", "include") and directive.arguments:
            value = directive.arguments[0].value  # `if` is all there is
            argument: object = None
            if isinstance(value, BooleanValueNode):
                argument = value.value
            elif isinstance(value, VariableNode):
                argument = variables.get(value.name.value)
            if bool(argument) is (directive.name.value == "skip"):
                return False
    return True


class _Conditions(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.names[argument.value.name.value] = None


def condition_variables(
    node: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
) -> tuple[str, ...]:
    """Return the variables that the fields of an operation hang on: for other values it is another plan."""
    conditions = _Conditions()
    for part in (node, *fragments.values()):
        visit(part, conditions)
    return tuple(conditions.names)
