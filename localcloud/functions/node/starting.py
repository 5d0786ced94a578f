"""How the process of a Node.js environment starts: its command line, and the variables of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from localcloud.functions.model import FunctionDefinition
from localcloud.functions.node.program import installed
from localcloud.functions.node_parts import NodeParts
from localcloud.functions.tied import tied
from localcloud.lambda_rules import node_version
from localcloud.preload.variables import PROXY, node_options

RUNTIME = Path(__file__).with_name("runtime")
# AWS turns these off up to Node.js 22: they are of the Node.js releases that its runtimes began with.
EXPERIMENTAL = ("--no-experimental-require-module", "--no-experimental-detect-module")
HEAP = ("max-old-space-size", "max-semi-space-size")


class NodeBlueprint(Protocol):
    """What of a function's blueprint its start depends on: see `localcloud.functions.blueprint`."""

    @property
    def function(self) -> FunctionDefinition:
        """Its configuration."""

    @property
    def layers(self) -> Sequence[Path]:
        """The folders of its layers."""

    @property
    def variables(self) -> Mapping[str, str]:
        """What the local cloud adds to its environment."""

    @property
    def node(self) -> NodeParts:
        """What it has beside its code."""

    @property
    def wrapper(self) -> Path | None:
        """The program that is started instead of the runtime."""

    @property
    def task_root(self) -> Path:
        """The folder that its process runs in."""


def command(blueprint: NodeBlueprint, parent: int) -> list[str]:
    """Return the arguments that start the runtime client, whose parent is the process ``parent``."""
    node, function = installed(), blueprint.function
    wrapper = blueprint.wrapper
    flags = ["--max-http-header-size=81920"]
    if node_version(function.runtime) < 24 and node.major >= 20:
        flags += [flag for flag in EXPERIMENTAL if flag in _supported(node.path)]
    options = function.environment.get("NODE_OPTIONS", "").replace("_", "-")
    if not any(name in options for name in HEAP):
        # As AWS shares the memory out: nine tenths for objects, half of a tenth for young ones.
        flags.append(f"--max-old-space-size={function.memory * 9 // 10}")
        flags.append(f"--max-semi-space-size={max(1, function.memory // 20)}")
    return [
        *tied(),
        *(() if wrapper is None else (str(wrapper),)),
        *(node.path, *flags, str(RUNTIME / "start.cjs")),
        *(str(parent), "1" if blueprint.node.modules else "0", str(blueprint.node.sdk or "")),
    ]


def variables(blueprint: NodeBlueprint) -> dict[str, str]:
    """Return the variables that a Node.js runtime has beside those that all have."""
    mine = {"LAMBDA_RUNTIME_DIR": str(RUNTIME)}
    if "NODE_PATH" not in blueprint.function.environment:
        mine["NODE_PATH"] = os.pathsep.join(str(folder) for folder in node_path(blueprint))
    if PROXY in blueprint.variables:
        mine["NODE_OPTIONS"] = node_options(blueprint.function.environment.get("NODE_OPTIONS", ""))
    return mine


def node_path(blueprint: NodeBlueprint) -> list[Path]:
    """Return the folders in which modules are looked for after the code's own, the first of which wins."""
    version = node_version(blueprint.function.runtime)
    folders: list[Path] = []
    for below in (f"nodejs/node{version}/node_modules", "nodejs/node_modules"):
        folders += [layer / below for layer in reversed(blueprint.layers)]
    folders = [folder for folder in folders if folder.is_dir()]
    own, provided = ([path] if path else [] for path in (blueprint.node.own, blueprint.node.provided))
    return [*own, *folders, *provided, blueprint.task_root]


@lru_cache(maxsize=4)
def _supported(node: str) -> frozenset[str]:
    """Return those of the flags that this Node.js takes: another one ends it."""
    version = installed()
    modern = (version.major, version.minor) >= (20, 19) and version.major != 21
    return frozenset(EXPERIMENTAL) if modern else frozenset()
