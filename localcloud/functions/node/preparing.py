"""What a Node.js function needs beside its code, before an environment of it starts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from localcloud.functions.blueprint import NodeParts
from localcloud.functions.model import FunctionDefinition, SourceTree
from localcloud.functions.node.needs import Needs, needs_of
from localcloud.functions.node.program import NoNode, installed
from localcloud.functions.node.sdk import NotInstalled, Sdk
from localcloud.lambda_rules import node_version

# Lambda's runtimes had the SDK's version 2 until this one, and have had version 3 since.
FIRST_WITH_V3 = 18


class Preparation:
    """Reads each state of a function's code once, and has npm install what it imports.

    Parameters
    ----------
    say : callable
        Takes what a person should know at once.
    warn : callable
        Takes what went wrong; the function starts all the same, and says itself what it lacks.
    """

    def __init__(
        self, say: Callable[[str], None], warn: Callable[[str], None], sdk: Sdk | None = None
    ) -> None:
        self._say = say
        self._warn = warn
        self._sdk = sdk or Sdk(say)
        self._needs: dict[tuple[SourceTree, str], Needs] = {}
        self._announced: set[str] = set()

    async def parts(self, function: FunctionDefinition, tree: SourceTree, fingerprint: str) -> NodeParts:
        """Return what an environment of a function has beside its code."""
        await self._announce(function.runtime)
        key = (tree, fingerprint)
        needs = self._needs.get(key)
        if needs is None:
            needs = self._needs[key] = await asyncio.to_thread(needs_of, tree)
        provided = await self._provided(function, needs)
        has_more = provided is not None or any((layer / "nodejs").is_dir() for layer in tree.layers)
        return NodeParts(provided, modules=needs.modules and has_more)

    async def _provided(self, function: FunctionDefinition, needs: Needs) -> Path | None:
        is_old = node_version(function.runtime) < FIRST_WITH_V3
        names = frozenset(name for name in needs.packages if (name == "aws-sdk") == is_old)
        if not names:
            return None
        try:
            return await self._sdk.folder(names)
        except NotInstalled as error:
            self._warn(f"Function {function.name}: {error}")
            return None

    async def _announce(self, runtime: str) -> None:
        """Say once of each runtime that another version of Node.js runs it."""
        if runtime in self._announced:
            return
        self._announced.add(runtime)
        try:
            node = await asyncio.to_thread(installed)
        except NoNode:
            return  # the start of the environment says it
        if node.major != node_version(runtime):
            self._say(
                f"functions of {runtime} run on Node.js {node.major}.{node.minor}, which is installed here"
            )
