"""Service integrations of Step Functions: which there are, what they take, which right they need."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias

import botocore.session

Document: TypeAlias = "Mapping[str, Any]"
Broken: TypeAlias = "tuple[str, str]"

OPTIMIZED: dict[str, tuple[str, set[str]]] = {
    "lambda:invoke": ("lambda:InvokeFunction", {"waitForTaskToken"}),
    "dynamodb:getItem": ("dynamodb:GetItem", set()),
    "dynamodb:putItem": ("dynamodb:PutItem", set()),
    "dynamodb:updateItem": ("dynamodb:UpdateItem", set()),
    "dynamodb:deleteItem": ("dynamodb:DeleteItem", set()),
    "sqs:sendMessage": ("sqs:SendMessage", {"waitForTaskToken"}),
    "sns:publish": ("sns:Publish", {"waitForTaskToken"}),
    "events:putEvents": ("events:PutEvents", {"waitForTaskToken"}),
    "states:startExecution": ("states:StartExecution", {"sync", "sync:2", "waitForTaskToken"}),
}
_INTEGRATION = re.compile(r"arn:aws:states:::(aws-sdk:)?(\w+):(\w+)(?:\.([\w:]+))?")
_SERVICES = {"states": "stepfunctions", "sfn": "stepfunctions"}


@cache
def _operation(service: str, action: str) -> Any:
    """Return botocore's model of an operation, None when there is none."""
    session = botocore.session.Session()
    try:
        model = session.get_service_model(_SERVICES.get(service, service))
        return model.operation_model(action[:1].upper() + action[1:])
    except Exception:
        return None


def iam_action(resource: str) -> str | None:
    """Return the IAM action that an integration needs, None when it is no integration."""
    match = _INTEGRATION.fullmatch(resource)
    if match is None:
        return None
    sdk, service, action, _ = match.groups()
    if not sdk:
        optimized = OPTIMIZED.get(f"{service}:{action}")
        return optimized[0] if optimized else None
    return f"{'states' if service == 'sfn' else service}:{action[:1].upper()}{action[1:]}"


def iam_actions(state: Document) -> set[str]:
    """Return the IAM actions that a task needs: a transaction has none of its own, but its operations'."""
    action = iam_action(str(state.get("Resource", "")))
    if action != "dynamodb:TransactWriteItems":
        return {action} if action else set()
    kinds = {kind for item in state["Parameters"]["TransactItems"] for kind in item}
    return {f"dynamodb:{kind}Item" for kind in kinds}


def task(state: Document, *, express: bool) -> Iterator[Broken]:
    """Yield what is wrong with a task's resource and its parameters."""
    resource = state["Resource"]
    if re.fullmatch(r"arn:aws:(lambda:[\w-]+:\d{12}:function:.+|states:[\w-]+:\d{12}:activity:.+)", resource):
        if express and ":activity:" in resource:
            yield "express", "no activities"
        return
    match = _INTEGRATION.fullmatch(resource)
    if match is None:
        yield "integration", resource
        return
    sdk, service, action, pattern = match.groups()
    allowed = {"waitForTaskToken"} if sdk else OPTIMIZED.get(f"{service}:{action}", ("", set()))[1]
    model = _operation(service, action)
    if model is None or (not sdk and f"{service}:{action}" not in OPTIMIZED):
        yield "integration", f"{resource}: there is no such operation"
        return
    if pattern and pattern not in allowed:
        yield "integration", f"{resource}: no {pattern} here"
    if pattern and express:
        yield "express", f"no {pattern}"
    # A JSONata state calls them so.
    arguments = {name.removesuffix(".$") for name in state.get("Parameters", state.get("Arguments", {}))}
    for name in arguments - set(model.input_shape.members):
        yield "parameters", f"{action} has no {name}"
    for name in set(model.input_shape.required_members) - arguments:
        yield "parameters", f"{action} needs {name}"
    if pattern == "waitForTaskToken" and "$$.Task.Token" not in json.dumps(state.get("Parameters", {})):
        yield "task-token", "nobody is given the token"
