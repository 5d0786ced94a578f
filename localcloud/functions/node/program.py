"""The Node.js of this machine."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache


class NoNode(OSError):
    """Node.js is not installed, or does not run: an environment's process cannot start."""


@dataclass(frozen=True)
class Node:
    """A Node.js that runs.

    Attributes
    ----------
    path : str
        The program.
    major, minor : int
        Its version.
    """

    path: str
    major: int
    minor: int


@lru_cache(maxsize=1)
def installed() -> Node:
    """Return the first ``node`` of ``PATH``; it is started once, to say its version.

    Raises
    ------
    NoNode
        There is none.
    """
    path = shutil.which("node")
    if path is None:
        raise NoNode("there is no `node` in PATH")
    try:
        output = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60, check=True)
        major, minor, _ = output.stdout.strip().removeprefix("v").split(".", 2)
        return Node(path, int(major), int(minor))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise NoNode(f"{path} does not run: {error}") from error
