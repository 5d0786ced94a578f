"""What an expression may read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

# JSON as the json module reads it. Values are shared and never changed in place.
Json = Any


class _Absent:
    """There is no such value; None is JSON's null."""

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT: Final = _Absent()


@dataclass(slots=True)
class Scope:
    """What an expression may read.

    Attributes
    ----------
    data
        JSONPath's ``$``; in JSONata ``$states.input``.
    context
        The context object: ``$$``, ``$states.context``.
    variables
        Those of this scope and of the scopes around it, by name without the ``$``.
    result
        ``$states.result``; :data:`ABSENT` where a field has none.
    error_output
        ``$states.errorOutput``; :data:`ABSENT` outside Catch.
    """

    data: Json
    context: Mapping[str, Json]
    variables: Mapping[str, Json]
    result: Json = ABSENT
    error_output: Json = ABSENT


Evaluator = Callable[[Scope], Json]
