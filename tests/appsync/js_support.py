"""JavaScript expressions in a handler, all in one context: quick, for tables of many examples."""

from __future__ import annotations

import functools
import json
from typing import cast

from localcloud.appsync.definition import JSON
from localcloud.appsync.js.modules import load_module
from localcloud.appsync.js.runtime import JavaScriptContext

HEAD = """import { util, runtime, extensions } from '@aws-appsync/utils';
import * as ddb from '@aws-appsync/utils/dynamodb';
import * as rds from '@aws-appsync/utils/rds';
import * as ai from '@aws-appsync/utils/ai';
"""


@functools.cache
def _context() -> JavaScriptContext:
    return JavaScriptContext({"STAGE": "test"})


def outcome(expression: str, context: JSON = None) -> dict[str, JSON]:
    """Return all that a handler did which returns the expression."""
    code = f"{HEAD}export function request(ctx) {{ return {expression}; }}\n"
    module = _context().define(load_module("code.js", code, needs=("request",)))
    result = _context().evaluate(module, "request", json.dumps(context or {}), "API_KEY")
    return cast("dict[str, JSON]", json.loads(result))


def value(expression: str, context: JSON = None) -> JSON:
    """Return what an expression gives."""
    result = outcome(expression, context)
    assert "crash" not in result, result
    assert "failure" not in result, result
    return result["value"]


def refusal(expression: str) -> str:
    """Return what a function of AWS's says of its arguments."""
    crash = outcome(expression)["crash"]
    assert isinstance(crash, dict)
    assert crash["said"] is True
    return str(crash["text"])
