"""The engine's process: MiniStack in our layers, on loopback, for as long as the parent lives."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
import threading
from contextlib import suppress

from hypercorn.asyncio import serve
from hypercorn.config import Config

from localcloud.engine import hooks, mends, speed
from localcloud.engine.aborts import allow_aborts
from localcloud.engine.commits import Commits
from localcloud.engine.feed import Feed
from localcloud.engine.gate import Gate, gated
from localcloud.engine.layers import own_routes, stack
from localcloud.engine.pages import Pages
from localcloud.engine.quotas import Quotas
from localcloud.engine.settings import Settings


def run(settings: Settings) -> None:
    """Serve until SIGTERM, SIGINT or the end of standard input.

    Raises
    ------
    localcloud.engine.mends.MendError
        This MiniStack is not the one that the mends are written for.
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
    hooks.stand_in_the_way(gate)
    if settings.data is not None:
        hooks.keep_state()

    from ministack.app import app  # noqa: PLC0415
    from ministack.core import hypercorn_compat  # noqa: PLC0415

    hypercorn_compat.install()
    allow_aborts()
    speed.copy_items_quickly()
    speed.favour_the_loop()
    _allow_many_connections()
    config = Config()
    config.bind = [f"127.0.0.1:{settings.port}" if settings.socket is None else f"fd://{settings.socket}"]
    config.loglevel = "ERROR"
    config.keep_alive_timeout = 75
    # SDK clients keep their connections for as long as they live, and are many at a burst.
    config.keep_alive_max_requests = sys.maxsize
    config.backlog = 1024
    # Whoever still holds a connection when the local cloud ends is ending as well.
    config.graceful_timeout = 0.5
    # With data the shutdown saves it, which takes as long as there is much of it.
    config.shutdown_timeout = 5 if settings.data is None else 120

    async def main() -> None:
        loop = asyncio.get_running_loop()
        feed.attach(loop)
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        _watch_parent(loop, stop)

        async def stopped() -> None:
            await stop.wait()
            feed.close()

        application = stack(app, [own_routes(feed, Pages(gate, commits, settings.lambda_url)), gated(gate)])
        await serve(application, config, shutdown_trigger=stopped, mode="asgi")  # type: ignore[arg-type]

    asyncio.run(main())


def _allow_many_connections() -> None:
    """Raise the soft limit of open files, often 1,024, to the hard one."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _watch_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Stop when standard input ends: the parent holds its other end and never writes."""

    def read_to_end() -> None:
        with suppress(OSError):
            while os.read(sys.stdin.fileno(), 4096):
                pass
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=read_to_end, daemon=True, name="parent").start()
