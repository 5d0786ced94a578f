"""Which packages of AWS's runtime a function imports, read off its sources."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localcloud.functions.model import SourceTree

SCRIPTS: Final = (".js", ".mjs", ".cjs")
# A bundle of a function is a few MB; what is larger is data.
LARGEST: Final = 20_000_000
_IMPORT: Final = re.compile(
    rb"""(?:\brequire(?:\.resolve)?\s*\(|\bfrom|\bimport\s*\(?)\s*["'`]"""
    rb"""((?:@aws-sdk|@smithy)/[a-z0-9.-]+|aws-sdk)(?=["'`/])"""
)
_COMPUTED: Final = re.compile(rb"""@aws-sdk/(?:client-)?(?:\$\{|["'`]\s*(?:\+|\.concat))""")
_DYNAMIC: Final = re.compile(rb"\bimport\s*\(")
_SCOPES: Final = ("@aws-sdk", "@smithy")


@dataclass(frozen=True)
class Needs:
    """What a function's code imports.

    Attributes
    ----------
    packages : frozenset of str
        Packages of AWS's own that neither its code nor a layer brings.
    modules : bool
        Whether ES modules import anything: its files are some, or it imports dynamically.
    computed : bool
        Whether it makes up the name of a package of AWS's SDK.
    """

    packages: frozenset[str] = frozenset()
    modules: bool = False
    computed: bool = False


def needs_of(tree: SourceTree) -> Needs:
    """Read the sources of a function and of its layers; this takes a moment for many files.

    What lies in ``node_modules`` is not read: packages say in ``peerDependencies`` what they expect.
    """
    roots = [tree.code, *(layer / "nodejs" for layer in tree.layers)]
    packages: set[str] = set()
    modules = computed = False
    for root in roots:
        for path in _scripts(root):
            try:
                text = path.read_bytes() if path.stat().st_size <= LARGEST else b""
            except OSError:
                continue  # removed just now
            packages.update(name.decode() for name in _IMPORT.findall(text))
            computed = computed or _COMPUTED.search(text) is not None
            modules = modules or path.suffix == ".mjs" or _DYNAMIC.search(text) is not None
        modules = modules or _is_module(root / "package.json")
        packages.update(_peers(_packages(root)))
    missing = {name for name in packages if not any(is_installed(name, root) for root in roots)}
    return Needs(frozenset(missing), modules, computed)


def is_installed(name: str, folder: Path) -> bool:
    """Return whether Node.js finds a package from a folder: in it, or in one above it."""
    return any((above / "node_modules" / name).is_dir() for above in (folder, *folder.parents))


def _scripts(root: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root, followlinks=True):
        names[:] = [name for name in names if name != "node_modules" and not name.startswith(".")]
        yield from (Path(folder, name) for name in files if name.endswith(SCRIPTS))


def _packages(root: Path) -> Iterator[Path]:
    """Yield the folders of the packages that are installed beside a function's code."""
    for entry in _entries(root / "node_modules"):
        if entry.name.startswith("@") and entry.name not in _SCOPES:
            yield from _entries(entry)
        elif not entry.name.startswith((".", "@")):
            yield entry


def _entries(folder: Path) -> Iterable[Path]:
    return folder.iterdir() if folder.is_dir() else ()


def _peers(packages: Iterable[Path]) -> Iterator[str]:
    for package in packages:
        peers = document(package / "package.json").get("peerDependencies")
        if isinstance(peers, dict):
            yield from (str(name) for name in peers if str(name).startswith(tuple(f"{s}/" for s in _SCOPES)))


def _is_module(package: Path) -> bool:
    return document(package).get("type") == "module"


def document(package: Path) -> dict[str, object]:
    """Read a ``package.json``; empty where there is none, or none that can be read."""
    try:
        value = json.loads(package.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
