"""What a Node.js environment has beside its code: the one thing that every blueprint knows of Node.js."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True)
class NodeParts:
    """What a Node.js environment has beside its code and layers.

    Attributes
    ----------
    own, provided : Path, optional
        Folders like ``node_modules``: what the function's ``package.json`` names, and what AWS's runtime
        brings.
    modules : bool
        Whether ES modules import from there, or from layers: to look there costs a start some time.
    sdk : Path, optional
        Where packages of AWS's SDK are kept that a function names while it runs.
    built : Path, optional
        The folder with the bundle of a handler that is TypeScript; it runs in the place of the code.
    """

    own: Path | None = None
    provided: Path | None = None
    modules: bool = False
    sdk: Path | None = None
    built: Path | None = None


NO_NODE_PARTS: Final = NodeParts()
