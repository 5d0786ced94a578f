"""Folders of this machine's cache: each is filled once, by whichever local cloud needs it first."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from localcloud.folders.cache import cache_folder

Fill = Callable[[Path], Awaitable[None]]
QUIET: Final = ("--no-audit", "--no-fund", "--loglevel=error")


class NotInstalled(Exception):
    """npm, or a tool that it brings, failed; the message says why."""


class FolderStore:
    """Folders by their keys. A key stands for all that goes into its folder."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._failed: dict[str, NotInstalled] = {}

    @property
    def root(self) -> Path:
        """The folder that they are in."""
        return self._root or cache_folder("node")

    async def folder(self, key: str, fill: Fill) -> Path:
        """Return a folder, filled.

        Raises
        ------
        NotInstalled
            It could not be filled, now or before.
        """
        async with self._locks[key]:
            final = self.root / key
            if final.is_dir():
                return final
            if key in self._failed:
                raise self._failed[key]
            try:
                await self._fill(final, fill)
            except NotInstalled as error:
                self._failed[key] = error
                raise
            return final

    async def _fill(self, final: Path, fill: Fill) -> None:
        final.parent.mkdir(parents=True, exist_ok=True)
        # Local clouds that start at once each fill one of their own; the first one stays.
        workplace = Path(tempfile.mkdtemp(prefix=".filling-", dir=final.parent))
        try:
            await fill(workplace)
            if not final.exists():  # noqa: ASYNC240 - quicker than a thread
                os.rename(workplace, final)  # noqa: PTH104 - both are in the same folder
        finally:
            shutil.rmtree(workplace, ignore_errors=True)


def key_of(name: str, parts: Iterable[bytes]) -> str:
    """Return a key for what depends on some contents.

    Examples
    --------
    >>> key_of("packages", [b"{}"])
    'packages-44136fa355b3678a'
    """
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return f"{name}-{digest.hexdigest()[:16]}"


async def npm(folder: Path, *arguments: str) -> None:
    """Run npm in a folder.

    Raises
    ------
    NotInstalled
        It is not there, or fails.
    """
    program = shutil.which("npm")
    if program is None:
        raise NotInstalled("there is no `npm` in PATH")
    await run([program, *arguments], folder)


async def run(command: Sequence[str], folder: Path, **variables: str) -> None:
    """Run a program to its end; what it prints is read where it fails alone.

    Raises
    ------
    NotInstalled
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**os.environ, **variables},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    if process.returncode != 0:
        raise NotInstalled(first_line(errors))


def first_line(errors: bytes) -> str:
    r"""Return what npm says of a failure, without where its log is.

    Examples
    --------
    >>> first_line(b"npm error code ENOTFOUND\nnpm error errno ENOTFOUND\nnpm error network request failed")
    'code ENOTFOUND'
    """
    lines = errors.decode("utf-8", "replace").splitlines()
    messages = [line.removeprefix("npm error ").removeprefix("npm ERR! ").strip() for line in lines]
    return next((line for line in messages if line), "it failed without a word")
