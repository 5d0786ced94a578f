"""Executables that are a runtime of their own: ``bootstrap``, and what Go's own runtime named by the handler.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Final

GO: Final = "go1.x"
BOOTSTRAP: Final = "bootstrap"
# e_machine of ELF's header.
_MACHINES: Final = {0x3E: "x86_64", 0xB7: "aarch64"}
_ALIASES: Final = {"arm64": "aarch64", "amd64": "x86_64"}
_PROJECTS: Final = {
    "go.mod": "a Go project: build it first, GOOS=linux go build -o bootstrap",
    "Cargo.toml": "a Rust project: build it first, cargo lambda build --release",
    "Package.swift": "a Swift project: build it first",
    "Makefile": "source code: build it first, with its Makefile",
}


def is_bootstrapped(runtime: str) -> bool:
    """Say whether functions of a runtime bring an executable that speaks the Runtime API itself.

    Examples
    --------
    >>> [is_bootstrapped(runtime) for runtime in ("provided.al2023", "provided", "go1.x", "java21")]
    [True, True, True, False]
    """
    return runtime == GO or runtime.partition(".")[0] == "provided"


def bootstrap_name(runtime: str, handler: str) -> str:
    """Return the name of the executable in the artefact.

    Examples
    --------
    >>> bootstrap_name("provided.al2", "any.thing"), bootstrap_name("go1.x", "main")
    ('bootstrap', 'main')
    """
    return handler if runtime == GO and handler else BOOTSTRAP


def find_bootstrap(folders: Sequence[Path], name: str) -> Path | None:
    """Return the executable: the code's own, or else that of a layer."""
    return next((folder / name for folder in folders if (folder / name).is_file()), None)


def bootstrap_problem(folders: Sequence[Path], name: str) -> str | None:
    """Say why an artefact cannot run, and what to do; None where it can.

    Parameters
    ----------
    folders
        The code's, and the layers'.
    """
    path = find_bootstrap(folders, name)
    if path is None:
        project = next((_PROJECTS[file] for file in _PROJECTS if (folders[0] / file).is_file()), None)
        return f"its code has no executable {name}" + (f", it is {project}" if project else "")
    if not os.access(path, os.X_OK):
        return f"its {name} is not executable: chmod +x"
    try:
        with path.open("rb") as file:
            head = file.read(20)
    except OSError as error:
        return f"its {name} cannot be read: {error.strerror}"
    if head.startswith(b"\x7fELF"):
        machine = _MACHINES.get(int.from_bytes(head[18:20], "little"), "another machine")
        own = platform.machine().lower()
        if machine != _ALIASES.get(own, own):
            return f"its {name} is built for {machine}, and this machine is {own}: build it for this one"
    return None
