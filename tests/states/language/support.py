"""A scope to evaluate against."""

from __future__ import annotations

from localcloud.states.language.scope import ABSENT, Json, Scope


def scope_of(
    data: Json = None,
    *,
    context: dict[str, Json] | None = None,
    variables: dict[str, Json] | None = None,
    result: Json = ABSENT,
    error_output: Json = ABSENT,
) -> Scope:
    """Return a scope with `data` and, unless they are given, nothing else."""
    return Scope(data, context or {}, variables or {}, result, error_output)
