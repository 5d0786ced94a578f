"""Where requests come in: what a service has changed is written before it answers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from localcloud.engine.durable.services import DurableServices
from localcloud.engine.durable.stacks import in_progress
from localcloud.engine.ministack.app import App, app
from localcloud.engine.ministack.facade import served, wrap_requests
from localcloud.engine.patching import Function, Response

# Their items, messages and executions are written where they are committed.
COMMITTED = {
    "dynamodb": frozenset(
        {
            *("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"),
            *("TransactGetItems", "ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"),
        }
    ),
    "sqs": frozenset(
        {
            *("SendMessage", "SendMessageBatch", "ReceiveMessage", "DeleteMessage", "DeleteMessageBatch"),
            *("ChangeMessageVisibility", "ChangeMessageVisibilityBatch", "PurgeQueue"),
        }
    ),
    "stepfunctions": frozenset(
        {
            *("StartExecution", "StartSyncExecution", "StopExecution", "RedriveExecution"),
            *("SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat", "TestState"),
        }
    ),
    "kinesis": frozenset({"PutRecord", "PutRecords", "SubscribeToShard"}),
    "firehose": frozenset({"PutRecord", "PutRecordBatch"}),
    "athena": frozenset({"StartQueryExecution", "StopQueryExecution"}),
}
# Of these only what they leave in passing is written, within :data:`SWEEP_SECONDS`: archives, metrics.
IN_PASSING = frozenset({"PutEvents", "PutLogEvents", "PutMetricData", "Publish", "PublishBatch", "TestState"})
# The same of services whose operations are paths: publications, invocations, metrics.
PATHS_IN_PASSING = re.compile(
    r"^/topics/|/(?:invocations|invoke-async|response-streaming-invocations)/?$"
    r"|/operation/PutMetricData$|^/_aws/execute-api/|/@connections/"
)
READS = ("Get", "List", "Describe", "BatchGet", "Query", "Scan", "Search", "Filter", "Lookup", "Validate")
# Reading from them changes something: tokens, sessions, identities.
NEVER_ONLY_READ = frozenset({"cognito"})
# A request to one is a change in others. The rest change themselves, and more at most in passing.
NEIGHBOURS: Mapping[str, tuple[str, ...]] = {
    "apigateway": ("apigateway", "apigateway_v1"),
    "appsync": ("appsync", "appsync_events"),
    "lambda_svc": ("lambda_svc", "lambda_durable", "cloudwatch_logs"),
    "iot_data": ("iot", "iot_data"),
    "iot_jobs_data": ("iot", "iot_jobs_data"),
    "ses": ("ses", "ses_v2"),
}
EVERYTHING = frozenset({"cloudcontrol", "tagging", "resource_groups", "servicediscovery"})
# What a thread or a task of a service changes later is looked for this long after a request.
SWEEP_SECONDS = 5.0


class DurableRequests:
    """Writes what requests change."""

    def __init__(self, services: DurableServices) -> None:
        self._services = services
        self._watched: set[str] = set()
        self._sweeping = False
        self._stacks_begun = False
        self._closed = False

    def install(self) -> None:
        """Wrap each service, for every caller."""
        before = app.get_module

        def get_module(name: str) -> Any:
            module = before(name)
            if name not in self._watched:
                self._watched.add(name)
                if hasattr(module, "get_state") and hasattr(module, "handle_request"):
                    wrap_requests(module, partial(self._watching, name))
            return module

        App.get_module.replace(get_module)
        # Those that others have imported are called without it.
        for name in (*app.loaded_modules, *served()):
            get_module(name)

    def _watching(self, name: str, before: Function) -> Function:
        committed = COMMITTED.get(name, frozenset())

        async def handle(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any) -> Any:
            operation = headers.get("x-amz-target", "").rpartition(".")[2]
            if operation in committed:
                return await before(method, path, headers, body, query)
            response: Response = await before(method, path, headers, body, query)
            operation = operation or action_of(query, body)
            if operation in IN_PASSING or PATHS_IN_PASSING.search(path):
                self.sweep_later()
            elif operation not in committed and (changes(method, operation) or name in NEVER_ONLY_READ):
                self._write(name)
            elif name == "cloudformation":
                self._write_stacks()
            return response

        return handle

    def _write(self, name: str) -> None:
        if name == "cloudformation" or name in EVERYTHING:
            self._services.check_all()
            # What it began goes on behind its answer.
            self._stacks_begun = self._stacks_begun or name == "cloudformation"
        else:
            self._services.check(*NEIGHBOURS.get(name, (name,)))
        self.sweep_later()

    def _write_stacks(self) -> None:
        """Write all that a stack's creation or update came to before its end is reported."""
        if self._stacks_begun and not in_progress():
            self._stacks_begun = False
            self._services.check_all()

    def sweep_later(self) -> None:
        """Look for more changes soon, and again for as long as there are any."""
        if self._sweeping or self._closed:
            return
        with suppress(RuntimeError):  # no loop: at the start
            self._sweeping = True
            asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)

    def _sweep(self) -> None:
        self._sweeping = False
        if self._closed:
            return
        if in_progress() or self._services.check_all():
            self.sweep_later()

    def close(self) -> None:
        """Sweep no more."""
        self._closed = True


def changes(method: str, operation: str) -> bool:
    """Say whether a request may change anything.

    Parameters
    ----------
    operation
        Its name; empty for a service whose requests have none, only a method.

    Examples
    --------
    >>> changes("POST", "CreateTable"), changes("POST", "DescribeTable"), changes("GET", "")
    (True, False, False)
    """
    if operation:
        return not operation.startswith(READS)
    return method not in {"GET", "HEAD", "OPTIONS"}


def action_of(query: Any, body: object) -> str:
    """Return the Action of a request of the query protocol; empty for others.

    Examples
    --------
    >>> action_of({}, b"Action=ListTopics&Version=2010-03-31"), action_of({"Action": ["Publish"]}, b"")
    ('ListTopics', 'Publish')
    """
    action = query.get("Action") if isinstance(query, Mapping) else None
    if action:
        return str(action[0] if isinstance(action, list) else action)
    if not isinstance(body, bytes) or b"Action=" not in body[:65536]:
        return ""
    try:
        return parse_qs(body.decode("ascii")).get("Action", [""])[0]
    except ValueError:
        return ""
