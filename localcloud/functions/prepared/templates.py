"""Templates: a process for each function whose environments may share what its init phase has loaded."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from localcloud.functions.blueprint import Blueprint
from localcloud.functions.model import LogCallback
from localcloud.functions.prepared.parent import PreparedParent
from localcloud.functions.prepared.rules import may_share_init


class Templates:
    """Keeps one template for each function and qualifier, of its newest blueprint.

    Its environments are forks of it, as those that Lambda's SnapStart resumes are copies of one: the
    handler's module has been imported once for all of them, and lies in memory once.

    Parameters
    ----------
    log
        Takes a function's name, an empty request id, and a line that its module printed.
    """

    def __init__(self, log: LogCallback) -> None:
        self._log = log
        self._templates: dict[tuple[str, str], tuple[Blueprint, PreparedParent | None]] = {}
        self._starting: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._stopping: set[asyncio.Task[None]] = set()

    async def of(
        self, blueprint: Blueprint, parent: PreparedParent, bundled: list[str]
    ) -> PreparedParent | None:
        """Return the template of a blueprint; None where it has none, or where its handler does not load.

        Raises
        ------
        CannotFork, OSError
            As `PreparedParent.fork` does.
        """
        if not may_share_init(blueprint):
            return None
        key = (blueprint.function.name, blueprint.function.qualifier)
        async with self._starting[key]:
            previous, template = self._templates.get(key, (None, None))
            if previous == blueprint and (template is None or not template.lost):
                return template
            await self._drop(key)
            template = await self._start(blueprint, parent, bundled)
            self._templates[key] = (blueprint, template)
            return template

    async def stop(self) -> None:
        """End every template, and those that are ending."""
        for key in list(self._templates):
            await self._drop(key)
        await asyncio.gather(*self._stopping)

    async def _start(
        self, blueprint: Blueprint, parent: PreparedParent, bundled: list[str]
    ) -> PreparedParent | None:
        lines: list[str] = []  # what a template that fails prints, its environments print as well

        def take(line: str) -> None:
            if template.prepared.is_set():
                self._log(blueprint.function.name, "", line)
            else:
                lines.append(line)

        template = await parent.template(blueprint, bundled, take)
        try:
            seconds = blueprint.function.timeout + 10  # AWS's limit of the init phase, on a busy machine
            await asyncio.wait_for(template.prepared.wait(), seconds)
        except TimeoutError:
            await template.stop()
        if template.lost:
            return None
        for line in lines:
            take(line)
        return template

    async def _drop(self, key: tuple[str, str]) -> None:
        _, template = self._templates.pop(key, (None, None))
        if template is None:
            return
        # Environments that still run are its children, and would end with it.
        task = asyncio.get_running_loop().create_task(template.retire())
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)
