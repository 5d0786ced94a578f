"""Invocations of functions: where the Lambda service takes them, and how faults see them."""

from __future__ import annotations

import json
from functools import lru_cache
from urllib.parse import quote

from localcloud.engine.operations import OperationCall


@lru_cache(maxsize=1024)
def invocations_path(base: str, function: str) -> str:
    """Return the path by which the Lambda service takes invocations of a function."""
    name, _, qualifier = function.rpartition(":function:")[2].partition(":")
    target = f"{base}/2015-03-31/functions/{quote(name, safe='')}/invocations"
    return f"{target}?Qualifier={quote(qualifier, safe='')}" if qualifier else target


def invocation_call(function: str, payload: bytes) -> OperationCall:
    """Return an invocation as rules see it: they may ask for a function's name."""
    parameters = {"FunctionName": function, "Payload": json.loads(payload or b"{}")}
    return OperationCall("lambda", "Invoke", json.dumps(parameters, ensure_ascii=False).encode())
