"""The local cloud as a whole: its parts, and what is done with all of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from localcloud.appsync.api_port import GraphQLApiAddress
from localcloud.appsync.read_ahead import forget_programs
from localcloud.appsync.service import AppSyncService
from localcloud.appsync.unanswerable import unanswerable
from localcloud.auth.permissions import Permissions
from localcloud.aws import EngineAddress, forget_models
from localcloud.calls import feed
from localcloud.deploying.deployment import Planned, how_many, put_in_place, source_trees, warn
from localcloud.engine_process.process import NO_FILES, EngineFiles
from localcloud.folders.data import forget
from localcloud.functions import LambdaService
from localcloud.gateway.api_port import GatewayApiAddress as GatewayAddress
from localcloud.gateway.service import GatewayService
from localcloud.gateway.urls.service import FunctionUrls
from localcloud.iot import IotService
from localcloud.lifecycle.also import run_also
from localcloud.lifecycle.resuming import resume, settle
from localcloud.network.ports import required
from localcloud.processes.children import Child, Exit
from localcloud.processes.memory import give_back
from localcloud.reporting.progress import Progress
from localcloud.stack.deploy import DeployError
from localcloud.stack.inspection import Stack
from localcloud.stack.nested import forget_templates

NOTICED: Final = 5.0
"""Seconds in which the end of a process is noticed after its connections were closed."""


@dataclass(frozen=True)
class Redeployed:
    """What an update of the stacks came to: how they are now, and the GraphQL APIs that changed."""

    stacks: tuple[Stack, ...]
    changed: tuple[str, ...]


@dataclass
class LocalCloud:
    """A running local cloud. :func:`localcloud.lifecycle.starting.run` creates it."""

    address: EngineAddress
    engine: Child
    functions: LambdaService
    appsync: AppSyncService
    gateway_service: GatewayService
    iot: IotService
    urls: FunctionUrls
    permissions: Permissions
    progress: Progress
    restored: bool = False
    files: EngineFiles = NO_FILES
    stacks: tuple[Stack, ...] = ()
    apis: list[GraphQLApiAddress] = field(default_factory=list)
    gateway: list[GatewayAddress] = field(default_factory=list)
    unanswerable: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def deploy(self, planned: Sequence[Planned], *, also: Sequence[str] = ()) -> tuple[Stack, ...]:
        """Deploy templates in order, and what else belongs to them, and serve what they made.

        Parameters
        ----------
        planned
            At least one; what one exports, those after it may import.
        also
            Commands that deploy more once the stacks are there: ``chalice deploy``, for one.

        Raises
        ------
        localcloud.stack.template.TemplateError, localcloud.stack.deploy.DeployError,
        localcloud.lifecycle.also.AlsoError, PortTaken
        """
        for each in planned:
            warn(each, self.progress)
        if self.restored:
            # Before the stack changes: a new API would take the port of one that was there before.
            await self._reopen()
        try:
            verb = "updating" if self.restored else "creating"
            for each in planned:
                self.progress.step(f"{verb} stack {each.target.stack_name}: {how_many(each)}")
                await self._put_in_place(each)
        except DeployError:
            if not self.restored:
                # A stack that never was complete could not be updated: --data had better not keep it.
                self.engine.kill()
                await self.engine.wait()
                forget(self.files.data)
            raise
        later = self.restored and not also  # what is left over must not delay the loading
        if not later:
            await self.functions.connect()
        self.progress.step("loading functions and APIs")
        self.apis = await self.appsync.load_all()
        environment = {**self.address.inherited(), "LOCALCLOUD_STACK": planned[-1].target.stack_name}
        for command in also:
            self.progress.step(f"running {command}")
            await run_also(command, environment, lambda line: self.progress.function_log("also", "", line))
        if also:  # what was deployed by now is polled by now: nothing that is sent from here on is missed
            await self.functions.refresh()
        with required():
            self.gateway = await self.gateway_service.load_all()
        await self.urls.load_all()
        await self.iot.look()
        if later:
            await self.functions.connect()
        unrunnable = await self.functions.unrunnable()
        absent = [each for api in self.appsync.definitions() for each in unanswerable(api, unrunnable)]
        self.unanswerable = sorted({name for each in absent for name in each.fields})
        self.unanswerable += self.gateway_service.unanswerable(unrunnable)
        warnings = [f"Function {name}: {reason}" for name, reason in unrunnable.items()]
        warnings += [*self.functions.warnings(), *self.appsync.warnings(), *self.gateway_service.warnings()]
        warnings += [each.sentence for each in absent]
        for sentence in warnings:
            self.progress.warning(sentence)
        forget_models()
        forget_templates()
        forget_programs()
        return self.stacks

    async def _put_in_place(self, planned: Planned) -> None:
        packaged, stack = await asyncio.to_thread(put_in_place, self.address, planned, self.progress)
        self.stacks = (*(other for other in self.stacks if other.name != stack.name), stack)
        if planned.target.live_sources:
            self.functions.use_sources(source_trees(packaged, stack))

    async def go_on(self) -> None:
        """Let go on what the last end cut off. Ready is said first: that takes a while when it was much.

        An engine that ends meanwhile is no error of this: `ended` says how it did.
        """
        give_back()
        try:
            if self.restored:
                await resume(self.address.endpoint)
            await self.permissions.review()
            await settle(self.address.endpoint)
        except (OSError, aiohttp.ClientError):  # the engine's end is noticed a moment later
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.ended(), NOTICED)
                return
            raise

    async def redeploy(self, planned: Sequence[Planned]) -> Redeployed:
        """Update the stacks to templates of which some have changed; APIs that did not are left alone.

        Raises
        ------
        localcloud.stack.template.TemplateError, localcloud.stack.deploy.DeployError,
        localcloud.appsync.errors.NotLoaded
        """
        # What the engine says of an update has others load an API as well, before the update is over.
        before = self.appsync.served()
        for each in planned:
            await self._put_in_place(each)
        self.permissions.forget()
        self.apis = await self.appsync.load_all()
        with required():
            self.gateway = await self.gateway_service.load_all()
        return Redeployed(self.stacks, tuple(self.appsync.changed_since(before)))

    async def _reopen(self) -> None:
        with required():
            await self.appsync.reopen()
            await self.gateway_service.load_all()

    async def look_again(self) -> None:
        """Load what has changed, from any source, and update the addresses."""
        self.apis = await self.appsync.freshen()
        self.gateway = await self.gateway_service.load_all()
        await self.urls.load_all()

    def notify(self, event: feed.FeedEvent) -> None:
        """Hand a change in the engine on to whom it concerns."""
        if event.kind in {"appsync", "gateway", "functions"}:
            self.changed.set()
        match event.kind:
            case "appsync":
                self.appsync.notify(event.api or "")
            case "gateway":
                self.gateway_service.notify()
            case "iam":
                self.permissions.forget()
            case _:
                self.iot.notify(event.kind)
                self.functions.notify(event)
                self.urls.notify()

    async def ended(self) -> Exit:
        """Wait until the engine ends: without it there is no cloud."""
        return await self.engine.wait()
