"""AWS's SDK for JavaScript as Lambda's runtime brings it: installed by npm once, and kept.

Lambda has every client of the SDK in its image. They are 400 packages; here those are installed that the
functions of this machine import, all as they were on one day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from localcloud.functions.node.needs import document
from localcloud.functions.node.program import NoNode, installed
from localcloud.functions.node.store import QUIET, FolderStore, NotInstalled, key_of, npm

# The days whose newest versions are installed: all packages of the SDK fit together then. Those of the
# second warn at each start that Node.js before 22 is going to be left behind.
AS_OF: Final = {20: "2025-12-01", 22: "2026-11-01"}


class Sdk:
    """The installed packages.

    Parameters
    ----------
    say : callable
        Takes what a person should know: an installation takes some seconds.
    """

    def __init__(self, say: Callable[[str], None], store: FolderStore) -> None:
        self._say = say
        self._store = store

    async def folder(self, names: frozenset[str]) -> Path:
        """Return a ``node_modules`` folder that has packages, by their names.

        Raises
        ------
        NotInstalled
            They are not there, and npm or its registry is not, either; the message says what to do.
        """
        try:
            day = await asyncio.to_thread(as_of)
            cached = await asyncio.to_thread(self._cached, day, names)
            if cached is not None:
                return cached

            async def fill(folder: Path) -> None:
                self._say(f"installing {_listed(names)} (npm, once; as of {day})")
                (folder / "package.json").write_text('{"private": true}')
                options = f"--before={day}", "--omit=dev", "--ignore-scripts", "--no-package-lock"
                await npm(folder, "install", "--save", *options, *QUIET, "--", *sorted(names))

            key = key_of(f"sdk-{day}/set", [name.encode() + b"\n" for name in sorted(names)])
            return await self._store.folder(key, fill) / "node_modules"
        except (NotInstalled, NoNode) as error:
            raise NotInstalled(
                f"{_listed(names)} cannot be installed ({error}): connect to npm's registry once, or add "
                "them to the function's own package.json and run npm install there"
            ) from error

    async def root(self) -> Path | None:
        """Return the folder of all sets; None without Node.js."""
        try:
            return self._store.root / f"sdk-{await asyncio.to_thread(as_of)}"
        except NoNode:
            return None

    def _cached(self, day: str, names: Iterable[str]) -> Path | None:
        """Return the smallest set of packages that has all that are named."""
        root = self._store.root / f"sdk-{day}"
        sets: list[tuple[int, Path]] = []
        for folder in root.glob("set-*") if root.is_dir() else ():
            packages = document(folder / "package.json").get("dependencies")
            if isinstance(packages, dict) and set(names) <= packages.keys():
                sets.append((len(packages), folder / "node_modules"))
        return min(sets)[1] if sets else None


def as_of() -> str:
    """Return the day whose newest versions fit this machine's Node.js."""
    return AS_OF[22 if installed().major >= 22 else 20]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
