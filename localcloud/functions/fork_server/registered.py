"""What modules add to the interpreter's own lists when they are loaded: hidden and given with them."""

from __future__ import annotations

import sys
import warnings
from collections import defaultdict
from collections.abc import Callable, MutableSequence
from typing import cast

Entries = MutableSequence[object]


def _of_finder(finder: object) -> str:
    return type(finder).__module__


def _of_filter(entry: object) -> str:
    category = entry[2] if isinstance(entry, tuple) else None
    return str(getattr(category, "__module__", ""))


# Each list, and how to find an entry's owner: `six` adds a finder, `urllib3` filters of its own warnings.
LISTS: tuple[tuple[Entries, Callable[[object], str]], ...] = (
    (cast("Entries", sys.meta_path), _of_finder),
    (cast("Entries", warnings.filters), _of_filter),
)


class Registered:
    """Entries that have been added since this object was created."""

    def __init__(self) -> None:
        self._usual = [list(entries) for entries, _ in LISTS]
        self._added: defaultdict[str, list[tuple[Entries, bool, object]]] = defaultdict(list)

    def hide(self) -> None:
        """Take them out."""
        for (entries, owner), usual in zip(LISTS, self._usual, strict=True):
            first = entries.index(usual[0])
            for position, entry in enumerate(entries):
                if entry not in usual:
                    self._added[owner(entry)].append((entries, position < first, entry))
            entries[:] = usual

    def give(self, module: str) -> None:
        """Put back what belongs to a module."""
        for entries, at_front, entry in self._added.pop(module, ()):
            if at_front:
                entries.insert(0, entry)
            else:
                entries.append(entry)
