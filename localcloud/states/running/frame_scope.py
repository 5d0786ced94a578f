"""What the expressions of a state may read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from localcloud.states.language.scope import ABSENT, Json, Scope

if TYPE_CHECKING:
    from localcloud.states.running.frame import Frame


class FrameScope(Scope):
    """What expressions of a state may read; the context object is built when one reads it."""

    __slots__ = ("_context", "_frame")

    def __init__(self, data: Json, frame: Frame) -> None:
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
