"""Every request that the application makes of DynamoDB, recorded while its code runs on the real engine.

Nothing here lists expressions: adapters are called, resolvers are run, and the state machine's tasks are
filled in as Step Functions would. What must have been called is read from the sources, so that a new call
that nobody drives fails a test.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from localcloud.calls import JsonDocument, JsonService
from localcloud.calls.exchange import HttpReply
from localcloud.calls.json_api import result
from orders import adapters
from tests.aws_rules.rules import Request
from tests.orders.engine import Engine

Document: TypeAlias = "dict[str, Any]"
ADAPTERS = Path(adapters.__file__).parent


@dataclass(frozen=True)
class Call:
    """A request, and how it ended: ``OK`` or DynamoDB's error code."""

    request: Request
    outcome: str


@dataclass
class Recorder:
    """Sends requests on to the engine and keeps them."""

    engine: Engine
    calls: list[Call] = field(default_factory=list)
    sites: set[tuple[str, str]] = field(default_factory=set)
    """(module, operation) of each adapter's call."""

    def client(self) -> Any:
        """Return a boto3 client whose calls are recorded."""
        client = self.engine._session().client("dynamodb", endpoint_url=self.engine.endpoint)
        pending: list[Request] = []

        def before(model: Any, params: Document, **_: Any) -> None:
            module, function = _caller()
            self.sites.add((f"{module}.{function}", model.name))
            pending.append(Request(model.name, json.loads(params["body"]), f"{module}.{function}"))

        def after(parsed: Document, **_: Any) -> None:
            self.calls.append(Call(pending.pop(), _code(parsed.get("Error", {}).get("Code"))))

        client.meta.events.register("before-call.dynamodb", before)
        client.meta.events.register("after-call.dynamodb", after)
        return client

    @property
    def api(self) -> Recorder:
        """Be the engine's services that resolvers' data sources call."""
        return self

    async def call(
        self, service: JsonService, operation: str, document: JsonDocument, *, region: str
    ) -> JsonDocument:
        """Be called as ``JsonApi`` is."""
        assert service.signing == "dynamodb", f"{service.signing} is not DynamoDB"
        return result(operation, self.send(operation, document, f"resolver ({region})"))

    def send(self, operation: str, document: Document, origin: str) -> HttpReply:
        """Send a request as it is, record it, and return the answer."""
        request = urllib.request.Request(
            self.engine.endpoint,
            json.dumps(document).encode(),
            {
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Target": f"DynamoDB_20120810.{operation}",
                "Authorization": "AWS4-HMAC-SHA256 Credential=000000000000/20261120/us-east-1/dynamodb/"
                "aws4_request, SignedHeaders=host, Signature=0",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                status, body = response.status, response.read()
        except urllib.error.HTTPError as error:
            status, body = error.code, error.read()
        code = None if status == 200 else json.loads(body)["__type"].rpartition("#")[2]
        self.calls.append(Call(Request(operation, document, origin), _code(code)))
        return HttpReply(status, {}, body)


def _code(code: str | None) -> str:
    return code or "OK"


def _caller() -> tuple[str, str]:
    """Return module and function of the adapter that is calling boto3."""
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        path = Path(frame.f_code.co_filename)
        # Comprehensions have frames of their own.
        if path.parent == ADAPTERS and not frame.f_code.co_name.startswith("<"):
            return path.stem, frame.f_code.co_name
    raise AssertionError("not called by an adapter")


def call_sites(operations: dict[str, str]) -> set[tuple[str, str]]:
    """Return (module.function, operation) of each call of DynamoDB in the adapters' sources.

    Parameters
    ----------
    operations
        boto3's method names, and the operations that they call.
    """
    call_places: set[tuple[str, str]] = set()
    for path in ADAPTERS.glob("*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.FunctionDef):
                continue
            for node in ast.walk(function):
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                    continue
                method = node.func.attr
                if method == "get_paginator" and isinstance(node.args[0], ast.Constant):
                    method = str(node.args[0].value)
                if method in operations and "client" in ast.unparse(node.func.value):
                    call_places.add((f"{path.stem}.{function.name}", operations[method]))
    return call_places


# --- the state machine's own requests ---

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


def filled(template: Any, values: dict[str, str], tables: set[str]) -> Any:
    """Return a task's parameters with their paths replaced by what they stand for.

    Raises
    ------
    KeyError
        A path that ``values`` does not have: the test does not know the workflow any more.
    """
    if isinstance(template, list):
        return [filled(element, values, tables) for element in template]
    if not isinstance(template, dict):
        match = _PLACEHOLDER.fullmatch(template) if isinstance(template, str) else None
        assert match is None or match[1] in tables, template
        return match[1] if match else template
    return {
        name.removesuffix(".$"): values[value] if name.endswith(".$") else filled(value, values, tables)
        for name, value in template.items()
    }


def integration(state: Document) -> str | None:
    """Return the DynamoDB operation that a task calls by itself, as the API names it."""
    pattern = r"arn:aws:states:::(?:aws-sdk:)?dynamodb:(\w)(\w+)(\.waitForTaskToken)?"
    match = re.fullmatch(pattern, str(state.get("Resource", "")))
    return match[1].upper() + match[2] if match else None
