"""Find the local file that an object of a bucket was uploaded from, by the end of its key."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_SKIPPED: Final = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})
_MOST: Final = 20_000
"""Entries of a folder that are looked at: a home folder is not searched to its end."""


_MARKS: Final = (".git", "README*", "readme*", "package.json", "pyproject.toml", "samconfig.toml")


def within_project(folder: Path) -> tuple[Path, ...]:
    """Return a folder and those above it, as far as the one of the project: that with a README, for one.

    The folder alone, where nothing marks a project.
    """
    for number, above in enumerate((folder, *folder.parents)):
        if any(next(above.glob(mark), None) for mark in _MARKS):
            return (folder, *folder.parents)[: number + 1]
    return (folder,)


@dataclass
class Search:
    """Looks for objects below folders, the nearest first.

    Parameters
    ----------
    folders
        Each is looked through only where those before it do not have the file.
    """

    folders: tuple[Path, ...]
    _names: dict[Path, dict[str, list[Path]]] = field(default_factory=dict)

    def find(self, parts: tuple[str, ...], *, archived: bool) -> list[Path]:
        """Return what matches the end of a key best: one, several that differ, or none.

        Parameters
        ----------
        parts
            The key's parts, as far as they are known.
        archived
            Whether an archive may be there as the folder that it was made of.
        """
        if not parts:
            return []
        for folder in self.folders:
            names = self._index(folder)
            matching = best(names.get(parts[-1], []), parts)
            if not matching and archived and parts[-1].endswith((".zip", ".jar")):
                stem = parts[-1].rpartition(".")[0]
                folders = [path for path in names.get(stem, []) if path.is_dir()]
                matching = best(folders, (*parts[:-1], stem))
            if matching:
                return matching
        return []

    def _index(self, folder: Path) -> dict[str, list[Path]]:
        if folder not in self._names:
            names: dict[str, list[Path]] = {}
            for path in _below(folder):
                names.setdefault(path.name, []).append(path)
            self._names[folder] = names
        return self._names[folder]


def best(paths: Iterable[Path], parts: tuple[str, ...]) -> list[Path]:
    """Return those whose ends agree with the most parts; of equal files the nearest.

    Examples
    --------
    >>> paths = [Path("a/vtl/get.vtl"), Path("a/old/get.vtl")]
    >>> best(paths, ("live", "vtl", "get.vtl"))
    [PosixPath('a/vtl/get.vtl')]
    """
    counted = [(_agreeing(path, parts), path) for path in paths]
    most = max((count for count, _ in counted), default=0)
    matching = sorted((path for count, path in counted if count == most), key=lambda path: len(path.parts))
    if len(matching) > 1 and all(path.is_file() for path in matching):
        first = matching[0].read_bytes()
        return matching[:1] if all(path.read_bytes() == first for path in matching[1:]) else matching
    return matching


def _agreeing(path: Path, parts: tuple[str, ...]) -> int:
    count = 0
    for own, other in zip(reversed(path.parts), reversed(parts), strict=False):
        if own != other:
            break
        count += 1
    return count


def _below(folder: Path) -> Iterator[Path]:
    """Yield files and folders, but not what is installed or hidden."""
    count = 0
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not name.startswith("."))
        for name in (*folders, *sorted(files)):
            count += 1
            if count > _MOST:
                return
            yield Path(here, name)
