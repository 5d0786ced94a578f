"""Requests' documents, read into values; what AWS's model forbids is refused."""

from __future__ import annotations

import json
import re
from typing import Final, cast, get_args

from localcloud.functions.durable.errors import InvalidParameter
from localcloud.functions.durable.model import Action, Document, ErrorObject, OperationType, Update
from localcloud.functions.model import JSON

_ID: Final = re.compile(r"[a-zA-Z0-9-_]{1,64}")
_NAME: Final = re.compile(r"[\x20-\x7E]{1,256}")
_SUB_TYPE: Final = re.compile(r"[a-zA-Z0-9-_]{1,32}")
_EXECUTION_NAME: Final = re.compile(r"[a-zA-Z0-9-_]{1,64}")
_FUNCTION: Final = re.compile(r"[a-zA-Z0-9-_.:$]{1,256}")
_TENANT: Final = re.compile(r"[a-zA-Z0-9._:/=+\-@ ]{1,256}")
YEAR: Final = 31_622_400
_LONGEST_CALLBACK: Final = 99_999_999


def document_of(body: bytes) -> Document:
    """Read a request's body; an empty one has no members."""
    try:
        document = json.loads(body or b"{}")
    except ValueError as error:
        raise InvalidParameter(f"Could not parse the request body: {error}") from error
    if not isinstance(document, dict):
        raise InvalidParameter("The request body is no JSON object")
    return document


def execution_name(name: str) -> str:
    """Return an execution's name."""
    if not _EXECUTION_NAME.fullmatch(name):
        raise InvalidParameter(f"The durable execution name {name!r} does not match [a-zA-Z0-9-_]{{1,64}}")
    return name


def offset(marker: str, kind: str) -> int:
    """Return where the page of a marker begins; without a marker that is the first.

    Examples
    --------
    >>> offset("h20", "h"), offset("", "h")
    (20, 0)
    """
    if not marker:
        return 0
    if not marker.startswith(kind) or not marker[1:].isdecimal():
        raise InvalidParameter(f"Invalid Marker {marker}")
    return int(marker[1:])


def text(document: Document, name: str, pattern: re.Pattern[str] | None = None) -> str | None:
    """Return a member that is text, or None where there is none."""
    value = document.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise InvalidParameter(f"{name} must be a string")
    if pattern is not None and not pattern.fullmatch(value):
        raise InvalidParameter(f"{name} does not match {pattern.pattern}")
    return value


def error_member(value: JSON) -> ErrorObject | None:
    """Return an ErrorObject."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise InvalidParameter("Error must be an object")
    error = {name: text(value, name) for name in ("ErrorMessage", "ErrorType", "ErrorData")}
    document: ErrorObject = {name: content for name, content in error.items() if content is not None}
    trace = value.get("StackTrace")
    if trace is not None:
        if not isinstance(trace, list):
            raise InvalidParameter("StackTrace must be a list")
        document["StackTrace"] = trace
    return document


def updates_of(value: JSON) -> list[Update]:
    """Read a checkpoint's updates.

    Raises
    ------
    InvalidParameter
        One of them is not of AWS's model.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidParameter("Updates must be a list")
    return [_update(document) for document in value]


def _update(value: JSON) -> Update:
    if not isinstance(value, dict):
        raise InvalidParameter("An update must be an object")
    key, kind, action = text(value, "Id", _ID), value.get("Type"), value.get("Action")
    if key is None:
        raise InvalidParameter("An update must have an Id")
    if kind not in get_args(OperationType):
        raise InvalidParameter(f"{kind} is no type of an operation")
    if action not in get_args(Action):
        raise InvalidParameter(f"{action} is no action of an update")
    step, wait = _options(value, "StepOptions"), _options(value, "WaitOptions")
    callback, chained = _options(value, "CallbackOptions"), _options(value, "ChainedInvokeOptions")
    function = text(chained, "FunctionName", _FUNCTION)
    if action == "START" and kind == "CHAINED_INVOKE" and function is None:
        raise InvalidParameter("ChainedInvokeOptions must have a FunctionName")
    seconds = _number(wait, "WaitSeconds", 1, YEAR)
    if action == "START" and kind == "WAIT" and seconds is None:
        raise InvalidParameter("WaitOptions must have WaitSeconds")
    return Update(
        id=key,
        type=cast("OperationType", kind),
        action=cast("Action", action),
        parent=text(value, "ParentId", _ID),
        name=text(value, "Name", _NAME),
        sub_type=text(value, "SubType", _SUB_TYPE),
        payload=text(value, "Payload"),
        error=error_member(value.get("Error")),
        replay_children=bool(_options(value, "ContextOptions").get("ReplayChildren")),
        delay=_number(step, "NextAttemptDelaySeconds", 1, YEAR),
        wait=seconds,
        timeout=_number(callback, "TimeoutSeconds", 0, _LONGEST_CALLBACK) or 0,
        heartbeat=_number(callback, "HeartbeatTimeoutSeconds", 0, _LONGEST_CALLBACK) or 0,
        function=function or "",
        tenant=text(chained, "TenantId", _TENANT),
    )


def _options(document: Document, name: str) -> Document:
    value = document.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidParameter(f"{name} must be an object")
    return value


def _number(document: Document, name: str, least: int, most: int) -> int | None:
    value = document.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidParameter(f"{name} must be a whole number from {least} to {most}")
    return value
