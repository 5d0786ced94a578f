"""From what a resolver gave to what the client sees: the selected properties, checked against the schema.

This half needs no resolver, so it is synchronous; a subscription's event is nothing but this.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    is_abstract_type,
)

from localcloud.appsync.definition import JSON
from localcloud.appsync.execution.java import java_class
from localcloud.appsync.execution.paths import Path, locations, written
from localcloud.appsync.execution.plan import PlannedField
from localcloud.appsync.execution.scalars import SCALAR_NAMES, shown


class _Nulled:
    """Stands for a value that a non-null rule below it has taken away: the null goes up to the parent."""

    def __repr__(self) -> str:
        return "NULLED"


NULLED: Final = _Nulled()
Completed: TypeAlias = "JSON | _Nulled"
MayAccess = Callable[[str, str], bool]


class Completion:
    """Completes values of one response and gathers its errors.

    Parameters
    ----------
    may_access
        Whether the caller may see a field, by type and field name.
    """

    def __init__(self, may_access: MayAccess) -> None:
        self.errors: list[JSON] = []
        self.runtime_types: dict[int, GraphQLObjectType] = {}
        self._may_access = may_access
        self._failed: set[Path] = set()

    def fail(self, path: Path, message: str, **more: JSON) -> None:
        """Note an error; a path has one of them at most, the first."""
        if path not in self._failed:
            self._failed.add(path)
            self.errors.append({"path": list(path), "locations": None, **more, "message": message})

    def refused(self, planned: PlannedField, path: Path) -> bool:
        """Return whether the caller may not see a field, and note it."""
        if self._may_access(planned.parent.name, planned.name):
            return False
        message = f"Not Authorized to access {planned.name} on type {planned.parent.name}"
        self.fail_field(planned, path, message, error_type="Unauthorized")
        return True

    def fail_field(
        self,
        planned: PlannedField,
        path: Path,
        message: str,
        *,
        error_type: str | None,
        data: JSON = None,
        error_info: JSON = None,
    ) -> None:
        """Note a field's own error in AppSync's full form."""
        self._failed.add(path)
        self.errors.append(
            {
                "path": list(path),
                "data": data,
                "errorType": error_type,
                "errorInfo": error_info,
                "locations": locations(planned.nodes[0]),  # type: ignore[dict-item]
                "message": message,
            }
        )

    def property_of(self, planned: PlannedField, source: JSON, path: Path) -> Completed:
        """Complete a field that has no resolver: the parent's property of that name."""
        if planned.definition is None:
            return planned.parent.name
        value = None
        if not self.refused(planned, path):
            value = source.get(planned.name) if isinstance(source, dict) else None
        return self.complete(planned, planned.definition.type, value, path)

    def complete(self, planned: PlannedField, kind: GraphQLOutputType, value: JSON, path: Path) -> Completed:
        """Return a value as its type shows it, ``NULLED`` when a non-null rule does not hold."""
        if isinstance(kind, GraphQLNonNull):
            return self.non_null(planned, kind, self._complete(planned, kind.of_type, value, path), path)
        completed = self._complete(planned, kind, value, path)
        return None if completed is NULLED else completed

    def non_null(
        self, planned: PlannedField, kind: GraphQLNonNull[Any], value: Completed, path: Path
    ) -> Completed:
        """Return a completed value of a non-null type; a null is an error and goes up."""
        if value is not None:
            return value
        self.fail(
            path,
            f"Cannot return null for non-nullable type: '{kind.of_type}' within parent "
            f"'{planned.parent.name}' ({written(path)})",
        )
        return NULLED

    def _complete(  # noqa: PLR0911
        self, planned: PlannedField, kind: GraphQLOutputType, value: JSON, path: Path
    ) -> Completed:
        if value is None:
            return None
        if isinstance(kind, GraphQLList):
            items = self.items(value, path)
            if items is None:
                return None
            done: list[JSON] = []
            for index, item in enumerate(items):
                completed = self.complete(planned, kind.of_type, item, (*path, index))
                if isinstance(completed, _Nulled):
                    return NULLED
                done.append(completed)
            return done
        if isinstance(kind, GraphQLScalarType | GraphQLEnumType):
            return self.leaf(kind, value, path)
        runtime = self.object_type(planned, kind, value, path)
        if runtime is None:
            return None
        out: dict[str, JSON] = {}
        for key, child in planned.below(runtime).items():
            completed = self.property_of(child, value, (*path, key))
            if isinstance(completed, _Nulled):
                return NULLED
            out[key] = completed
        self.runtime_types[id(out)] = runtime
        return out

    def items(self, value: JSON, path: Path) -> list[JSON] | None:
        """Return the items of a list, or None with an error when it is none."""
        if isinstance(value, list):
            return value
        self.fail(path, f"Can't resolve value ({written(path)}) : type mismatch error, expected type LIST")
        return None

    def object_type(
        self, planned: PlannedField, kind: GraphQLOutputType, value: JSON, path: Path
    ) -> GraphQLObjectType | None:
        """Return the object type of a value: an interface or union says it in ``__typename``."""
        if isinstance(kind, GraphQLObjectType):
            return kind
        assert is_abstract_type(kind)
        schema = planned.plan.schema
        named = schema.get_type(str(value.get("__typename"))) if isinstance(value, dict) else None
        if isinstance(named, GraphQLObjectType) and schema.is_sub_type(kind, named):
            return named
        self.fail(
            path,
            f"Can't resolve '{written(path)}'. Abstract type '{kind}' must resolve to an Object type at "
            f"runtime for field '{planned.parent.name}.{planned.name}'. "
            f"Could not determine the exact type of '{kind}'",
        )
        return None

    def leaf(self, kind: GraphQLScalarType | GraphQLEnumType, value: JSON, path: Path) -> JSON:
        """Return a scalar or enum as it leaves, or None with an error when it does not fit."""
        if isinstance(kind, GraphQLEnumType):
            if isinstance(value, str) and value in kind.values:
                return value
            why = f"Invalid input for Enum '{kind.name}'. No value found for name '{shown(value)}'"
        else:
            # AppSync is lenient here: a boolean that came as text passes.
            if kind.name == "Boolean" and value in ("true", "false"):
                return value == "true"
            try:
                out: JSON = kind.coerce_output_value(value)
            except GraphQLError as problem:
                was = java_class(value)
                why = f"Expected type '{kind.name}' but was '{was}'."
                if kind.name in SCALAR_NAMES:
                    why = problem.message
            else:
                return out
        self.fail(path, f"Can't serialize value ({written(path)}) : {why}")
        return None
