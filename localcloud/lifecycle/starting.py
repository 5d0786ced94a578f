"""Start the parts of the local cloud in their order, and end them together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from localcloud.appsync.datasources.clients import DataSourceClients
from localcloud.appsync.gateway_templates import GatewayTemplates
from localcloud.appsync.resolving import resolvers_of
from localcloud.appsync.service import AppSyncService
from localcloud.auth.permissions import Permissions
from localcloud.aws_proxy import AwsProxy
from localcloud.calls import feed
from localcloud.clock import CLOCK, read_ahead
from localcloud.engine_process.early import EarlyEngine
from localcloud.engine_process.process import NO_FILES, EngineFiles, start_engine
from localcloud.folders.data import NOT_KEPT, has_state
from localcloud.functions import LambdaService, Settings, kept_in
from localcloud.gateway.loader import ApiLoader
from localcloud.gateway.service import GatewayService
from localcloud.gateway.urls.service import FunctionUrls
from localcloud.iot import IotService
from localcloud.lifecycle.access import listening
from localcloud.lifecycle.addresses import addressed, places_of
from localcloud.lifecycle.cloud import LocalCloud
from localcloud.lifecycle.sessions import FunctionSessions
from localcloud.network.ports import Ports, required
from localcloud.processes.children import Child
from localcloud.reporting.progress import Progress
from localcloud.stack.building import foreign_layer
from localcloud.watchtower.traces.service import XRay

SAVE_SECONDS = 120.0  # some 0.2 s per 1,000 items on a laptop, more when it is busy


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
    early: EarlyEngine | None = None,
    meanwhile: Callable[[], Awaitable[None]] | None = None,
) -> AsyncIterator[LocalCloud]:
    """Start the engine, the Lambda service, AppSync's data plane and API Gateway's; end them on the way out.

    Parameters
    ----------
    early
        An engine that was started ahead of time.
    meanwhile
        What there is to do while the engine starts. With ``--data`` it comes before: what is kept is not
        touched when it fails.

    Raises
    ------
    PortTaken, localcloud.engine_process.environment.EngineError, localcloud.journal.JournalError
    """
    progress = progress or Progress()
    ports = Ports.starting_at(port)
    CLOCK.begin(read_ahead(files.data))
    # Servers close first, then functions end, and the engine goes last: nothing calls what is gone.
    async with contextlib.AsyncExitStack() as engine_stack, contextlib.AsyncExitStack() as stack:
        stack.callback(ports.engine_socket.close)
        xray = XRay(region, account, progress.warning, otlp=otlp)
        stack.push_async_callback(xray.stop)
        proxy = AwsProxy()
        stack.push_async_callback(proxy.stop)
        address = await addressed(ports, xray, proxy, region, account)
        permissions = Permissions(address, enabled=files.iam != "off")
        stack.callback(permissions.close)
        functions = LambdaService(
            address,
            log=progress.function_log,
            settings=Settings(
                prepared_parent=prepared_parent,
                shows_durable=progress.durable,
                refusal=permissions.invoking,
                foreign_layer=lambda arn: foreign_layer(arn, account),
            ),
            stores=kept_in(files.data),
            traces=xray,
            say=progress.step,
        )
        stack.push_async_callback(functions.stop)
        await functions.start(port=ports.functions)
        sources = DataSourceClients(
            *(address, functions),
            overhead=functions.overhead,
            roles=functions.credentials,
            permissions=permissions,
        )
        stack.push_async_callback(sources.close)
        sessions = FunctionSessions(functions.credentials, account)
        appsync = AppSyncService(
            address, resolvers_of(sources, progress.trace), registry=sessions, functions=functions,
            sources=sources, tracer=progress.trace, metrics=functions.metrics, traces=xray,
            permissions=permissions,
        )  # fmt: skip
        stack.push_async_callback(appsync.stop)
        await appsync.start(control_port=ports.control, numbers=ports.apis)
        iot = IotService(address, functions.invoke, registry=sessions)
        stack.push_async_callback(iot.stop)
        urls = FunctionUrls(
            *(address, functions.invoke, functions.stream), registry=sessions, permissions=permissions
        )
        stack.push_async_callback(urls.stop)
        with required():
            await iot.start(port=ports.iot)
            await urls.start(ports.function_urls)
        restored = has_state(files.data)
        if files.data is not None:
            progress.warning(NOT_KEPT)
            if meanwhile is not None:
                await meanwhile()
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
            early=early,
            meanwhile=meanwhile if files.data is None else None,
        )
        await _prepare(functions, engine)
        # With --data the engine goes first: what runs then is kept as it is, and does not see its
        # functions end. Queued events begin no more attempts before that: they would fail.
        if files.data:
            stack.push_async_callback(engine.stop, SAVE_SECONDS)
            stack.push_async_callback(functions.pause)
        else:
            engine_stack.push_async_callback(engine.stop)

        gateway = GatewayService(
            *(address, functions.invoke, ApiLoader(address), functions.stream),
            registry=sessions,
            render=GatewayTemplates(),
            metrics=functions.metrics,
            traces=xray,
            permissions=permissions,
            roles=functions.credentials,
        )
        # $disconnect is invoked for each connection that closes: everything else still has to be there.
        stack.push_async_callback(gateway.stop)
        await gateway.start(numbers=ports.gateway, secured_at=proxy.port)
        proxy.places = places_of(ports, gateway, appsync, urls, iot)

        cloud = LocalCloud(
            *(address, engine, functions, appsync, gateway, iot, urls, permissions), progress, restored, files
        )
        stack.callback(asyncio.create_task(feed.follow(address.endpoint, cloud.notify)).cancel)
        yield cloud
        progress.step("stopping")


async def _prepare(functions: LambdaService, engine: Child) -> None:
    """Have the functions know the engine, and prepare what they are forked from.

    That imports boto3: beside the engine's imports and ours it would be the third for two processors.
    """
    functions.overhead.watch(engine.pid)
    await functions.prepare()
