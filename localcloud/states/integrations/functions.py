"""Functions: ``lambda:invoke``, the SDK's Invoke, and functions named by their own ARNs."""

from __future__ import annotations

import json
from typing import Final

from localcloud.states.integrations import failures, metadata, text
from localcloud.states.integrations.table import Integration
from localcloud.states.integrations.transport import InvocationType, InvokeReply, Transport
from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import Json

# What the Lambda service's statuses mean where it does not say.
_CODES: Final = {
    400: "InvalidParameterValueException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    409: "ResourceConflictException",
    413: "RequestTooLargeException",
    429: "TooManyRequestsException",
}
TIMED_OUT: Final = 504


def _payload(value: Json) -> bytes:
    """Return what the function gets: ``{}`` for nothing, and JSON in a string as that JSON."""
    if value is None:
        return b"{}"
    if isinstance(value, str):
        try:
            json.loads(value)
        except ValueError:
            pass
        else:
            return value.encode()
    return text.compact(value).encode()


def _trace(identifier: str) -> str:
    digits = identifier.replace("-", "")
    return f"Root=1-{digits[:8]}-{digits[8:]};Sampled=0"


def _returned(payload: bytes) -> Json:
    try:
        return json.loads(payload)
    except ValueError:
        return payload.decode(errors="replace")


async def invoke(entry: Integration, arguments: Json, transport: Transport, limit: float | None) -> Json:
    """Carry out ``lambda:invoke`` or ``aws-sdk:lambda:invoke``."""
    function = str(arguments["FunctionName"])
    qualifier = arguments.get("Qualifier")
    if qualifier is not None:
        function = f"{function}:{qualifier}"
    payload = arguments.get("Payload")
    kind: InvocationType = arguments.get("InvocationType") or "RequestResponse"
    reply = await transport.invoke(
        function,
        _payload(payload) if entry.optimized else text.text_of(payload or {}).encode(),
        kind=kind,
        client_context=arguments.get("ClientContext"),
        limit=limit,
    )
    _refuse(entry, function, reply)
    if len(reply.payload) > failures.LIMIT_BYTES:
        raise failures.too_large(entry)
    if not entry.optimized:
        return _sdk_result(reply)
    if reply.function_error:
        raise _error(reply.payload, reply.payload.decode(errors="replace"), compact=True)
    identifier = text.request_id()
    version = reply.executed_version or "$LATEST"
    headers = {
        "Connection": "keep-alive",
        "Content-Length": str(len(reply.payload)),
        "Content-Type": "application/json",
        "Date": text.date(),
        "X-Amz-Executed-Version": version,
        "x-amzn-Remapped-Content-Length": "0",
        "x-amzn-RequestId": identifier,
        "X-Amzn-Trace-Id": _trace(identifier),
    }
    if kind != "RequestResponse":
        for name in ("X-Amz-Executed-Version", "Content-Type"):
            del headers[name]
        return {**metadata.exchange(headers, identifier, reply.status), "StatusCode": reply.status}
    return {
        "ExecutedVersion": version,
        **(
            {"LogResult": reply.log_result} if reply.log_result and arguments.get("LogType") == "Tail" else {}
        ),
        "Payload": _returned(reply.payload),
        **metadata.exchange(headers, identifier, reply.status),
        "StatusCode": reply.status,
    }


async def invoke_by_arn(entry: Integration, event: Json, transport: Transport, limit: float | None) -> Json:
    """Call the function that a Task's Resource is; the result is what it returns."""
    reply = await transport.invoke(
        entry.resource, text.compact(event).encode(), kind="RequestResponse", client_context=None, limit=limit
    )
    _refuse(entry, entry.resource, reply)
    if len(reply.payload) > failures.LIMIT_BYTES:
        raise failures.too_large(entry)
    if reply.function_error:
        raise _error(reply.payload, reply.payload.decode(errors="replace"), compact=False)
    return _returned(reply.payload) if reply.payload else None


def _refuse(entry: Integration, function: str, reply: InvokeReply) -> None:
    """Raise the error of a request that the Lambda service did not carry out."""
    if reply.status == TIMED_OUT:
        raise StatesError("States.Timeout")
    if reply.status < 300:
        return
    record = _returned(reply.payload)
    record = record if isinstance(record, dict) else {}
    code = reply.error_code or record.get("__type") or record.get("code") or _CODES.get(reply.status)
    code = str(code or "ServiceException").rpartition("#")[2]
    message = str(record.get("Message") or record.get("message") or code)
    if code == "ResourceNotFoundException" and message.startswith("Function not found: arn:"):
        # Step Functions always invokes a version.
        message = message if message.count(":") > 7 else f"{message}:$LATEST"
    raise failures.failure(entry, code, message, reply.status, text.request_id())


def _error(payload: bytes, source: str, *, compact: bool) -> StatesError:
    """Return a function's own error: its type, and the record of it as the cause."""
    record = _returned(payload)
    kind = record.get("errorType") if isinstance(record, dict) else None
    if not kind:
        return StatesError(
            "Lambda.Unknown",
            "The cause could not be determined because Lambda did not return an error type. "
            f"Returned payload: {source}",
        )
    return StatesError(str(kind), text.compact(record) if compact else source)


def _sdk_result(reply: InvokeReply) -> Json:
    return {
        **({"ExecutedVersion": reply.executed_version} if reply.executed_version else {}),
        **({"FunctionError": reply.function_error} if reply.function_error else {}),
        "Payload": reply.payload.decode(errors="replace"),
        "StatusCode": reply.status,
    }
