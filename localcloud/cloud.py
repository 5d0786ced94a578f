"""The local cloud as a whole: its parts, and what is done with all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from localcloud import feed
from localcloud.also import run_also
from localcloud.appsync.ports import ApiAddress
from localcloud.appsync.service import AppSyncService
from localcloud.aws import EngineAddress, forget_models
from localcloud.data_folder import forget
from localcloud.deploying import Target, how_many, put_in_place, source_trees, warn
from localcloud.engine_process import NO_FILES, EngineFiles
from localcloud.front.ports import ApiAddress as GatewayAddress
from localcloud.front.service import FrontService
from localcloud.front.urls.service import FunctionUrls
from localcloud.functions import LambdaService
from localcloud.iot import IotService
from localcloud.memory import give_back
from localcloud.ports import needed
from localcloud.processes import Child, Exit
from localcloud.progress import Progress
from localcloud.resuming import resume
from localcloud.stack.deploy import DeployError, Stack
from localcloud.stack.template import Json


@dataclass(frozen=True)
class Redeployed:
    """What an update of the stack came to: how it is now, and the GraphQL APIs that changed."""

    stack: Stack
    changed: tuple[str, ...]


@dataclass
class LocalCloud:
    """A running local cloud. Made by :func:`localcloud.starting.run`."""

    address: EngineAddress
    engine: Child
    functions: LambdaService
    appsync: AppSyncService
    front: FrontService
    iot: IotService
    urls: FunctionUrls
    progress: Progress
    restored: bool = False
    files: EngineFiles = NO_FILES
    stack: Stack | None = None
    apis: list[ApiAddress] = field(default_factory=list)
    gateway: list[GatewayAddress] = field(default_factory=list)

    async def deploy(self, document: dict[str, Json], target: Target, *, also: Sequence[str] = ()) -> Stack:
        """Deploy a template, and what else belongs to it, and serve what they made.

        Parameters
        ----------
        document
            As :func:`localcloud.stack.template.read_template` returns it.
        also
            Commands that deploy more once the stack is there: ``chalice deploy``, for one.

        Raises
        ------
        localcloud.stack.template.TemplateError, localcloud.stack.deploy.DeployError,
        localcloud.also.AlsoError, PortTaken
        """
        warn(document, target, self.progress)
        if self.restored:
            # Before the stack changes: a new API would take the port of one that was there before.
            await self._reopen()
        try:
            verb = "updating" if self.restored else "creating"
            self.progress.step(f"{verb} stack {target.stack_name}: {how_many(document, target)}")
            packaged, stack = await asyncio.to_thread(
                put_in_place, self.address, document, target, self.progress
            )
        except DeployError:
            if not self.restored:
                # A stack that never was complete could not be updated: --data had better not keep it.
                self.engine.kill()
                await self.engine.wait()
                forget(self.files.data)
            raise
        self.stack = stack
        if target.live_sources:
            self.functions.use_sources(source_trees(packaged, stack))
        later = self.restored and not also  # what is left over must not delay the loading
        if not later:
            await self.functions.connect()
        self.progress.step("loading functions and APIs")
        self.apis = await self.appsync.load_all()
        environment = {**self.address.inherited(), "LOCALCLOUD_STACK": target.stack_name}
        for command in also:
            self.progress.step(f"running {command}")
            await run_also(command, environment, lambda line: self.progress.function_log("also", "", line))
        if also:  # what was deployed by now is polled by now: nothing that is sent from here on is missed
            await self.functions.refresh()
        with needed():
            self.gateway = await self.front.load_all()
        await self.urls.load_all()
        await self.iot.look()
        if later:
            await self.functions.connect()
        warnings = [*await self.functions.warnings(), *self.appsync.warnings(), *self.front.warnings()]
        for sentence in warnings:
            self.progress.warning(sentence)
        forget_models()
        give_back()
        return stack

    async def go_on(self) -> None:
        """Let go on what the last end cut off. Ready is said first: that takes a while when it was much."""
        if self.restored:
            await resume(self.address.endpoint)

    async def redeploy(self, document: dict[str, Json], target: Target) -> Redeployed:
        """Update the stack to a template that has changed; APIs that did not change are left alone.

        Raises
        ------
        localcloud.stack.template.TemplateError, localcloud.stack.deploy.DeployError,
        localcloud.appsync.errors.NotLoaded
        """
        packaged, stack = await asyncio.to_thread(put_in_place, self.address, document, target, self.progress)
        self.stack = stack
        if target.live_sources:
            self.functions.use_sources(source_trees(packaged, stack))
        self.apis, changed = await self.appsync.reload()
        with needed():
            self.gateway = await self.front.load_all()
        return Redeployed(stack, tuple(changed))

    async def _reopen(self) -> None:
        with needed():
            await self.appsync.reopen()
            await self.front.load_all()

    def notify(self, event: feed.FeedEvent) -> None:
        """Hand a change in the engine on to whom it concerns."""
        match event.kind:
            case "appsync":
                self.appsync.notify(event.api or "")
            case "gateway":
                self.front.notify()
            case _:
                self.iot.notify(event.kind)
                self.functions.notify(event)
                self.urls.notify()

    async def ended(self) -> Exit:
        """Wait until the engine ends: without it there is no cloud."""
        return await self.engine.wait()
