"""Variables, coerced to the types that the operation declares, and refused in AppSync's words.

Nulls, defaults and words are graphql-java 9's (``ValuesResolver``), which stops at the first value that does
not fit. Coercions are put together once for a schema and its operations: they run for every request.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Final

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableDefinitionNode,
    is_input_type,
    type_from_ast,
)

from localcloud.appsync.definition import JSON
from localcloud.appsync.execution.java import java_class, java_text
from localcloud.appsync.execution.literals import default_of, literal
from localcloud.appsync.execution.paths import locations

Coerce = Callable[[JSON, str, str], JSON]
"""From a value, the variable's name and the name of the variable or input field it is for, to the value."""
_MISSING: Final = object()


class VariablesError(Exception):
    """Variables that do not fit; ``errors`` holds the answer's errors."""

    def __init__(self, errors: list[JSON]) -> None:
        super().__init__("the variables do not fit the operation")
        self.errors = errors


class _Unfit(Exception):
    """A value that does not fit. AppSync reports where the variable is defined, except for unknown fields."""

    def __init__(self, message: str, *, placed: bool = True) -> None:
        super().__init__(message)
        self.placed = placed


class InputTypes:
    """The coercions of a schema's input types, each made when it is first needed."""

    def __init__(self) -> None:
        self._coercions: dict[str, Coerce] = {}

    def of(self, kind: GraphQLInputType) -> Coerce:
        """Return the coercion to a type."""
        name = str(kind)
        coerce = self._coercions.get(name)
        if coerce is None:
            coerce = self._coercions[name] = self._make(kind)
        return coerce

    def _make(self, kind: GraphQLInputType) -> Coerce:
        if isinstance(kind, GraphQLNonNull):
            return _required(str(kind), self.of(kind.of_type))
        if isinstance(kind, GraphQLList):
            return _list(self.of(kind.of_type))
        if isinstance(kind, GraphQLInputObjectType):
            return self._object(kind)
        if isinstance(kind, GraphQLEnumType):
            return _enum(kind)
        return _scalar(kind)

    def _object(self, kind: GraphQLInputObjectType) -> Coerce:
        fields: list[tuple[str, Coerce, JSON, bool]] = []

        def fill() -> None:  # not before the first value: an input type may hold itself
            for name, definition in kind.fields.items():
                default = default_of(definition)
                always = default is not None or isinstance(definition.type, GraphQLNonNull)
                fields.append((name, self.of(definition.type), default, always))

        def coerce(value: JSON, variable: str, name: str) -> JSON:
            if value is None:
                return None
            if not isinstance(value, dict):
                raise _Unfit(
                    f"Variable '{name}' has an invalid value. Expected type 'Map' but was "
                    f"'{java_class(value)}'. Variables for input objects must be an instance of type 'Map'."
                )
            if not fields:
                fill()
            if not value.keys() <= kind.fields.keys():
                # AppSync does not name the field, and ends with a blank (aws-appsync-community 273).
                message = (
                    "The variables input contains a field that is not defined for input object type "
                    f"'{kind.name}' "
                )
                raise _Unfit(message, placed=False)
            out: dict[str, JSON] = {}
            for key, inner, default, always in fields:
                if key in value:
                    done = inner(value[key], variable, key)
                    out[key] = deepcopy(default) if done is None else done
                elif always:
                    out[key] = inner(None, variable, key) if default is None else deepcopy(default)
            return out

        return coerce


def _required(kind: str, inner: Coerce) -> Coerce:
    def coerce(value: JSON, variable: str, name: str) -> JSON:
        done = inner(value, variable, name)
        if done is None:
            # The variable's name, also for a field deep inside it (aws-appsync-community 406).
            raise _Unfit(f"Variable '{variable}' has coerced Null value for NonNull type '{kind}'")
        return done

    return coerce


def _list(inner: Coerce) -> Coerce:
    def coerce(value: JSON, variable: str, name: str) -> JSON:
        if value is None:
            return None
        items = value if isinstance(value, list) else [value]
        return [inner(item, variable, name) for item in items]

    return coerce


def _enum(kind: GraphQLEnumType) -> Coerce:
    def coerce(value: JSON, _variable: str, name: str) -> JSON:
        if value is None or (isinstance(value, str) and value in kind.values):
            return value
        raise _Unfit(
            f"Variable '{name}' has an invalid value. Invalid input for Enum '{kind.name}'. "
            f"No value found for name '{java_text(value)}'"
        )

    return coerce


def _scalar(kind: GraphQLScalarType) -> Coerce:
    own = kind.name.startswith("AWS")

    def coerce(value: JSON, _variable: str, name: str) -> JSON:
        if value is None:
            return None
        try:
            done: JSON = kind.coerce_input_value(value)
        except GraphQLError as problem:
            # GraphQL's own scalars are strict on the way in: whether AppSync takes "1" for an Int as
            # graphql-java 9 does is not known, and who relies on it should see it fail here. [?]
            why = problem.message if own else f"Expected type '{kind.name}' but was '{java_class(value)}'."
            raise _Unfit(f"Variable '{name}' has an invalid value. {why}") from None
        return done

    return coerce


@dataclass(frozen=True)
class _Declared:
    node: VariableDefinitionNode
    name: str
    kind: GraphQLInputType
    coerce: Coerce
    default: JSON


class OperationVariables:
    """The variables that one operation declares."""

    def __init__(self, schema: GraphQLSchema, inputs: InputTypes, operation: OperationDefinitionNode) -> None:
        self._declared: list[_Declared] = []
        for node in operation.variable_definitions or ():
            kind = type_from_ast(schema, node.type)
            assert kind is not None and is_input_type(kind)  # a valid document
            default = literal(kind, node.default_value, {}) if node.default_value is not None else None
            self._declared.append(_Declared(node, node.variable.name.value, kind, inputs.of(kind), default))

    def values(self, variables: dict[str, JSON]) -> dict[str, JSON]:
        """Return the values of the variables; one that has none and no default is not there.

        Raises
        ------
        VariablesError
            When a value does not fit its type.
        """
        values: dict[str, JSON] = {}
        for variable in self._declared:
            value = variables.get(variable.name, _MISSING)
            try:
                if value is _MISSING or (value is None and variable.default is not None):
                    if variable.default is not None or variable.node.default_value is not None:
                        values[variable.name] = deepcopy(variable.default)
                    elif isinstance(variable.kind, GraphQLNonNull):
                        variable.coerce(None, variable.name, variable.name)
                else:
                    values[variable.name] = variable.coerce(value, variable.name, variable.name)  # type: ignore[arg-type]
            except _Unfit as problem:
                place = locations(variable.node) if problem.placed else None
                raise VariablesError(
                    [{"path": None, "locations": place, "message": str(problem)}]  # type: ignore[dict-item]
                ) from None
            except RecursionError:
                message = f"Variable '{variable.name}' has an invalid value. It is nested too deeply."
                raise VariablesError([{"path": None, "locations": None, "message": message}]) from None
        return values
