"""Task states: the resource, the arguments of its integration, time limits and credentials."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any, Final

from localcloud.states.language.errors import DefinitionError
from localcloud.states.language.scope import Json
from localcloud.states.validation.context import Context
from localcloud.states.validation.templates import check_jsonata, check_path, check_payload
from localcloud.states.validation.values import LONGEST, is_type, number, required, supported, typed

_ARN: Final = re.compile(
    r"arn:[\w-]+:(?:lambda:[\w-]*:\d*:function:\S+|states:[\w-]*:\d*:activity:\S+"
    r"|states:[\w-]*:\d*:(?P<integration>[\w-]+:\S+))"
)
_PATTERN: Final = re.compile(r"\.(sync|waitForTaskToken)(:\d+)?$")
_ARGUMENTS: Final = {
    "unknown_arguments": "The field '{argument}' is not supported by Step Functions",
    "missing_arguments": "The field '{argument}' is required but was missing",
}


def check_task(context: Context, state: Mapping[str, Json]) -> None:
    """Check what a Task adds to a state."""
    if required(context, state, "Resource") and typed(context, state, "Resource", "String"):
        _check_resource(context, state, state["Resource"])
    _check_limits(context, state)
    if typed(context, state, "Credentials", "Object"):
        _check_credentials(context, state)


def _check_resource(context: Context, state: Mapping[str, Json], resource: str) -> None:
    parts = _ARN.fullmatch(resource)
    if parts is None:
        context.schema("Value is not a valid resource ARN", "Resource")
        return
    pattern = _PATTERN.search(resource)
    if context.whole.kind == "EXPRESS":
        if ":activity:" in resource:
            context.schema("Express state machine does not support Activity ARN", "Resource")
        elif pattern is not None and parts["integration"]:
            message = f"Express state machine does not support '.{pattern[1]}' service integration"
            context.schema(message, "Resource")
    if parts["integration"] and ":activity:" not in resource:
        _check_integration(context, state, resource)


def _check_integration(context: Context, state: Mapping[str, Json], resource: str) -> None:
    find = _part("table", "integration")
    if find is None:
        return
    try:
        integration = find(resource)
    except DefinitionError as error:
        context.schema(str(error), "Resource")
        return
    if integration.absence is not None:
        message = f"{integration.absence}: an execution fails at this state"
        context.report.warning("SERVICE_NOT_SERVED", message, f"{context.at}/Resource")
    field = "Arguments" if context.is_jsonata else "Parameters"
    for name, message in _ARGUMENTS.items():
        check = _part("arguments", name)
        for argument in check(integration, state.get(field, {})) if check is not None else ():
            context.schema(message.format(argument=argument), field)


@cache
def _part(module: str, name: str) -> Callable[..., Any] | None:
    """Return a function of the integrations' package, where it is."""
    try:
        part = getattr(import_module(f"localcloud.states.integrations.{module}"), name, None)
    except ImportError:
        return None
    return part if callable(part) else None


def _check_limits(context: Context, state: Mapping[str, Json]) -> None:
    for name in ("TimeoutSeconds", "HeartbeatSeconds"):
        number(context, state, name, 1, LONGEST)
        check_path(context, state, f"{name}Path")
    limit: Json = state.get("TimeoutSeconds")
    heartbeat: Json = state.get("HeartbeatSeconds")
    if is_type(limit, "Integer") and is_type(heartbeat, "Integer") and heartbeat >= limit:
        context.schema("HeartbeatSeconds must be smaller than TimeoutSeconds")


def _check_credentials(context: Context, state: Mapping[str, Json]) -> None:
    credentials, place = state["Credentials"], context.below("Credentials")
    names = {"RoleArn"} if context.is_jsonata else {"RoleArn", "RoleArn.$"}
    supported(place, credentials, names)
    if not names & credentials.keys():
        place.schema("The field 'RoleArn' is required but was missing")
    if ":activity:" in str(state.get("Resource")):
        place.schema("The field 'Credentials' is not supported for activities")
    if context.is_jsonata:
        check_jsonata(place, credentials)
    else:
        check_payload(context, state, "Credentials")
