"""Folders that were built, kept on this machine by what they were built from."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from localcloud.folders.cache import cache_folder
from localcloud.stack.archives import walk


def fingerprint(*parts: str | Path) -> str:
    """Return what changes when a text, or the contents of a file or folder, does.

    Examples
    --------
    >>> fingerprint("a", "b") == fingerprint("ab")
    False
    """
    digest = hashlib.sha256()
    for part in parts:
        for name, content in _contents(part):
            digest.update(f"{len(name)}:{name}:{len(content)}:".encode() + content)
    return digest.hexdigest()[:24]


def _contents(part: str | Path) -> Iterable[tuple[str, bytes]]:
    if isinstance(part, str):
        return [("", part.encode())]
    if part.is_dir():
        return [(name, path.read_bytes()) for name, path in walk(part)]
    return [(part.name, part.read_bytes())]


def cached(name: str, build: Callable[[Path], None]) -> Path:
    """Return the folder of a name; when there is none, ``build`` fills an empty one first.

    Two processes may build the same at once: one of the two is kept. What fails leaves nothing.
    """
    folder = cache_folder("builds", name)
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=folder.parent))
    try:
        build(draft)
        draft.chmod(0o755)
        try:
            draft.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder
