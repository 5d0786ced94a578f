"""The arguments of a field, read from the document once and put together for each call.

One of AppSync's quirks lives here: an argument that is given a variable which has no value reaches the
resolver as an explicit null, and a default that the schema has for it does not count; only an argument that
is not written at all is absent, or its default. Source: aws-appsync-community 348 and 394; and
``ValuesResolver`` of graphql-java 9 does so. (In a literal input object such a variable leaves no field.)

AWS was also seen to drop the defaults of a schema altogether when it is deployed (aws-appsync-community 59
and 271, aws-cdk 21550: 2019 to 2023). Here they hold, as GraphQL has it; whether AWS keeps them by now is not
known. [?]
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

from graphql import FieldNode, GraphQLField, GraphQLNonNull, ValueNode, VariableNode

from localcloud.appsync.definition import JSON
from localcloud.appsync.execution.literals import Variables, default_of, literal, names_variables

Read = Callable[[Variables], JSON]


def _constant(value: JSON) -> Read:
    if isinstance(value, dict | list):
        return lambda _variables: deepcopy(value)  # a resolver may write in its arguments
    return lambda _variables: value


def _reader(definition: GraphQLField, name: str, node: ValueNode | None) -> Read | None:
    argument = definition.args[name]
    if isinstance(node, VariableNode):
        variable = node.name.value
        if isinstance(argument.type, GraphQLNonNull):
            # A nullable variable is allowed here only where the argument has a default.
            default = _constant(default_of(argument))
            return lambda variables: value if (value := variables.get(variable)) is not None else default({})
        return lambda variables: variables.get(variable)
    if node is None:
        default_value = default_of(argument)
        return _constant(default_value) if default_value is not None else None
    if names_variables(node):
        return lambda variables: literal(argument.type, node, variables)
    return _constant(literal(argument.type, node, {}))


class Arguments:
    """The arguments of one field of a document."""

    def __init__(self, definition: GraphQLField, node: FieldNode) -> None:
        written = {argument.name.value: argument.value for argument in node.arguments or ()}
        readers = ((name, _reader(definition, name, written.get(name))) for name in definition.args)
        self._readers = [(name, read) for name, read in readers if read is not None]

    def values(self, variables: Variables) -> dict[str, JSON]:
        """Return the arguments by name, in the schema's order."""
        return {name: read(variables) for name, read in self._readers}
