"""The engine's process: MiniStack in our layers, on loopback, for as long as the parent lives."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal
import socket
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
import uvloop

from localcloud.clock import CLOCK, read_ahead
from localcloud.engine import (
    deliveries,
    events,
    gateway_v2,
    hooks,
    mends,
    parent,
    quick,
    speed,
    states,
    streams,
    traces,
    watchtower,
)
from localcloud.engine.commits import Commits
from localcloud.engine.connections import Socket, connections
from localcloud.engine.direct import Direct
from localcloud.engine.feed import Feed
from localcloud.engine.formation.additions import add_types
from localcloud.engine.gate import Gate, gated
from localcloud.engine.iam import Door
from localcloud.engine.layers import own_routes, stack
from localcloud.engine.measures import measure_events
from localcloud.engine.pages import Pages
from localcloud.engine.quotas import Quotas
from localcloud.engine.settings import Settings
from localcloud.engine.streaming import streamed_invocations
from localcloud.engine.time_machine import ClockPage
from localcloud.engine.unserved import unserved_services

if TYPE_CHECKING:
    from localcloud.engine.durable import Durable, Keeper
    from localcloud.engine.iam.guard import Guard

# Whoever still holds a connection when the local cloud ends is ending as well.
GRACE_SECONDS = 0.5


def run(settings: Settings) -> None:
    """Serve until SIGTERM, SIGINT or the end of standard input.

    Raises
    ------
    localcloud.engine.mends.MendError
        This MiniStack is not the one that the mends are written for.
    localcloud.journal.JournalError
        The data folder cannot be used.
    OSError
        The port is taken.
    """
    feed = Feed()
    # MiniStack reads its environment while it is imported, so it must be complete by now.
    os.environ.update(settings.ministack_environment())
    if settings.data is not None:
        # Before MiniStack writes its first key: users and keys are nobody else's.
        os.umask(0o077)
    gate = Gate(quotas=Quotas(settings.quotas))
    gate.faults.set(settings.faults)
    # Some of what the meter looks at, mends keep a reference to.
    commits = Commits()
    hooks.look_in(gate, commits)
    mends.apply(mends.Context(settings=settings, feed=feed))
    if settings.short_ways:
        quick.take_short_cuts(gate.meter)

    from ministack.app import app  # noqa: PLC0415

    _iam(gate, settings, feed)
    watch = watchtower.take_the_place(app, gate, settings)
    workflows = states.take_the_place(app, gate, settings)
    sns = deliveries.take_the_place(app, gate, settings)
    kinesis = streams.take_the_place(gate, feed)
    analytics = streams.Analytics.take_the_place(app, gate, settings, kinesis)
    xray = f"http://{settings.xray}" if settings.xray else ""
    traces.form(xray)
    gateway_v2.take_the_place(feed, settings.region)
    add_types(feed)
    rules = events.take_the_place(app, gate, settings)
    measure_events(gate.meter.metrics, rules.journal)
    keepers = (workflows, sns, rules, kinesis, analytics.firehose, analytics.athena)
    durable = None if settings.data is None else _restored(settings.data, keepers)
    _hurry()
    _allow_many_connections()
    # Bound before anything is started: a port that is taken is said at once.
    listener = _listener(settings)
    pages = Pages(
        *(gate, commits, settings.lambda_url, watch, None if durable is None else durable.resume),
        flush=analytics.firehose.flush,
        destination=rules.call_destination,
        clock=ClockPage(settings.lambda_url, settings.data, workflows.service.moved),
        iam=gate.iam,
    )
    layers = [
        own_routes(feed, pages, sns.keys.file),
        gated(gate),
        traces.xray_requests(xray),
        traces.traced_requests,
        streamed_invocations(settings.lambda_url),
        unserved_services(),
    ]
    application = stack(app, layers)
    config = uvicorn.Config(
        application,
        http=connections(Direct(gate, enabled=settings.short_ways)),  # type: ignore[arg-type] # a maker of protocols serves as well
        ws=Socket,
        # MiniStack begins and ends with the server, and keeps its state at the end.
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        # MiniStack writes both as AWS does.
        date_header=False,
        server_header=False,
        # Who calls is who is connected, whatever a header says.
        proxy_headers=False,
        # Whether a client still listens is between it and the service.
        ws_ping_interval=None,
        # SDK clients keep their connections for as long as they live, and are many at a burst.
        timeout_keep_alive=75,
        backlog=1024,
        timeout_graceful_shutdown=GRACE_SECONDS,  # type: ignore[arg-type] # handed to asyncio.wait_for
    )

    async def main() -> None:
        loop = asyncio.get_running_loop()
        feed.attach(loop)
        sns.attach(loop)
        watch.attach(loop)
        rules.attach(loop)
        analytics.firehose.attach(loop)
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        parent.watch(loop, stop.set)
        await _Server(config, stop, feed, (sns, rules, analytics, kinesis)).serve(sockets=[listener])
        if durable is not None:
            durable.rest()

    uvloop.run(main())
    if durable is not None:
        durable.close()


def _hurry() -> None:
    speed.copy_items_quickly()
    speed.know_protocols_cheaply()
    speed.favour_the_loop()


def _iam(gate: Gate, settings: Settings, feed: Feed) -> None:
    """Put IAM into the gate, where it is on."""
    mode = settings.iam
    if mode == "off":
        return
    # What is lacking is said, however little else is.
    logging.getLogger("localcloud.engine.iam").setLevel(logging.INFO)

    def guard() -> Guard:
        from localcloud.engine.iam.guard import Guard  # noqa: PLC0415 - with the first call of a role

        return Guard(mode, settings.account, settings.secret)

    gate.iam = Door(guard, settings.account, lambda: feed.publish({"kind": "iam"}))


def _restored(data: Path, keepers: Sequence[Keeper]) -> Durable:
    """Return the journal of a data folder, with everything in its place that it holds."""
    # Nothing of this is imported where nothing is kept.
    from localcloud.engine.durable import Durable  # noqa: PLC0415

    # Timers of an earlier run are set by the clock that it had.
    CLOCK.begin(read_ahead(data))
    durable = Durable.open(data, keepers)
    durable.restore()
    return durable


class _Server(uvicorn.Server):
    """Serves until it is told to stop; signals are told to whoever made it."""

    def __init__(
        self,
        config: uvicorn.Config,
        stop: asyncio.Event,
        feed: Feed,
        senders: tuple[deliveries.Front, events.Front, streams.Analytics, streams.Front],
    ) -> None:
        super().__init__(config)
        self._stop = stop
        self._feed = feed
        self._senders = senders

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def main_loop(self) -> None:
        await self._stop.wait()
        # A request that the end cuts off is no error of the application.
        logging.getLogger("uvicorn.error").disabled = True
        self._feed.close()
        for sender in self._senders:
            sender.stop()


def _listener(settings: Settings) -> socket.socket:
    if settings.socket is not None:
        return socket.socket(fileno=settings.socket)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", settings.port))
    return listener


def _allow_many_connections() -> None:
    """Raise the soft limit of open files, often 1,024, to the hard one."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
