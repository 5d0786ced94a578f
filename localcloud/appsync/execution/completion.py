"""From what a resolver gave to what the client sees: the selected properties, checked against the schema.

This half needs no resolver, so it is synchronous; a subscription's event is nothing but this.
"""

from __future__ import annotations

from graphql import GraphQLObjectType, GraphQLOutputType, is_abstract_type

from localcloud.appsync.definition import JSON
from localcloud.appsync.execution.completed import NULLED, Completed, MayAccess, Nulled
from localcloud.appsync.execution.paths import Path, locations, written
from localcloud.appsync.execution.plan import PlannedField
from localcloud.appsync.execution.shapes import value_shape

__all__ = ["Completion", "MayAccess"]


class Completion:
    """Completes values of one response and gathers its errors.

    Parameters
    ----------
    may_access
        Whether the caller may see a field, by type and field name; None when there is none they may not.

    Attributes
    ----------
    may_access
        As it was given.
    runtime_types
        The object type of each completed value of an interface or union, by ``id``.
    """

    def __init__(self, may_access: MayAccess | None) -> None:
        self.errors: list[JSON] = []
        self.runtime_types: dict[int, GraphQLObjectType] = {}
        self.may_access = may_access
        self._failed: set[Path] = set()

    def fail(self, path: Path, message: str, **more: JSON) -> None:
        """Note an error; a path has one of them at most, the first."""
        if path not in self._failed:
            self._failed.add(path)
            self.errors.append({"path": list(path), "locations": None, **more, "message": message})

    def refused(self, planned: PlannedField, path: Path) -> bool:
        """Return whether the caller may not see a field, and note it."""
        if self.may_access is None or self.may_access(planned.parent.name, planned.name):
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
        if isinstance(source, dict) and not self.refused(planned, path):
            value = source.get(planned.name)
        return self.complete(planned, value, path)

    def complete(self, planned: PlannedField, value: JSON, path: Path) -> Completed:
        """Return a field's value as its type shows it, ``NULLED`` when a non-null rule does not hold."""
        return value_shape(planned)(self, value, path[:-1], path[-1])

    def missing(self, planned: PlannedField, type_name: str, path: Path) -> Nulled:
        """Note that a value of a non-null type is null; the null goes up to the parent."""
        self.fail(
            path,
            f"Cannot return null for non-nullable type: '{type_name}' within parent "
            f"'{planned.parent.name}' ({written(path)})",
        )
        return NULLED

    def unserializable(self, path: Path, why: str) -> None:
        """Note that a scalar or enum does not fit its type."""
        self.fail(path, f"Can't serialize value ({written(path)}) : {why}")

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
        candidate = schema.get_type(str(value.get("__typename"))) if isinstance(value, dict) else None
        if isinstance(candidate, GraphQLObjectType) and schema.is_sub_type(kind, candidate):
            return candidate
        self.fail(
            path,
            f"Can't resolve '{written(path)}'. Abstract type '{kind}' must resolve to an Object type at "
            f"runtime for field '{planned.parent.name}.{planned.name}'. "
            f"Could not determine the exact type of '{kind}'",
        )
        return None
