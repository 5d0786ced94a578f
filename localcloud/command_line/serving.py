"""The start: deploy a template to this machine, serve it, and stay until a signal."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shlex
import signal
import sys
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import uvloop
from botocore.exceptions import BotoCoreError, ClientError

from localcloud.appsync.errors import NotLoaded
from localcloud.command_line.console import Console
from localcloud.command_line.options import UsageError, check, engine_files, parser, site_files
from localcloud.command_line.pages import page_for
from localcloud.command_line.plans import blocking_of, code_of, refuse
from localcloud.command_line.settling import settle
from localcloud.command_line.stand_ins import StandInWarnings
from localcloud.deploying.deployment import DeploymentTarget, Planned
from localcloud.discovery.page import site_of
from localcloud.discovery.ready_file import ReadyFile
from localcloud.engine_process.early import EarlyEngine
from localcloud.engine_process.environment import EngineError
from localcloud.engine_process.process import RulesError
from localcloud.folders.data import DataError
from localcloud.journal import JournalError
from localcloud.lifecycle import cloud, starting
from localcloud.lifecycle.access import iam_report
from localcloud.lifecycle.also import AlsoError
from localcloud.lifecycle.warm_up import warm_up
from localcloud.network.ports import PortTaken
from localcloud.processes.children import run_attached
from localcloud.processes.memory import take_large_pages
from localcloud.reloading.reload import Reload, WatchedTemplate, WatchedTemplates
from localcloud.stack.deploy import DeployError
from localcloud.stack.template import TemplateError

# A shell's code for a command that it cannot run.
CANNOT_RUN = 127
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Launch:
    """What is to be started.

    Attributes
    ----------
    early
        An engine that was started ahead of time.
    """

    options: argparse.Namespace
    goals: Sequence[DeploymentTarget]
    console: Console
    early: EarlyEngine | None = None


async def serve(launch: Launch) -> int:
    """Start, deploy, serve, and stay until a signal or until a part dies; return the exit code."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    started = time.monotonic()
    for number in SIGNALS:
        loop.add_signal_handler(number, stop.set)
    try:
        return await _until_stopped(_session(launch, stop, started), launch.console, stop)
    finally:
        # uvloop 0.23 leaves the signals to a loop that is closed: they would do nothing from then on.
        for number in SIGNALS:
            loop.remove_signal_handler(number)


async def _until_stopped(work: Coroutine[Any, Any, int], console: Console, stop: asyncio.Event) -> int:
    session = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    # A signal may come while the stack is being made: give up then, and clean up all the same.
    await asyncio.wait({session, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not session.done() and not console.serving:
        session.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await session
        return 0
    return await session


async def _session(launch: Launch, stop: asyncio.Event, started: float) -> int:
    options, console = launch.options, launch.console
    templates = WatchedTemplates(
        [WatchedTemplate(path, goal) for path, goal in zip(options.templates, launch.goals, strict=True)]
    )
    planned: list[Planned] = []
    stand_ins = StandInWarnings(options.templates, console.warning)

    async def read() -> None:
        planned.extend(await templates.read())
        for line in refuse(options, planned):
            console.error(line)
        stand_ins.name(planned)
        console.know_code(code_of(planned))

    async with starting.run(
        port=options.port,
        region=options.region,
        account=options.account,
        progress=console.progress(),
        files=engine_files(options),
        prepared_parent=options.prepared_parent,
        otlp=options.otlp,
        early=launch.early,
        meanwhile=read,
    ) as local:
        stacks = await local.deploy(planned, also=options.also)
        if options.warm:
            await warm_up(local.functions, local.progress)
        async with site_of(site_files(options), local, stacks, port=options.port) as site:
            web = site.url if site else None
            ready_file = ReadyFile(options.ready_file, local, web)

            def reloaded(planned: Sequence[Planned], _done: cloud.Redeployed) -> None:
                console.know_code(code_of(planned))
                ready_file.write()

            try:
                ready_file.write()
                console.ready(local, stacks, time.monotonic() - started, web=web)
                stand_ins.summarise(local.unanswerable)
                await local.go_on()
                settle()
                await asyncio.to_thread(take_large_pages)
                follower = Reload(templates, local, console, check=blocking_of, done=reloaded)
                following = _running(follower.follow()) if options.reload else contextlib.nullcontext()
                async with following, _running(ready_file.follow()):
                    return await _serve(options, local, console, stop)
            finally:
                if options.iam.report:
                    print(await iam_report(local.address))  # noqa: T201 - to be read by programs, too
                ready_file.remove()


@contextlib.asynccontextmanager
async def _running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Have something done until the block ends."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _serve(
    options: argparse.Namespace, local: cloud.LocalCloud, console: Console, stop: asyncio.Event
) -> int:
    ended = asyncio.create_task(local.ended())
    code = await _command(options, local, console, stop, ended) if options.run else None
    if options.exit_after:
        return 1 if code is None else code
    # Ctrl-C reaches the command as well: then it is no failure of its own.
    code = 0 if stop.is_set() else code or 0
    if code:
        console.warning(f"--run: {options.run} exited with code {code}: above is what it printed")
    if not stop.is_set():
        console.staying(code)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if ended.done():
        console.error(str(ended.result()))
        return 1
    ended.cancel()
    return code


async def _command(
    options: argparse.Namespace,
    local: cloud.LocalCloud,
    console: Console,
    stop: asyncio.Event,
    ended: asyncio.Task[object],
) -> int | None:
    async def until() -> None:
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({stopping, ended}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()

    environment = {
        **local.address.inherited(),
        "LOCALCLOUD_READY_FILE": str(options.ready_file.resolve()),
        **({"LOCALCLOUD_LOG_FILE": str(options.log_file.resolve())} if options.log_file else {}),
    }
    try:
        return await run_attached(shlex.split(options.run), environment, until)
    except OSError as error:
        console.error(f"--run {options.run}: cannot be run: {error.strerror}")
        return CANNOT_RUN


def _name_page(error: Exception) -> None:
    """Name the page that explains ``error``, to a person: a script reads the error alone."""
    page = page_for(error)
    if page and sys.stderr.isatty():
        print(f"why, and what to do: {page}", file=sys.stderr)  # noqa: T201


def start(words: list[str], early: EarlyEngine | None = None) -> int:
    """Start a local cloud with the command line's words; return the exit code once it has ended.

    Parameters
    ----------
    early
        An engine that was started ahead of time; what is not needed of it ends with this.
    """
    options = parser().parse_args(words)
    with contextlib.ExitStack() as stack:
        log_file = None
        try:
            goals = check(options)
            if options.ready_file:  # it is written at the end of the start
                options.ready_file.parent.mkdir(parents=True, exist_ok=True)
            if options.log_file:
                options.log_file.parent.mkdir(parents=True, exist_ok=True)
                log_file = stack.enter_context(options.log_file.open("w", encoding="utf-8"))
        except (UsageError, RulesError, DataError, EngineError, OSError) as error:
            print(f"localcloud: {error}", file=sys.stderr)  # noqa: T201 - before there is a console
            return 1 if isinstance(error, EngineError) else 2
        console = Console(quiet=options.quiet, log_file=log_file, log=options.log)
        try:
            return uvloop.run(serve(Launch(options, goals, console, early)))
        except (TemplateError, UsageError) as error:
            console.error(str(error))
            _name_page(error)
            return 2
        except (PortTaken, EngineError, DeployError, AlsoError, JournalError, NotLoaded) as error:
            console.error(str(error))
            _name_page(error)
            return 1
        except (ClientError, BotoCoreError) as error:
            console.error(f"a call to the engine failed: {error}")
            return 1
