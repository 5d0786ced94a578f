"""How an environment's process starts: forked from the prepared parent, or as a fresh interpreter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from localcloud.functions.blueprint import Blueprint
from localcloud.functions.model import LogCallback
from localcloud.functions.prepared.forked import CannotFork
from localcloud.functions.prepared.parent import PreparedParent
from localcloud.functions.prepared.rules import POSSIBLE, bundled_alike, needs_fresh_interpreter
from localcloud.functions.prepared.templates import Templates


def no_log(function: str, request_id: str, line: str) -> None:
    """Keep no log."""


class Process(Protocol):
    """A process of the runtime client."""

    @property
    def pid(self) -> int:
        """Its number, and its group's."""

    async def wait(self) -> int:
        """Wait for its end, and return its exit code: negative for a signal."""


class Launch(Protocol):
    """How an environment gets its process: `Launcher.launch`."""

    async def __call__(self, blueprint: Blueprint, runtime_api: str, output: int) -> Process:
        """Start a process that writes to the descriptor ``output``."""


class Launcher:
    """Starts environments' processes, and keeps the prepared parent.

    Parameters
    ----------
    prepared : bool
        Whether to have one; without it, each process is a fresh interpreter.
    warn : callable
        Takes what a person should know.
    log : callable
        Takes what a function's module prints while it is loaded for many environments.
    """

    def __init__(self, *, prepared: bool, warn: Callable[[str], None], log: LogCallback = no_log) -> None:
        self._forks = prepared and POSSIBLE
        self._warn = warn
        self._starting = asyncio.Lock()
        self._parent: PreparedParent | None = None
        self._bundled: dict[tuple[Path, tuple[Path, ...], str], list[str] | None] = {}
        self._templates = Templates(log)

    async def start(self) -> None:
        """Start the prepared parent, which prepares itself while functions are deployed."""
        await self._running()

    async def prepared(self) -> None:
        """Wait until the prepared parent has loaded everything; not at all when there is none."""
        parent = await self._running()
        if parent is not None:
            await parent.prepared.wait()

    async def launch(self, blueprint: Blueprint, runtime_api: str, output: int) -> Process:
        """Start a process. This must happen in the main thread: the kernel ties it to that one.

        Raises
        ------
        OSError
            When the code's folder is gone, or the system has no more processes.
        """
        bundled = self._may_fork(blueprint)
        parent = await self._running() if bundled is not None else None
        if parent is not None and bundled is not None:
            try:
                template = await self._templates.of(blueprint, parent, bundled)
                if template is not None:
                    return await template.fork(blueprint, runtime_api, output, bundled)
                return await parent.fork(blueprint, runtime_api, output, bundled)
            except CannotFork:
                pass  # this one starts without it, and the next one with its successor
        return await asyncio.create_subprocess_exec(
            *blueprint.command(),
            cwd=blueprint.task_root,
            env=blueprint.environment(runtime_api),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )

    async def stop(self) -> None:
        """End the prepared parent. The processes have ended before."""
        self._forks = False
        await self._templates.stop()
        if self._parent is not None:
            await self._parent.stop()

    def _may_fork(self, blueprint: Blueprint) -> list[str] | None:
        """Return the provided packages that the function brings alike; None when it must not be forked."""
        if not self._forks or not blueprint.is_python or needs_fresh_interpreter(blueprint):
            return None
        key = (blueprint.code, blueprint.packages + blueprint.layers, blueprint.fingerprint)
        if key not in self._bundled:
            self._bundled[key] = bundled_alike(blueprint.import_path)
        return self._bundled[key]

    async def _running(self) -> PreparedParent | None:
        async with self._starting:
            if self._forks and (self._parent is None or self._parent.lost):
                if self._parent is not None:
                    await self._parent.stop()
                    if not self._parent.forked:
                        self._warn("It never came up, so environments start without it from now on.")
                        self._forks = False
                        return None
                self._parent = await PreparedParent.start(self._warn)
            return self._parent
