"""What becomes of a value that is completed, and what a function that completes values is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol, TypeAlias, TypeVar

from graphql import GraphQLObjectType, GraphQLOutputType

from localcloud.appsync.definition import JSON
from localcloud.appsync.execution.paths import Path


class Nulled:
    """Stands for a value that a non-null rule below it has taken away: the null goes up to the parent."""

    def __repr__(self) -> str:
        return "NULLED"


NULLED: Final = Nulled()
MayAccess: TypeAlias = Callable[[str, str], bool]
"""Says of a type and one of its fields whether the caller may see that."""
Completed: TypeAlias = "JSON | Nulled"
Planned_contra = TypeVar("Planned_contra", contravariant=True)


class Completing(Protocol[Planned_contra]):
    """The state of one response: see `localcloud.appsync.execution.completion`."""

    runtime_types: dict[int, GraphQLObjectType]
    may_access: MayAccess | None

    def refused(self, planned: Planned_contra, path: Path) -> bool:
        """Return whether the caller may not see a field, and note it."""

    def missing(self, planned: Planned_contra, wanted: str, path: Path) -> Nulled:
        """Note that a value of a non-null type is null."""

    def unserializable(self, path: Path, why: str) -> None:
        """Note that a scalar or enum does not fit its type."""

    def items(self, value: JSON, path: Path) -> list[JSON] | None:
        """Return the items of a list, or None with an error when it is none."""

    def object_type(
        self, planned: Planned_contra, kind: GraphQLOutputType, value: JSON, path: Path
    ) -> GraphQLObjectType | None:
        """Return the object type of a value."""


Shape: TypeAlias = Callable[[Completing[Planned_contra], JSON, Path, "str | int"], Completed]
"""From the response, a value, the path above it and its key there, to the value as it leaves."""
