"""The validation rules: graphql-core's, and in place of some of them graphql-java's, which find other things.

AppSync validates with graphql-java, whose findings about values and about anonymous operations differ from
graphql-core's in more than words: it reports one problem of an argument, and names another operation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    ArgumentNode,
    ASTValidationRule,
    EnumValueNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    ListValueNode,
    LoneAnonymousOperationRule,
    Node,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    Undefined,
    ValidationContext,
    ValidationRule,
    ValueNode,
    ValuesOfCorrectTypeRule,
    VariableDefinitionNode,
    VariableNode,
    is_input_type,
    specified_rules,
    type_from_ast,
)

from localcloud.appsync.execution.java import java_value
from localcloud.appsync.execution.literals import default_of


class Finding(GraphQLError):
    """A problem in graphql-java's words: the type of the error and its text, without the query path."""

    def __init__(self, kind: str, text: str, node: Node) -> None:
        super().__init__(f"{kind}: {text}", node)
        self.kind = kind
        self.text = text


@dataclass(frozen=True)
class _Bad:
    """What is wrong with a literal; ``value`` is what graphql-java quotes, None for the whole argument."""

    text: str
    value: ValueNode | None = None
    path: str = ""

    def inside(self, part: str) -> _Bad:
        return _Bad(self.text, self.value, part + self.path)


def _problem(kind: GraphQLInputType, node: ValueNode) -> _Bad | None:  # noqa: PLR0911
    """Return the first problem of a literal (``ValidationUtil`` of graphql-java)."""
    if isinstance(node, NullValueNode):
        return _Bad("must not be null", node) if isinstance(kind, GraphQLNonNull) else None
    if isinstance(node, VariableNode):
        return None
    if isinstance(kind, GraphQLNonNull):
        return _problem(kind.of_type, node)
    if isinstance(kind, GraphQLScalarType):
        return None if _parses(kind, node) else _Bad(f"is not a valid '{kind.name}'", node)
    if isinstance(kind, GraphQLEnumType):
        valid = isinstance(node, EnumValueNode) and node.value in kind.values
        return None if valid else _Bad(f"is not a valid '{kind.name}'", node)
    if isinstance(kind, GraphQLList):
        if not isinstance(node, ListValueNode):
            return _problem(kind.of_type, node)
        problems = ((index, _problem(kind.of_type, item)) for index, item in enumerate(node.values))
        return next((bad.inside(f"[{index}]") for index, bad in problems if bad is not None), None)
    return _object_problem(kind, node)


def _object_problem(kind: GraphQLInputObjectType, node: ValueNode) -> _Bad | None:
    if not isinstance(node, ObjectValueNode):
        return _Bad("must be an object type")
    names = {field.name.value for field in node.fields}
    missing = [
        name
        for name, definition in kind.fields.items()
        if isinstance(definition.type, GraphQLNonNull)
        and name not in names
        and default_of(definition) is None
    ]
    if missing:
        return _Bad(f"is missing required fields '[{', '.join(missing)}]'")
    for field in node.fields:
        definition = kind.fields.get(field.name.value)
        if definition is None:
            return _Bad(f"contains a field not in '{kind.name}': '{field.name.value}'")
        bad = _problem(definition.type, field.value)
        if bad is not None:
            return bad.inside(f".{field.name.value}")
    return None


def _parses(kind: GraphQLScalarType, node: ValueNode) -> bool:
    try:
        return kind.parse_literal(node, None) is not Undefined
    except GraphQLError:
        return False


class ArgumentsOfCorrectType(ValidationRule):
    """The literals of arguments fit; each argument has one finding at most."""

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        """Look at an argument."""
        argument = self.context.get_argument()
        bad = _problem(argument.type, node.value) if argument is not None else None
        if bad is not None:
            printed = java_value(bad.value if bad.value is not None else node.value)
            text = f"argument '{node.name.value}{bad.path}' with value '{printed}' {bad.text}"
            self.report_error(Finding("WrongType", text, node))


class VariableDefaultsOfCorrectType(ValidationRule):
    """The defaults of variables fit."""

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> None:
        """Look at a variable's default."""
        kind = type_from_ast(self.context.schema, node.type)
        if node.default_value is None or not is_input_type(kind):
            return
        if _problem(kind, node.default_value) is not None:
            # graphql-java 9 has no name for a list or a non-null type.
            name = getattr(kind, "name", "null")
            text = f"Bad default value {java_value(node.default_value)} for type {name}"
            self.report_error(Finding("BadValueForDefaultArg", text, node))


class LoneAnonymousOperation(ValidationRule):
    """An operation without a name is the only one."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._count = 0
        self._anonymous = False

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        """Look at an operation."""
        text = None
        if node.name is None:
            self._anonymous = True
            if self._count:
                text = "Anonymous operation with other operations."
        elif self._anonymous:
            text = f"Operation {node.name.value} is following anonymous operation."
        self._count += 1
        if text is not None:
            self.report_error(Finding("LoneAnonymousOperationViolation", text, node))


_OWN: Final = {
    ValuesOfCorrectTypeRule: (ArgumentsOfCorrectType, VariableDefaultsOfCorrectType),
    LoneAnonymousOperationRule: (LoneAnonymousOperation,),
}
RULES: Final[tuple[type[ASTValidationRule], ...]] = tuple(
    own
    for rule in specified_rules
    # AppSync has neither @defer nor @stream: they are unknown directives, and that is all.
    if "Stream" not in rule.__name__
    for own in _OWN.get(rule, (rule,))
)
