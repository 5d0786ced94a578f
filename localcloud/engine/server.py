"""The engine's process: MiniStack in our layers, on loopback, for as long as the parent lives."""

from __future__ import annotations

import asyncio
import logging
import resource
import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress

import uvicorn
import uvloop

from localcloud.engine import parent, speed
from localcloud.engine.assembly import Sender, assemble
from localcloud.engine.connections import Socket, connections
from localcloud.engine.direct import Direct
from localcloud.engine.feed import Feed
from localcloud.engine.settings import Settings
from localcloud.importing import all_stays, import_cache

# A client that still holds a connection when the local cloud ends is ending as well.
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
    # MiniStack's modules are imported where it is put together.
    with all_stays():
        engine = assemble(settings)
    durable = engine.durable
    _hurry()
    _allow_many_connections()
    # Bound before anything is started: a port that is taken is said at once.
    listener = _listener(settings)
    config = uvicorn.Config(
        engine.application,
        http=connections(Direct(engine.gate, enabled=settings.short_ways)),  # type: ignore[arg-type] # a maker of protocols serves as well
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
        for part in engine.attached:
            part.attach(loop)
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        parent.watch(loop, stop.set)
        await _Server(config, stop, engine.feed, engine.senders).serve(sockets=[listener])
        if durable is not None:
            durable.rest()

    uvloop.run(main())
    if durable is not None:
        durable.close()


def _hurry() -> None:
    speed.favour_the_loop()


class _Server(uvicorn.Server):
    """Serves until it is stopped; its creator receives the signals."""

    def __init__(
        self,
        config: uvicorn.Config,
        stop: asyncio.Event,
        feed: Feed,
        senders: tuple[Sender, ...],
    ) -> None:
        super().__init__(config)
        self._stop = stop
        self._feed = feed
        self._senders = senders

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def main_loop(self) -> None:
        import_cache("engine").finish()
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
