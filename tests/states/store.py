"""The journal of a process, in memory: what was written up to a moment can be read by another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from localcloud.states.language.scope import Json

Operation = tuple[str, str, str, str]


class MemoryStore:
    """Keeps each frame: what was put at once.

    Attributes
    ----------
    frames
        In the order in which they were written.
    """

    def __init__(self, frames: list[list[Operation]] | None = None) -> None:
        self.frames: list[list[Operation]] = []
        self._batch: list[Operation] | None = None
        self._spaces: dict[str, dict[str, str]] = {}
        for frame in frames or ():
            for operation in frame:
                self._fold(*operation)

    def cut(self, frames: int | None = None) -> MemoryStore:
        """Return the journal of the next process, had this one ended after so many frames."""
        other = MemoryStore(self.frames[:frames])
        other.frames = self.frames[:frames]
        return other

    def _fold(self, code: str, space: str, key: str, value: str) -> None:
        entries = self._spaces.setdefault(space, {})
        match code:
            case "put":
                entries[key] = value
            case "delete":
                entries.pop(key, None)
            case _:
                entries.clear()
        if not entries:
            del self._spaces[space]

    @contextmanager
    def batch(self) -> Iterator[None]:
        if self._batch is not None:
            yield
            return
        self._batch = []
        try:
            yield
        finally:
            batch, self._batch = self._batch, None
            if batch:
                self.frames.append(batch)

    def _write(self, code: str, space: str, key: str = "", value: Json = None) -> None:
        operation = (code, space, key, json.dumps(value))
        if self._batch is None:
            self.frames.append([operation])
        else:
            self._batch.append(operation)

    def put(self, space: str, key: str, value: Json) -> None:
        self._write("put", space, key, value)

    def delete(self, space: str, key: str) -> None:
        self._write("delete", space, key)

    def clear(self, space: str) -> None:
        self._write("clear", space)

    def spaces(self, prefix: str = "") -> list[str]:
        return [space for space in self._spaces if space.startswith(prefix)]

    def take_texts(self, space: str) -> dict[str, bytes]:
        return {key: value.encode() for key, value in self._spaces.pop(space, {}).items()}

    def take(self, space: str) -> dict[str, Json]:
        return {key: json.loads(value) for key, value in self._spaces.pop(space, {}).items()}
