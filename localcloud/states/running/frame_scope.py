"""What the expressions of a state may read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from localcloud.states.language.scope import ABSENT, Json, Scope


class Readable(Protocol):
    """A frame, as expressions see it."""

    @property
    def variables(self) -> dict[str, Json]:
        """The variables that are assigned, by name."""

    @property
    def context(self) -> Mapping[str, Json]:
        """The context object."""


class FrameScope(Scope):
    """What expressions of a state may read; the context object is built when one reads it."""

    __slots__ = ("_context", "_frame")

    def __init__(self, data: Json, frame: Readable) -> None:
        self.data = data
        self.variables = frame.variables
        self.result = self.error_output = ABSENT
        self._frame = frame
        self._context: Mapping[str, Json] | None = None

    @property
    def context(self) -> Mapping[str, Json]:
        """The context object."""
        return self._frame.context if self._context is None else self._context

    @context.setter
    def context(self, context: Mapping[str, Json]) -> None:
        self._context = context
