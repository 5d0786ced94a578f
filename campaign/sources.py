"""What a campaign runs: files that must stay as they are while it lasts.

The local cloud takes an edit of a function's sources over at its next invocation. An edit meanwhile, also
one that is taken back, therefore has some orders handled by other code.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDERS: Final = ("appsync", "chalice_app", "localcloud", "orders", "resolvers")
SUFFIXES: Final = frozenset({".graphql", ".js", ".json", ".py", ".sql", ".yaml"})
SKIPPED: Final = frozenset({"__pycache__", "node_modules", ".chalice"})


@dataclass(frozen=True)
class Sources:
    """Source files as they were at one moment.

    Attributes
    ----------
    root
        The folder that they are in.
    stamps
        Each one's time of change in nanoseconds and its size, by its path below ``root``.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> root = Path(mkdtemp())
    >>> (root / "orders").mkdir()
    >>> before = Sources.read(root)
    >>> (root / "orders" / "new.py").touch()
    >>> before.changed()
    ['orders/new.py']
    """

    root: Path
    stamps: Mapping[str, tuple[int, int]]

    @classmethod
    def read(cls, root: Path) -> Sources:
        """Return the files as they are now."""
        return cls(root, dict(_stamps(root)))

    def changed(self) -> list[str]:
        """Return the files that have been written, added or removed since, in order.

        An edit that was taken back is one of them: who read the file in between has read the edit.
        """
        now = dict(_stamps(self.root))
        return sorted(name for name in {*self.stamps, *now} if self.stamps.get(name) != now.get(name))


def _stamps(root: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    for top in FOLDERS:
        for folder, below, names in os.walk(root / top):
            below[:] = [name for name in below if name not in SKIPPED]
            for file in (Path(folder, name) for name in names):
                if file.suffix in SUFFIXES:
                    # An editor replaces a file by another.
                    with suppress(FileNotFoundError):
                        stat = file.stat()
                        yield file.relative_to(root).as_posix(), (stat.st_mtime_ns, stat.st_size)
