"""``python -m localcloud durable``: durable executions, listed, shown and steered at the keyboard."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoRegionError

from localcloud.discovery.whereabouts import NOWHERE, ready_file_here
from localcloud.processes.program import program

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import EventTypeDef

DESCRIPTION: Final = """\
List, show and steer the durable executions of a running local cloud (or of an account).

Where it is, its ready file says: --ready-file, or .local/ready.json here. AWS_ENDPOINT_URL and credentials
say so as well, as to any AWS client; without any of these it is the account that AWS_REGION is set for.
"""
EPILOG: Final = """\
examples:
  {program} durable list --status RUNNING
  {program} durable history ARN
  {program} durable callback ID --succeed '{{"approved": true}}'

exit codes: 0 done, 1 it was refused, 2 wrong usage
"""
Command = Callable[["LambdaClient", argparse.Namespace], Iterator[str]]


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    words = argparse.ArgumentParser(
        prog=f"{program()} durable",
        description=DESCRIPTION,
        epilog=EPILOG.format(program=program()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = words.add_subparsers(dest="command", required=True)
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument(
        "--ready-file", type=Path, metavar="PATH", help="of the local cloud to ask (.local/ready.json)"
    )

    def command(name: str, run: Command, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, parents=[place], help=text, description=text)
        added.set_defaults(run=run)
        return added

    listed = command("list", _list, "the executions of a function, or of all durable ones")
    listed.add_argument("function", nargs="?")
    listed.add_argument("--status", action="append", default=[])
    for name, run, text in (
        ("show", _show, "one execution: status, input, result"),
        ("history", _history, "its events"),
        ("stop", _stop, "stop it"),
    ):
        command(name, run, text).add_argument("arn")
    callback = command("callback", _callback, "answer a callback, or send a heartbeat")
    callback.add_argument("id")
    kind = callback.add_mutually_exclusive_group(required=True)
    kind.add_argument("--succeed", metavar="JSON")
    kind.add_argument("--fail", metavar="MESSAGE")
    kind.add_argument("--heartbeat", action="store_true")
    return words


def durable_command(arguments: Sequence[str]) -> int:
    """Run the command line; return its exit code."""
    options = parser().parse_args(arguments)
    try:
        for line in options.run(_client(options.ready_file), options):
            print(line)  # noqa: T201 - the command's answer
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (ClientError, BotoCoreError, OSError, ValueError) as error:
        print(f"localcloud: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _client(ready_file: Path | None) -> LambdaClient:
    ready_file = ready_file_here(ready_file)
    if ready_file is None:
        try:
            return boto3.client("lambda", region_name=os.environ.get("AWS_REGION") or None)
        except NoRegionError:
            raise ValueError(NOWHERE) from None
    ready = json.loads(ready_file.read_text())
    return boto3.client(
        "lambda",
        endpoint_url=ready["engine"],
        region_name=ready["region"],
        aws_access_key_id=ready["credentials"]["access_key_id"],
        aws_secret_access_key=ready["credentials"]["secret_access_key"],
    )


def _list(client: LambdaClient, options: argparse.Namespace) -> Iterator[str]:
    names = [options.function] if options.function else list(_durable(client))
    more = {"Statuses": options.status} if options.status else {}
    for name in names:
        pages = client.get_paginator("list_durable_executions_by_function")
        for page in pages.paginate(FunctionName=name, **more):
            for execution in page.get("DurableExecutions", []):
                started, status = execution["StartTimestamp"], execution["Status"]
                yield f"{started:%H:%M:%S}  {status:<10} {execution['DurableExecutionArn']}"


def _durable(client: LambdaClient) -> Iterator[str]:
    for page in client.get_paginator("list_functions").paginate():
        yield from (function["FunctionName"] for function in page["Functions"] if "DurableConfig" in function)


def _show(client: LambdaClient, options: argparse.Namespace) -> Iterator[str]:
    execution = client.get_durable_execution(DurableExecutionArn=options.arn)
    name, started = execution["DurableExecutionName"], execution["StartTimestamp"]
    yield f"{name}  {execution['Status']}  since {started:%H:%M:%S}"
    yield f"input   {execution.get('InputPayload', '')}"
    if "Result" in execution:
        yield f"result  {execution['Result']}"
    if "Error" in execution:
        error = execution["Error"]
        yield f"error   {error.get('ErrorType', '')}: {error.get('ErrorMessage', '')}"


def _history(client: LambdaClient, options: argparse.Namespace) -> Iterator[str]:
    depths: dict[str, int] = {}
    pages = client.get_paginator("get_durable_execution_history")
    for page in pages.paginate(DurableExecutionArn=options.arn, IncludeExecutionData=True):
        for event in page["Events"]:
            depth = depths.get(event.get("ParentId", ""), -1) + 1 if "ParentId" in event else 0
            depths[event.get("Id", "")] = depth
            moment = f"{event['EventId']:>4}  {event['EventTimestamp']:%H:%M:%S}"
            name = event.get("Name") or ""
            yield f"{moment}  {'  ' * depth}{event['EventType']} {name} {_detail(event)}".rstrip()


def _detail(event: EventTypeDef) -> str:
    """Return what of an event fits a line."""
    details = event.get(f"{event['EventType']}Details") or {}
    if not isinstance(details, dict):
        return ""
    error = (details.get("Error") or {}).get("Payload") or {}
    if error:
        return f"{error.get('ErrorType', '')}: {error.get('ErrorMessage', '')}"
    if "CallbackId" in details:
        return str(details["CallbackId"])
    if "Duration" in details:
        return f"{details['Duration']} s"
    return str((details.get("Result") or {}).get("Payload") or "")[:120]


def _stop(client: LambdaClient, options: argparse.Namespace) -> Iterator[str]:
    client.stop_durable_execution(DurableExecutionArn=options.arn)
    # One that had ended is left as it is, and Lambda answers no otherwise.
    status = client.get_durable_execution(DurableExecutionArn=options.arn)["Status"]
    yield "stopped" if status == "STOPPED" else f"it had ended: {status}"


def _callback(client: LambdaClient, options: argparse.Namespace) -> Iterator[str]:
    if options.heartbeat:
        client.send_durable_execution_callback_heartbeat(CallbackId=options.id)
    elif options.succeed is not None:
        json.loads(options.succeed)
        result = options.succeed.encode()
        client.send_durable_execution_callback_success(CallbackId=options.id, Result=result)
    else:
        client.send_durable_execution_callback_failure(
            CallbackId=options.id, Error={"ErrorMessage": options.fail}
        )
    yield "sent"
