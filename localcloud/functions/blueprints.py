"""From a function's definition to the blueprint of its environments."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from localcloud.functions.blueprint import Blueprint
from localcloud.functions.context import Context
from localcloud.functions.credentials import RoleCredentials
from localcloud.functions.model import FunctionDefinition, SourceTree
from localcloud.functions.node_parts import NodeParts
from localcloud.functions.sources import Artefacts, EditWatch
from localcloud.lambda_rules import node_version, runtime_problem

if TYPE_CHECKING:
    from localcloud.aws import EngineAddress
    from localcloud.functions.node import Preparation

from localcloud.preload.variables import PROXY


class Blueprints:
    """Knows where each function's code comes from: local sources, or else the deployed artefact."""

    def __init__(
        self, engine: EngineAddress, roles: RoleCredentials, artefacts: Artefacts, context: Context
    ) -> None:
        self._engine = engine
        self._roles = roles
        self._artefacts = artefacts
        self._watch = EditWatch(context.settings.scan_seconds)
        self._context = context
        self._node: Preparation | None = None
        self._sources: dict[str, SourceTree] = {}
        self._last: dict[tuple[str, str], tuple[FunctionDefinition, Blueprint]] = {}

    def use_sources(self, sources: Mapping[str, SourceTree]) -> None:
        """Run these functions from local folders from now on."""
        self._sources.update(
            {
                name: SourceTree(
                    tree.code.resolve(), tuple(layer.resolve() for layer in tree.layers), tree.packages
                )
                for name, tree in sources.items()
            }
        )

    async def of(self, function: FunctionDefinition) -> Blueprint:
        """Return the blueprint that an invocation right now must be run by."""
        # What was published stays as it was; edits are of the latest.
        tree = self._sources.get(function.name) if function.version == "$LATEST" else None
        live = tree is not None
        if tree is None:
            tree = await self._artefacts.tree(function)
            fingerprint = function.code_sha256
        else:
            fingerprint = self._watch.fingerprint(tree, function.runtime)
        key = (function.name, function.qualifier)
        if key in self._last:
            defined, last = self._last[key]
            same = (last.fingerprint, last.code, last.packages) == (fingerprint, tree.code, tree.packages)
            if defined is function and same:
                return last  # mostly nothing has changed since the invocation before
        session = self._roles.session(function.role_arn, function.name)
        blueprint = Blueprint(
            # Without what may change while the process stays as it is.
            function=replace(
                function, code_location="", code_sha256="", reserved_concurrency=None, dead_letter_arn=None
            ),
            code=tree.code,
            layers=tree.layers,
            packages=tree.packages,
            live=live,
            fingerprint=fingerprint,
            variables={
                **self._engine.environment(),
                **session.environment(),
                **({PROXY: self._engine.proxy} if self._engine.proxy else {}),
            },
            node=await self._node_parts(function, tree, fingerprint),
        )
        if key in self._last and self._last[key][1] == blueprint:
            blueprint = self._last[key][1]  # by identity its pool sees at once that it is the same
        self._last[key] = (function, blueprint)
        return blueprint

    async def _node_parts(
        self, function: FunctionDefinition, tree: SourceTree, fingerprint: str
    ) -> NodeParts:
        if not node_version(function.runtime):
            return NodeParts()
        if self._node is None:
            from localcloud.functions.node import Preparation  # noqa: PLC0415 - only where there are such

            self._node = Preparation(self._context.say, self._context.warn)
        return await self._node.parts(function, tree, fingerprint)


def unsupported_runtime(function: FunctionDefinition) -> str | None:
    """Say why this machine cannot run a function, or None when it can."""
    return runtime_problem(function.runtime, function.package_type, _which)


@lru_cache(maxsize=4)
def _which(program: str) -> str | None:
    """Look for a program once: each invocation asks."""
    return shutil.which(program)
