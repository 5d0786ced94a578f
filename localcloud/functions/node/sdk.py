"""AWS's SDK for JavaScript as Lambda's runtime brings it: installed by npm once, and kept.

Lambda has every client of the SDK in its image. They are 400 packages; here those are installed that the
functions of this machine import, all as they were on one day.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from localcloud.cache_folder import cache_folder
from localcloud.functions.node.needs import document
from localcloud.functions.node.program import NoNode, installed

# The days whose newest versions are installed: all packages of the SDK fit together then. Those of the
# second warn at each start that Node.js before 22 is going to be left behind.
AS_OF: Final = {20: "2025-12-01", 22: "2026-11-01"}


class NotInstalled(Exception):
    """npm could not install the packages; the message says why, and what to do."""


class Sdk:
    """The installed packages.

    Parameters
    ----------
    say : callable
        Takes what a person should know: an installation takes some seconds.
    root : Path, optional
        Where they are kept, for all local clouds of this machine.
    """

    def __init__(self, say: Callable[[str], None], root: Path | None = None) -> None:
        self._say = say
        self._root = root
        self._installing = asyncio.Lock()
        self._failed: dict[frozenset[str], NotInstalled] = {}

    async def folder(self, names: frozenset[str]) -> Path:
        """Return a ``node_modules`` folder that has packages, by their names.

        Raises
        ------
        NotInstalled
            They are not there, and npm or its registry is not, either.
        """
        async with self._installing:
            try:
                await asyncio.to_thread(installed)
            except NoNode as error:
                raise NotInstalled(_advice(names, str(error))) from error
            kept = await asyncio.to_thread(self._kept, names)
            if kept is not None:
                return kept
            if names in self._failed:
                raise self._failed[names]
            self._say(f"installing {', '.join(sorted(names))} (npm, once; as of {as_of()})")
            try:
                return await self._install(names)
            except NotInstalled as error:
                self._failed[names] = error
                raise

    @property
    def root(self) -> Path:
        """The folder of the sets of packages that fit this machine's Node.js."""
        return (self._root or cache_folder("node")) / f"sdk-{as_of()}"

    def _kept(self, names: Iterable[str]) -> Path | None:
        """Return the smallest set of packages that has all that are named."""
        sets: list[tuple[int, Path]] = []
        for folder in self.root.iterdir() if self.root.is_dir() else ():
            installed = document(folder / "package.json").get("dependencies")
            if isinstance(installed, dict) and set(names) <= installed.keys():
                sets.append((len(installed), folder / "node_modules"))
        return min(sets, default=(0, None))[1]

    async def _install(self, names: frozenset[str]) -> Path:
        npm = shutil.which("npm")
        if npm is None:
            raise NotInstalled(_advice(names, "there is no `npm` in PATH"))
        root = self.root
        root.mkdir(parents=True, exist_ok=True)
        # Local clouds that start at once each install for themselves; the first one's set stays.
        workplace = Path(tempfile.mkdtemp(prefix=".installing-", dir=root))
        try:
            (workplace / "package.json").write_text('{"private": true}')
            process = await asyncio.create_subprocess_exec(
                *(npm, "install", "--save", f"--before={as_of()}", "--omit=dev", "--ignore-scripts"),
                *("--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error", "--", *sorted(names)),
                cwd=workplace,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
            _, errors = await process.communicate()
            if process.returncode != 0:
                raise NotInstalled(_advice(names, first_line(errors)))
            digest = hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()[:16]
            final = root / digest
            if not final.exists():
                os.rename(workplace, final)  # noqa: PTH104 - both are below the same folder
            return final / "node_modules"
        finally:
            shutil.rmtree(workplace, ignore_errors=True)


def as_of() -> str:
    """Return the day whose newest versions fit this machine's Node.js."""
    return AS_OF[22 if installed().major >= 22 else 20]


def first_line(errors: bytes) -> str:
    r"""Return what npm says of a failure, without where its log is.

    Examples
    --------
    >>> first_line(b"npm error code ENOTFOUND\nnpm error errno ENOTFOUND\nnpm error network request failed")
    'code ENOTFOUND'
    """
    lines = errors.decode("utf-8", "replace").splitlines()
    said = [line.removeprefix("npm error ").removeprefix("npm ERR! ").strip() for line in lines]
    return next((line for line in said if line), "npm failed without a word")


def _advice(names: Iterable[str], reason: str) -> str:
    return (
        f"{', '.join(sorted(names))} cannot be installed ({reason}): connect to npm's registry once, or add "
        "the packages to the function's own package.json and run npm install there"
    )
