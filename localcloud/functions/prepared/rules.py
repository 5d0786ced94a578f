"""When an environment may be forked, and when only a fresh interpreter is right."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from localcloud.functions.blueprint import SITE_PACKAGES, Blueprint
from localcloud.functions.bootstrap import PROVIDED

# Descriptors of processes (Linux 5.3), by which the parent notices the end of a fork.
POSSIBLE = sys.platform == "linux" and hasattr(os, "pidfd_open")
# What an interpreter, the C library or botocore reads when it starts, and never again.
READ_AT_START = ("PYTHON", "LANG", "LC_", "LD_", "GLIBC_", "MALLOC_", "OPENSSL_", "HOME", "AWS_LAMBDA_EXEC_")
WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"
# Such a line near the beginning of a wrapper that is Python and replaces the runtime lets a fork run it.
MAY_BE_FORKED, HEAD_BYTES = b"# localcloud: may be forked between prepare() and serve()", 4096
# Larger packages are no byproduct of another one: who brings botocore wants that one.
MOST_FILES, MOST_BYTES = 100, 2_000_000


def needs_fresh_interpreter(blueprint: Blueprint) -> bool:
    """Return whether the function's own variables change how an interpreter starts."""
    names = set(blueprint.function.environment)
    if may_share_init(blueprint):
        names.remove(WRAPPER)
    return any(name.startswith(READ_AT_START) for name in names)


def may_share_init(blueprint: Blueprint) -> bool:
    """Return whether the wrapper is a Python file that may be forked once the handler is loaded."""
    if blueprint.wrapper is None:
        return False
    try:
        with blueprint.wrapper.open("rb") as file:
            return MAY_BE_FORKED in file.read(HEAD_BYTES).splitlines()
    except OSError:
        return False  # the start will say it


def bundled_alike(import_path: list[Path]) -> list[str] | None:
    """Return the provided packages of which a function brings the very same files.

    Many a layer brings ``jmespath`` or ``six`` beside what needs them. The same files are the same
    package, wherever they lie.

    Returns
    -------
    list of str or None
        None when the function brings another version of one, or a module that has the name of one
        of the standard library's: what the prepared parent has imported is not what it wants.
    """
    alike = []
    for name, path in _modules(import_path):
        if name in PROVIDED and _same(path, SITE_PACKAGES / path.name):
            alike.append(name)
        elif name in PROVIDED or name in sys.stdlib_module_names:
            return None
    return alike


def _modules(import_path: list[Path]) -> Iterator[tuple[str, Path]]:
    """Yield what can be imported from the folders: a folder without ``__init__`` never wins."""
    for folder in import_path:
        for path in folder.iterdir():
            if path.suffix in {".py", ".so"} or any(path.glob("__init__.*")):
                yield path.name.partition(".")[0], path


def _same(bundled: Path, provided: Path) -> bool:
    ours, theirs = _files(bundled), _files(provided)
    if ours is None or theirs is None or ours.keys() != theirs.keys():
        return False
    return all(path.read_bytes() == theirs[name].read_bytes() for name, path in ours.items())


def _files(root: Path) -> dict[str, Path] | None:
    """Return every file of a module or package by its place; None for what is not there, or large."""
    if root.is_file():
        return {"": root}
    files: dict[str, Path] = {}
    size = 0
    for path in root.rglob("*"):
        if path.is_file() and path.parent.name != "__pycache__":
            files[str(path.relative_to(root))] = path
            size += path.stat().st_size
            if len(files) > MOST_FILES or size > MOST_BYTES:
                return None
    return files or None
