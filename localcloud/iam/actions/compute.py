"""Lambda and Step Functions."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from localcloud.iam.actions.call import ApiCall, Lookups, Need

_FUNCTION: Final = re.compile(r"/functions/([^/]+)")
_MAPPING: Final = re.compile(r"/event-source-mappings/([^/]+)")
_LAYER: Final = re.compile(r"/layers/([^/]+)(?:/versions/(\d+))?")
_DURABLE: Final = re.compile(r"/durable-executions/([^/]+)")
_CALLBACK: Final = re.compile(r"/durable-execution-callbacks/([^/]+)")
_SECRET: Final = 64
"""Characters of a callback's id before the execution's ARN, both in hexadecimal."""

# Operations whose action has another name.
_LAMBDA: Final = {"Invoke": "InvokeFunction", "InvokeWithResponseStream": "InvokeFunction"}
_STATES: Final = (
    *("stateMachineArn", "executionArn", "activityArn", "mapRunArn", "stateMachineVersionArn"),
    *("stateMachineAliasArn", "resourceArn"),
)
# They name their task by a token alone.
_TOKENS: Final = frozenset({"SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat"})


def function_arn(call: ApiCall, name: str, qualifier: str = "") -> str:
    """Return a function's ARN, from its name, a partial ARN or the whole one.

    Examples
    --------
    >>> call = ApiCall("lambda", "Invoke", "000000000000", "us-east-1")
    >>> function_arn(call, "000000000000:function:fanout", "live")
    'arn:aws:lambda:us-east-1:000000000000:function:fanout:live'
    """
    if not name.startswith("arn:"):
        name = call.arn(f"function:{name.rpartition('function:')[2]}", "lambda")
    return f"{name}:{qualifier}" if qualifier and name.count(":") == 6 else name


def execution_of(callback_id: str) -> str:
    """Return the ARN of a callback's durable execution, which its id holds; nothing where it holds none.

    Examples
    --------
    >>> execution_of("0" * 64 + "arn:aws:lambda:…".encode().hex())
    'arn:aws:lambda:…'
    >>> execution_of("by another service")
    ''
    """
    try:
        return bytes.fromhex(callback_id[_SECRET:]).decode()
    except ValueError:
        return ""


def lambda_(call: ApiCall, _lookups: Lookups) -> tuple[Need, ...]:
    """Return what a request of Lambda needs."""
    path = unquote(call.path)
    action = _LAMBDA.get(call.operation, call.operation)
    durable = _DURABLE.search(call.path)
    if durable is not None:
        return (Need(f"lambda:{action}", unquote(durable[1])),)
    callback = _CALLBACK.search(call.path)
    if callback is not None:
        return (Need(f"lambda:{action}", execution_of(unquote(callback[1])) or "*"),)
    function = _FUNCTION.search(call.path)
    name = unquote(function[1]) if function else call.text("FunctionName")
    if "/event-source-mappings" in path:
        mapping = _MAPPING.search(path)
        return (Need(f"lambda:{action}", call.arn(f"event-source-mapping:{mapping[1]}") if mapping else "*"),)
    layer = _LAYER.search(path)
    if layer is not None:
        version = f":{layer[2]}" if layer[2] else ""
        return (Need(f"lambda:{action}", f"{call.arn(f'layer:{layer[1]}')}{version}"),)
    if not name:
        return (Need(f"lambda:{action}", "*"),)
    need = Need(f"lambda:{action}", function_arn(call, name, call.parameters.get("Qualifier", "")))
    role = call.text("Role")
    passing = (
        (Need("iam:PassRole", role, lambda: {"iam:passedtoservice": "lambda.amazonaws.com"}),) if role else ()
    )
    return (need, *passing)


def states(call: ApiCall, lookups: Lookups) -> tuple[Need, ...]:
    """Return what a call of Step Functions needs."""
    if call.operation in _TOKENS:
        # The reference names no resource for them, but SAM's and CDK's policies do, and AWS takes those.
        machine = lookups.task_machine(call.text("taskToken"))
        return (Need(f"states:{call.operation}", machine or "*"),)
    resource = call.text(*_STATES)
    if not resource and call.operation in {"CreateStateMachine", "CreateActivity"}:
        kind = "stateMachine" if call.operation == "CreateStateMachine" else "activity"
        resource = call.arn(f"{kind}:{call.text('name')}")
    need = Need(f"states:{call.operation}", resource or "*")
    role = call.text("roleArn")
    passing = (
        (Need("iam:PassRole", role, lambda: {"iam:passedtoservice": "states.amazonaws.com"}),) if role else ()
    )
    return (need, *passing)
