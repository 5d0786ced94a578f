"""How the value of each planned field is completed, put together once per plan and run for every response.

A shape is a function made for one field of one plan: it knows the field's type, so that it looks at a value
and at nothing else. A path is built only where it is needed: most values need none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
)

from localcloud.appsync.definition import JSON
from localcloud.appsync.execution.completed import NULLED, Completed, Completing, Nulled
from localcloud.appsync.execution.completed import Shape as _Shape
from localcloud.appsync.execution.conversions import CONVERSIONS
from localcloud.appsync.execution.java import java_text
from localcloud.appsync.execution.paths import Path
from localcloud.appsync.execution.plan import PlannedField

State: TypeAlias = Completing[PlannedField]
Shape: TypeAlias = _Shape[PlannedField]
_EXACT: Final[dict[str, type]] = {"String": str, "ID": str, "Boolean": bool, "AWSTimestamp": int}


def value_shape(planned: PlannedField) -> Shape:
    """Return the shape of a field's value."""
    if planned.shape is None:
        assert planned.definition is not None
        planned.shape = _shape(planned, planned.definition.type)
    return planned.shape


def _shape(planned: PlannedField, kind: GraphQLOutputType) -> Shape:
    if not isinstance(kind, GraphQLNonNull):
        nullable = _nullable(planned, kind)

        def null_stays(state: State, value: JSON, above: Path, key: str | int) -> Completed:
            done = nullable(state, value, above, key)
            return None if done is NULLED else done

        leaf = isinstance(kind, GraphQLScalarType | GraphQLEnumType)
        return nullable if leaf else null_stays
    inner, type_name = _nullable(planned, kind.of_type), str(kind.of_type)

    def null_goes_up(state: State, value: JSON, above: Path, key: str | int) -> Completed:
        done = inner(state, value, above, key)
        return state.missing(planned, type_name, (*above, key)) if done is None else done

    return null_goes_up


def _nullable(planned: PlannedField, kind: GraphQLOutputType) -> Shape:
    if isinstance(kind, GraphQLList):
        return _list(_shape(planned, kind.of_type))
    if isinstance(kind, GraphQLEnumType):
        return _enum(kind)
    if isinstance(kind, GraphQLScalarType):
        return _scalar(kind)
    if isinstance(kind, GraphQLObjectType):
        return _object(planned, kind)
    shapes: dict[str, Shape] = {}

    def abstract(state: State, value: JSON, above: Path, key: str | int) -> Completed:
        if value is None:
            return None
        runtime = state.object_type(planned, kind, value, (*above, key))
        if runtime is None:
            return None
        shape = shapes.get(runtime.name)
        if shape is None:
            shape = shapes[runtime.name] = _object(planned, runtime)
        done = shape(state, value, above, key)
        state.runtime_types[id(done)] = runtime
        return done

    return abstract


def _list(item: Shape) -> Shape:
    def many(state: State, value: JSON, above: Path, key: str | int) -> Completed:
        if value is None:
            return None
        path = (*above, key)
        items = state.items(value, path)
        if items is None:
            return None
        done: list[JSON] = []
        whole = True
        for index, element in enumerate(items):
            completed = item(state, element, path, index)
            if isinstance(completed, Nulled):
                whole = False  # and on: every item reports what it lacks
            else:
                done.append(completed)
        return done if whole else NULLED

    return many


def _object(planned: PlannedField, kind: GraphQLObjectType) -> Shape:
    fields: list[tuple[str, str, PlannedField, Shape]] = []

    def fill() -> None:  # not before the first object: a plan may be far larger than what it meets
        fields.extend(
            (key, child.name, child, value_shape(child) if child.definition is not None else _typename(kind))
            for key, child in planned.below(kind).items()
        )

    def shape(state: State, value: JSON, above: Path, key: str | int) -> Completed:
        if value is None:
            return None
        if not fields:
            fill()
        source = value if isinstance(value, dict) else {}
        path = (*above, key)
        may_access = state.may_access
        out: dict[str, JSON] = {}
        whole = True
        for name, prop, child, inner in fields:
            element = source.get(prop)
            # Asked here first: a path is built for what is refused alone.
            if may_access is not None and child.definition is not None and not may_access(kind.name, prop):
                state.refused(child, (*path, name))
                element = None
            completed = inner(state, element, path, name)
            if isinstance(completed, Nulled):
                whole = False
            else:
                out[name] = completed
        return out if whole else NULLED

    return shape


def _typename(kind: GraphQLObjectType) -> Shape:
    name = kind.name
    return lambda _state, _value, _above, _key: name


def _enum(kind: GraphQLEnumType) -> Shape:
    names = frozenset(kind.values)

    def shape(state: State, value: JSON, above: Path, key: str | int) -> Completed:
        if value is None or (isinstance(value, str) and value in names):
            return value
        why = f"Invalid input for Enum '{kind.name}'. No value found for name '{java_text(value)}'"
        state.unserializable((*above, key), why)
        return None

    return shape


def _scalar(kind: GraphQLScalarType) -> Shape:
    exact = _EXACT.get(kind.name)
    convert: Callable[[JSON], JSON] = CONVERSIONS.get(kind.name, kind.coerce_output_value)

    def shape(state: State, value: JSON, above: Path, key: str | int) -> Completed:
        if value is None or type(value) is exact:
            return value
        try:
            return convert(value)
        except GraphQLError as problem:
            state.unserializable((*above, key), problem.message)
            return None
        except RecursionError:
            state.unserializable((*above, key), "It is nested too deeply.")
            return None

    return shape
