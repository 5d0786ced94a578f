"""The local cloud as a whole: its parts, the order they start in, and how they end together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from localcloud import feed
from localcloud.access import listening
from localcloud.addresses import addressed
from localcloud.also import run_also
from localcloud.appsync.datasources.clients import DataSourceClients
from localcloud.appsync.gateway_templates import GatewayTemplates
from localcloud.appsync.ports import ApiAddress
from localcloud.appsync.resolving import resolvers_of
from localcloud.appsync.service import AppSyncService
from localcloud.aws import EngineAddress, forget_models
from localcloud.clock import CLOCK, read_ahead
from localcloud.data_folder import NOT_KEPT, forget, has_state
from localcloud.deploying import Target, how_many, put_in_place, source_trees, warn
from localcloud.engine_process import NO_FILES, EngineFiles, start_engine
from localcloud.front.loader import ApiLoader
from localcloud.front.ports import ApiAddress as GatewayAddress
from localcloud.front.service import FrontService
from localcloud.front.urls.service import FunctionUrls
from localcloud.functions import LambdaService, Settings, kept_in
from localcloud.iot import IotService
from localcloud.memory import give_back
from localcloud.ports import Ports, needed
from localcloud.processes import Child, Exit
from localcloud.progress import Progress
from localcloud.resuming import resume
from localcloud.sessions import FunctionSessions
from localcloud.stack.deploy import DeployError, Stack
from localcloud.stack.template import Json
from localcloud.watchtower.traces.service import XRay

SAVE_SECONDS = 120.0  # some 0.2 s per 1,000 items on a laptop, more when it is busy


@dataclass(frozen=True)
class Redeployed:
    """What an update of the stack came to: how it is now, and the GraphQL APIs that changed."""

    stack: Stack
    changed: tuple[str, ...]


@dataclass
class LocalCloud:
    """A running local cloud. Made by :func:`run`."""

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


@contextlib.asynccontextmanager
async def run(
    *,
    port: int = 0,
    region: str = "us-east-1",
    account: str = "000000000000",
    progress: Progress | None = None,
    files: EngineFiles = NO_FILES,
    prepared_parent: bool = True,
    otlp: str = "",
) -> AsyncIterator[LocalCloud]:
    """Start the engine, the Lambda service, AppSync's data plane and API Gateway's; end them on the way out.

    Raises
    ------
    PortTaken, localcloud.engine_process.EngineError, localcloud.journal.JournalError
    """
    progress = progress or Progress()
    ports = Ports.starting_at(port)
    CLOCK.begin(read_ahead(files.data))
    # Doors close first, then functions end, and the engine goes last: nobody calls what is gone.
    async with contextlib.AsyncExitStack() as engine_stack, contextlib.AsyncExitStack() as stack:
        stack.callback(ports.engine_socket.close)
        xray = XRay(region, account, progress.warning, otlp=otlp)
        stack.push_async_callback(xray.stop)
        address = await addressed(ports, xray, region, account)
        functions = LambdaService(
            address,
            log=progress.function_log,
            settings=Settings(prepared_parent=prepared_parent),
            kept=kept_in(files.data),
            traces=xray,
        )
        stack.push_async_callback(functions.stop)
        await functions.start(port=ports.functions)
        sources = DataSourceClients(address, functions, overhead=functions.overhead)
        stack.push_async_callback(sources.close)
        sessions = FunctionSessions(functions.credentials, account)
        appsync = AppSyncService(
            address, resolvers_of(sources, progress.trace), registry=sessions, functions=functions,
            sources=sources, tracer=progress.trace, metrics=functions.metrics, traces=xray,
        )  # fmt: skip
        stack.push_async_callback(appsync.stop)
        await appsync.start(control_port=ports.control, first_api_port=ports.first_api)
        iot = IotService(address, functions.invoke, registry=sessions)
        stack.push_async_callback(iot.stop)
        urls = FunctionUrls(address, functions.invoke, functions.stream, registry=sessions)
        stack.push_async_callback(urls.stop)
        with needed():
            await iot.start(port=ports.iot)
            await urls.start(ports.function_urls)
        restored = has_state(files.data)
        if files.data is not None:
            progress.warning(NOT_KEPT)
        progress.step("starting the engine" + (" with what was kept" if restored else ""))
        engine = await start_engine(
            address,
            port=ports.engine,
            lambda_url=functions.url,
            control_url=appsync.control.url,
            iot_endpoint=iot.address.endpoint,
            function_urls=urls.url,
            on_line=listening(progress),
            files=files,
            bound=ports.engine_socket,
        )
        functions.overhead.watch(engine.pid)
        # With --data the engine goes first: what runs then is kept as it is, and does not see its
        # functions end. Queued events begin no more attempts before that: they would fail.
        if files.data:
            stack.push_async_callback(engine.stop, SAVE_SECONDS)
            stack.push_async_callback(functions.pause)
        else:
            engine_stack.push_async_callback(engine.stop)

        front = FrontService(
            *(address, functions.invoke, ApiLoader(address), functions.stream),
            registry=sessions,
            render=GatewayTemplates(),
            metrics=functions.metrics,
            traces=xray,
        )
        # $disconnect is invoked for each connection that closes: everything else still has to be there.
        stack.push_async_callback(front.stop)
        await front.start(first_port=ports.first_gateway)

        cloud = LocalCloud(address, engine, functions, appsync, front, iot, urls, progress, restored, files)
        stack.callback(asyncio.create_task(feed.follow(address.endpoint, cloud.notify)).cancel)
        yield cloud
        progress.step("stopping")
