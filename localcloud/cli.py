"""The command line: deploy a template to this machine, serve it, and stay until told to stop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shlex
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import uvloop

from localcloud import cloud, ready
from localcloud.console import Console
from localcloud.engine_process import EngineError, EngineFiles, RulesError, check_rules
from localcloud.processes import run_attached
from localcloud.stack.deploy import DeployError
from localcloud.stack.template import TemplateError, read_template

DESCRIPTION = """\
Run a CloudFormation template on this machine, without Docker and without an AWS account.

The template is deployed to a local AWS engine by CloudFormation itself; its Lambda functions run
in processes of AWS's own runtime client; its AppSync APIs answer GraphQL over HTTP and over
AppSync's real-time WebSocket. Any AWS SDK works against it: set AWS_ENDPOINT_URL to the engine's
address and use the credentials of the ready file. Every socket is on loopback.
"""

EPILOG = """\
examples:
  python -m localcloud appsync/template.yaml
  python -m localcloud template.yaml --port 0 --ready-file ready.json --parameter Stage=test
  python -m localcloud template.yaml --run 'python -m pytest tests/e2e'

local paths in the template (Code, Content, DefinitionS3Location, CodeS3Location ...) are packaged
as `aws cloudformation package` does. Edits to function sources are live; Ctrl-C ends everything.

exit codes: 0 stopped as asked, 1 the deployment failed or a part died, 2 wrong usage or template
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    made = argparse.ArgumentParser(
        prog="python -m localcloud",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("template", type=Path, help="the CloudFormation template, YAML or JSON")
    made.add_argument(
        "--port",
        type=int,
        default=4566,
        metavar="N",
        help="the engine's port, the other parts follow it; 0 picks free ones (default: %(default)s)",
    )
    made.add_argument(
        "--ready-file",
        type=Path,
        metavar="PATH",
        help="write here, once everything answers, one JSON object: engine, region, account, "
        "credentials, apis, outputs; removed at the end",
    )
    made.add_argument("--stack-name", default="local", metavar="NAME", help="default: %(default)s")
    made.add_argument(
        "--parameter",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a value for one of the template's parameters; may be repeated",
    )
    made.add_argument("--region", default="us-east-1", help="default: %(default)s")
    made.add_argument("--account", default="000000000000", help="12 digits (default: %(default)s)")
    made.add_argument(
        "--artefacts",
        action="store_true",
        help="run functions from the uploaded artefacts, as AWS does, instead of from their sources",
    )
    made.add_argument(
        "--log-file", type=Path, metavar="PATH", help="the logs of the functions and of the engine go here"
    )
    made.add_argument(
        "--faults",
        type=Path,
        metavar="FILE",
        help="let AWS operations fail on demand, by service, operation, rate and seed (JSON or YAML)",
    )
    made.add_argument(
        "--quotas",
        type=Path,
        metavar="FILE",
        help="throttle AWS operations by token buckets, as AWS's quotas do (JSON or YAML)",
    )
    made.add_argument(
        "--run",
        metavar="COMMAND",
        help="run this once everything answers, with AWS_ENDPOINT_URL and credentials in its "
        "environment and LOCALCLOUD_READY_FILE naming the ready file; the local cloud stays up after it",
    )
    made.add_argument(
        "--exit", action="store_true", dest="exit_after", help="with --run: end with it, with its exit code"
    )
    made.add_argument("--quiet", action="store_true", help="show warnings and errors only")
    return made


class UsageError(Exception):
    """An option's value is not one."""


def parameters(pairs: list[str]) -> dict[str, str]:
    """Return the template parameters that ``--parameter KEY=VALUE`` named.

    Examples
    --------
    >>> parameters(["Stage=test", "Url=http://a/?b=c"])
    {'Stage': 'test', 'Url': 'http://a/?b=c'}

    Raises
    ------
    UsageError
        One has no ``=``.
    """
    values: dict[str, str] = {}
    for pair in pairs:
        key, found, value = pair.partition("=")
        if not found or not key:
            raise UsageError(f"--parameter {pair!r}: expected KEY=VALUE")
        values[key] = value
    return values


def check(options: argparse.Namespace) -> Mapping[str, str]:
    """Check what argparse cannot, and return the template's parameters.

    Raises
    ------
    UsageError, localcloud.engine_process.RulesError
    """
    if not 0 <= options.port <= 65_000:
        raise UsageError(f"--port {options.port}: expected 0 to 65000")
    if not (options.account.isascii() and options.account.isdigit() and len(options.account) == 12):
        raise UsageError(f"--account {options.account!r}: expected 12 digits")
    if options.run and not options.ready_file:
        options.ready_file = Path(".local") / "ready.json"
    if options.exit_after and not options.run:
        raise UsageError("--exit goes with --run")
    check_rules(EngineFiles(faults=options.faults, quotas=options.quotas))
    return parameters(options.parameter)


async def serve(options: argparse.Namespace, values: Mapping[str, str], console: Console) -> int:
    """Start, deploy, serve, and stay until a signal or until a part dies; return the exit code."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    started = time.monotonic()
    begun = asyncio.create_task(_session(options, values, console, stop, started))
    asked = asyncio.create_task(stop.wait())
    # A signal may come while the stack is being made: give up then, and clean up all the same.
    await asyncio.wait({begun, asked}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if not begun.done() and not console.serving:
        begun.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await begun
        return 0
    return await begun


async def _session(
    options: argparse.Namespace,
    values: Mapping[str, str],
    console: Console,
    stop: asyncio.Event,
    started: float,
) -> int:
    document = read_template(options.template)
    async with cloud.run(
        port=options.port,
        region=options.region,
        account=options.account,
        progress=console.progress(),
        files=EngineFiles(faults=options.faults, quotas=options.quotas),
    ) as local:
        stack = await local.deploy(
            document,
            base=options.template.resolve().parent,
            stack_name=options.stack_name,
            parameters=values,
            live_sources=not options.artefacts,
        )
        contents = ready.describe(local.address, local.apis, stack)
        try:
            if options.ready_file:
                ready.write(options.ready_file, contents)
            console.ready(local, stack, time.monotonic() - started)
            ended = asyncio.create_task(local.ended())
            code = await _command(options, local, stop, ended) if options.run else None
            if options.exit_after:
                return 1 if code is None else code
            if code:
                console.warning(f"the command exited with code {code}")
            if not stop.is_set():
                console.staying()
            asked = asyncio.create_task(stop.wait())
            await asyncio.wait({ended, asked}, return_when=asyncio.FIRST_COMPLETED)
            asked.cancel()
            if ended.done():
                console.error(str(ended.result()))
                return 1
            ended.cancel()
            return 0
        finally:
            if options.ready_file:
                options.ready_file.unlink(missing_ok=True)


async def _command(
    options: argparse.Namespace,
    local: cloud.LocalCloud,
    stop: asyncio.Event,
    ended: asyncio.Task[object],
) -> int | None:
    async def until() -> None:
        asked = asyncio.create_task(stop.wait())
        await asyncio.wait({asked, ended}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()

    environment = {
        **os.environ,
        **local.address.environment(),
        "LOCALCLOUD_READY_FILE": str(options.ready_file.resolve()),
    }
    return await run_attached(shlex.split(options.run), environment, until)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    options = parser().parse_args(arguments)
    with contextlib.ExitStack() as stack:
        log_file = None
        try:
            values = check(options)
            if options.log_file:
                options.log_file.parent.mkdir(parents=True, exist_ok=True)
                log_file = stack.enter_context(options.log_file.open("w", encoding="utf-8"))
        except (UsageError, RulesError, OSError) as error:
            print(f"localcloud: {error}", file=sys.stderr)  # noqa: T201 - before there is a console
            return 2
        console = Console(quiet=options.quiet, log_file=log_file)
        try:
            return uvloop.run(serve(options, values, console))
        except TemplateError as error:
            console.error(str(error))
            return 2
        except (cloud.PortTaken, EngineError, DeployError) as error:
            console.error(str(error))
            return 1
