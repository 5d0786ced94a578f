"""What the command line takes, and what is wrong with it, said before anything starts."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from localcloud import __version__
from localcloud.deploying.deployment import DeploymentTarget
from localcloud.deploying.planning import add_templates, stack_names, targets
from localcloud.discovery.whereabouts import ready_file_of_start
from localcloud.engine_process.environment import create_environment
from localcloud.engine_process.process import EngineFiles, check_rules
from localcloud.folders.data import DataManifest, open_data
from localcloud.lifecycle.access import add_iam
from localcloud.lifecycle.also import AlsoError, command_words
from localcloud.network.ports import unfit
from localcloud.processes.program import program
from localcloud.stack.parameters import UsageError
from localcloud.watchtower.traces.otlp.endpoint import default_endpoint, otlp_endpoint
from localcloud.web.config import ConfigError, read_config
from localcloud.web.site import SiteFiles

__all__ = ["UsageError", "check", "engine_files", "parser", "site_files"]

DESCRIPTION = """\
Run a CloudFormation template on this machine, without Docker and without an AWS account.

CloudFormation itself deploys the template to a local AWS engine. Its Lambda functions run in processes of
AWS's own runtime client, its AppSync APIs answer GraphQL over HTTP and in real time, and APIs of API
Gateway are served, whatever tool deploys them. Any AWS SDK works against it: set AWS_ENDPOINT_URL to the
engine's address, and use the credentials of the ready file. Every socket listens on loopback.
"""

EPILOG = """\
examples:
  {program} appsync/template.yaml
  {program} template.yaml --port 0 --ready-file ready.json --parameter Stage=test
  {program} template.yaml --run 'python -m pytest tests/e2e'
  {program} template.yaml --also 'chalice deploy --stage local'
  {program} network.yaml app.yaml --ssm /app/domain=example.org
  {program} template.yaml --web site/dist --web-config site/local.json

local paths in the template (Code, Content, DefinitionS3Location, CodeS3Location ...) are packaged
as `aws cloudformation package` does. Edits are live: of function sources at the next invocation, of the
template, schema, resolvers and state machines after a second; Ctrl-C ends everything.

`{program} check TEMPLATE` finds mistakes in a template without running it; `{program} durable` shows and
steers durable executions; `{program} clock jump PT24H` lets the waits of workflows pass at once.

exit codes: 0 stopped as asked, 1 the deployment failed or a part died, 2 wrong usage or template,
else that of the command of --run when it failed
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    arguments = argparse.ArgumentParser(
        prog=program(),
        description=DESCRIPTION,
        epilog=EPILOG.format(program=program()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    arguments.add_argument("--version", action="version", version=f"localcloud {__version__}")
    add_templates(arguments)
    arguments.add_argument(
        "--port",
        type=int,
        default=4566,
        metavar="N",
        help="the engine's port, the other parts follow it; 0 picks free ones (default: %(default)s)",
    )
    arguments.add_argument(
        "--ready-file",
        type=Path,
        metavar="PATH",
        help="write here, once everything answers, one JSON object: engine, region, account, "
        "credentials, apis, event_apis, rest_apis, websocket_apis, web, outputs, meters; removed at the end",
    )
    arguments.add_argument("--region", default="us-east-1", help="default: %(default)s")
    arguments.add_argument("--account", default="000000000000", help="12 digits (default: %(default)s)")
    arguments.add_argument(
        "--artefacts",
        action="store_true",
        help="run functions from the uploaded artefacts, as AWS does, instead of from their sources",
    )
    arguments.add_argument(
        "--log-file", type=Path, metavar="PATH", help="the logs of the functions and of the engine go here"
    )
    arguments.add_argument(
        "--faults",
        type=Path,
        metavar="FILE",
        help="let AWS operations fail on demand, by service, operation, rate and seed (JSON or YAML)",
    )
    arguments.add_argument(
        "--quotas",
        type=Path,
        metavar="FILE",
        help="throttle AWS operations by token buckets, as AWS's quotas do (JSON or YAML)",
    )
    arguments.add_argument(
        "--alarm-clock",
        type=int,
        default=1,
        choices=range(1, 61),
        metavar="FACTOR",
        help="alarms run up to 60 times faster than time: at 60, a period of a minute is over in a second",
    )
    add_iam(arguments)
    arguments.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="keep tables, queues, users and the stack itself in this folder over any end of the process",
    )
    arguments.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="COMMAND",
        help="deploy more: run this once the stack is there and before anything is said to be ready, with "
        "AWS_ENDPOINT_URL and credentials in its environment and LOCALCLOUD_STACK naming the stack; "
        "may be repeated; a failure ends the start",
    )
    arguments.add_argument(
        "--run",
        metavar="COMMAND",
        help="run this once everything answers, with AWS_ENDPOINT_URL and credentials in its "
        "environment, LOCALCLOUD_READY_FILE and LOCALCLOUD_LOG_FILE naming the ready file and the log file; "
        "the local cloud stays up after it",
    )
    arguments.add_argument(
        "--exit", action="store_true", dest="exit_after", help="with --run: end with it, with its exit code"
    )
    arguments.add_argument(
        "--warm",
        action="store_true",
        help="start one environment of each function before it is all said to be ready, as AWS's provisioned "
        "concurrency does: the init phase has run, nothing has been invoked",
    )
    arguments.add_argument(
        "--otlp", type=otlp_endpoint, default=default_endpoint(), metavar="URL",
        help="export traces by OTLP/HTTP, as JSON, to URL/v1/traces (default: OTEL_EXPORTER_OTLP_ENDPOINT)",
    )  # fmt: skip
    arguments.add_argument(
        "--no-prepared-parent",
        action="store_false",
        dest="prepared_parent",
        help="start each environment of a function as a fresh interpreter, instead of forking it",
    )
    arguments.add_argument(
        "--web",
        type=Path,
        metavar="DIR",
        help="serve the page in this folder, with a strict Content-Security-Policy; /config.json has the "
        "addresses of all services",
    )
    arguments.add_argument(
        "--web-config",
        type=Path,
        metavar="FILE",
        help="with --web: JSON for /config.json; ${outputs.Name}, ${engine}, ${apis.0.graphql}, "
        "${rest_apis.0.url}, ${files.PATH.NAME} (JSON of --web-also) ... stand for what is there, or null",
    )
    arguments.add_argument(
        "--web-also",
        action="append",
        default=[],
        metavar="/PATH=DIR",
        help="with --web: serve one more folder below a path; may be repeated",
    )
    arguments.add_argument(
        "--log",
        action="store_true",
        help="show each GraphQL request as a tree: resolvers, what they ask, times, errors with their line",
    )
    arguments.add_argument(
        "--no-reload",
        action="store_false",
        dest="reload",
        help="do not update the stack when the template or a file that it names (schema, resolvers, state "
        "machines) changes; by default it is updated, as by a deployment, and connections stay",
    )
    arguments.add_argument("--quiet", action="store_true", help="show warnings and errors only")
    return arguments


def check(options: argparse.Namespace) -> list[DeploymentTarget]:
    """Check what argparse cannot, and return what each template is deployed as.

    The engine reads its rules, so the first start creates its environment here.

    Raises
    ------
    UsageError, RulesError, localcloud.folders.data.DataError, EngineError
    """
    reason = unfit(options.port)
    if reason is not None:
        raise UsageError(f"--port {options.port}: {reason}")
    if not (options.account.isascii() and options.account.isdigit() and len(options.account) == 12):
        raise UsageError(f"--account {options.account!r}: expected 12 digits")
    if options.run and not options.ready_file:
        options.ready_file = ready_file_of_start()
    try:
        for command in options.also:
            command_words(command)
        if options.run:
            command_words(options.run, "--run")
    except AlsoError as error:
        raise UsageError(str(error)) from error
    if options.exit_after and not options.run:
        raise UsageError("--exit goes with --run")
    if options.data:
        if options.port == 0:
            raise UsageError(
                "--data goes with a fixed --port: queues' and APIs' addresses, which are kept, hold it"
            )
        names = " ".join(stack_names(options.templates, options.stack_name))
        open_data(options.data, DataManifest(options.port, options.account, options.region, names))
    site_files(options)
    deployed = targets(options)
    create_environment()
    check_rules(engine_files(options))
    return deployed


def engine_files(options: argparse.Namespace) -> EngineFiles:
    """Return the files that the options name to the engine."""
    return EngineFiles(options.faults, options.quotas, options.data, options.alarm_clock, options.iam.mode)


def site_files(options: argparse.Namespace) -> SiteFiles | None:
    """Return what the site beside the cloud serves; None without one.

    Raises
    ------
    UsageError
    """
    if options.web is None:
        if options.web_config or options.web_also:
            raise UsageError("--web-config and --web-also go with --web")
        return None
    if not (options.web / "index.html").is_file():
        raise UsageError(f"--web {options.web}: there is no index.html in it")
    also: dict[str, Path] = {}
    for pair in options.web_also:
        path, _, folder = pair.partition("=")
        if not re.fullmatch(r"(/[A-Za-z0-9_-]+)+", path) or not folder:
            raise UsageError(f"--web-also {pair!r}: expected /PATH=DIR")
        also[path] = Path(folder)
    try:
        config = read_config(options.web_config) if options.web_config else None
    except ConfigError as error:
        raise UsageError(f"--web-config: {error}") from error
    return SiteFiles(options.web, also, config)
