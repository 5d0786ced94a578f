"""The journal of the process, as executions need it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from localcloud.states.language.scope import Json


class JournalStore(Protocol):
    """The journal of the process: spaces, each from keys to JSON. What is put survives ``kill -9``."""

    def batch(self) -> AbstractContextManager[None]:
        """Put several things at once, or none of them."""

    def put(self, space: str, key: str, value: Json) -> None:
        """Set a key."""

    def delete(self, space: str, key: str) -> None:
        """Remove a key."""

    def clear(self, space: str) -> None:
        """Remove all keys of a space."""

    def spaces(self, prefix: str = "") -> list[str]:
        """Return the names of the spaces that were there when the process began."""

    def take(self, space: str) -> dict[str, Json]:
        """Return what was there in a space, in the order of the first puts."""

    def take_texts(self, space: str) -> dict[str, bytes]:
        """Return the same as JSON."""


class Nowhere:
    """A `JournalStore` that keeps nothing."""

    def batch(self) -> AbstractContextManager[None]:
        """See `JournalStore.batch`."""
        return nullcontext()

    def put(self, space: str, key: str, value: Json) -> None:
        """See `JournalStore.put`."""

    def delete(self, space: str, key: str) -> None:
        """See `JournalStore.delete`."""

    def clear(self, space: str) -> None:
        """See `JournalStore.clear`."""

    def spaces(self, prefix: str = "") -> list[str]:
        """See `JournalStore.spaces`."""
        return []

    def take(self, space: str) -> dict[str, Json]:
        """See `JournalStore.take`."""
        return {}

    def take_texts(self, space: str) -> dict[str, bytes]:
        """See `JournalStore.take_texts`."""
        return {}
