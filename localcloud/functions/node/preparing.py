"""What a Node.js function needs beside its code, before an environment of it starts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from localcloud.functions.model import FunctionDefinition, SourceTree
from localcloud.functions.node.dependencies import folder_of_packages, installed_for
from localcloud.functions.node.needs import Needs, needs_of
from localcloud.functions.node.program import NoNode, installed
from localcloud.functions.node.sdk import Sdk
from localcloud.functions.node.store import FolderStore, NotInstalled
from localcloud.functions.node.typescript import bundled, source_of
from localcloud.functions.node_parts import NodeParts
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
        self, say: Callable[[str], None], warn: Callable[[str], None], store: FolderStore | None = None
    ) -> None:
        self._say = say
        self._warn = warn
        self._store = store or FolderStore()
        self._sdk = Sdk(say, self._store)
        self._needs: dict[tuple[SourceTree, str], Needs] = {}
        self._announced: set[str] = set()

    async def parts(self, function: FunctionDefinition, tree: SourceTree, fingerprint: str) -> NodeParts:
        """Return what an environment of a function has beside its code."""
        await self._announce(function.runtime)
        source = await asyncio.to_thread(source_of, tree.code, function.handler)
        project = await asyncio.to_thread(folder_of_packages, tree.code) if source else tree.code
        whole = None if project == tree.code else project
        work = installed_for(function.name, tree.code, self._store, self._say, whole)
        own = await self._or_none(function, work)
        built = await self._built(function, tree, fingerprint, own, source)
        if built is not None:
            beside = tree.code / "node_modules"  # nothing that lies above the bundle
            own = own or (beside if beside.is_dir() else None)
            tree = SourceTree(built, tree.layers)
        needs = await self._needs_of(tree, fingerprint)
        provided = await self._provided(function, needs)
        is_old = node_version(function.runtime) < FIRST_WITH_V3
        sdk = None if is_old else await self._sdk.root()
        has_more = (
            needs.computed or own or provided or any((layer / "nodejs").is_dir() for layer in tree.layers)
        )
        return NodeParts(own, provided, modules=needs.modules and bool(has_more), sdk=sdk, built=built)

    async def _built(
        self,
        function: FunctionDefinition,
        tree: SourceTree,
        fingerprint: str,
        packages: Path | None,
        source: Path | None,
    ) -> Path | None:
        if source is None:
            return None
        state = source, fingerprint, packages
        work = bundled(function, tree, *state, store=self._store, say=self._say)
        return await self._or_none(function, work)

    async def _needs_of(self, tree: SourceTree, fingerprint: str) -> Needs:
        key = (tree, fingerprint)
        needs = self._needs.get(key)
        if needs is None:
            needs = self._needs[key] = await asyncio.to_thread(needs_of, tree)
        return needs

    async def _provided(self, function: FunctionDefinition, needs: Needs) -> Path | None:
        is_old = node_version(function.runtime) < FIRST_WITH_V3
        names = frozenset(name for name in needs.packages if (name == "aws-sdk") == is_old)
        return await self._or_none(function, self._sdk.folder(names)) if names else None

    async def _or_none(self, function: FunctionDefinition, work: Awaitable[Path | None]) -> Path | None:
        try:
            return await work
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
