"""``http:invoke``: tasks that call any address, with the authorization of a connection."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from localcloud.states.integrations import connections, failures, messages, metadata, text
from localcloud.states.integrations.table import Integration
from localcloud.states.integrations.transport import TaskReply, Transport
from localcloud.states.language.errors import EvaluationError, StatesError
from localcloud.states.language.scope import Json

_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json; charset=UTF-8"
# Definitions may not set these; the guide lists them.
_FORBIDDEN: Final = re.compile(
    r"a-im|accept-(?:charset|datetime|encoding)|authorization|cache-control|connection|content-encoding"
    r"|content-md5|date|expect|forwarded|from|host|http2-settings|if-.*|max-forwards|origin|pragma"
    r"|proxy-authorization|referer|server|te|trailer|transfer-encoding|upgrade|via|warning"
    r"|x-forwarded-.*|x-amz-.*|x-amzn-.*"
)
_BINARY: Final = re.compile(r"\s*(?:application/octet-stream|image/|video/|audio/)", re.IGNORECASE)


async def call(
    entry: Integration, arguments: dict[str, Json], transport: Transport, context: Mapping[str, Json]
) -> Json:
    """Carry out ``http:invoke``.

    Raises
    ------
    StatesError
        ``States.Http.StatusCode.404`` for such a status, with the answer as the cause;
        ``States.Http.Socket`` where there is none.
    """
    headers = messages.headers_of(arguments.get("Headers"))
    refused = [name for name in headers if _FORBIDDEN.fullmatch(name.lower())]
    if refused:
        raise EvaluationError("States.Runtime", f"The header {refused[0]} is not supported by HTTP Task.")
    query: dict[str, Json] = dict(arguments.get("QueryParameters") or {})
    content = arguments.get("RequestBody")
    place = arguments.get("Authentication") or arguments.get("InvocationConfig") or {}
    if place.get("ConnectionArn"):
        extra = await connections.additions(str(place["ConnectionArn"]), transport)
        messages.override(headers, extra.headers)
        query |= extra.query
        content = _merged(content, extra.body)
    body = _body(arguments, headers, content)
    region = str((context.get("Execution") or {}).get("Id", ":::")).split(":")[3]
    messages.override(
        headers, {"User-Agent": f"Amazon|StepFunctions|HttpInvoke|{region}", "Range": "bytes=0-262144"}
    )
    url = messages.with_query(str(arguments["ApiEndpoint"]), query)
    try:
        reply = await transport.fetch(str(arguments["Method"]), url, headers, body)
    except OSError as error:
        raise StatesError("States.Http.Socket", str(error)) from error
    return _result(entry, reply)


def _merged(content: Json, extra: dict[str, str]) -> Json:
    if not extra:
        return content
    if isinstance(content, str):
        raise EvaluationError(
            "States.Runtime", "A request body that is a string cannot be merged with the connection's."
        )
    return {**(content or {}), **extra}


def _body(arguments: Mapping[str, Json], headers: dict[str, str], content: Json) -> bytes:
    if content is None:
        return b""
    transform = arguments.get("Transform") or {}
    if transform.get("RequestBodyEncoding") == "URL_ENCODED":
        options = transform.get("RequestEncodingOptions") or {}
        messages.set_default(headers, "Content-Type", _FORM)
        return messages.form_of(content, str(options.get("ArrayFormat", "INDICES"))).encode()
    messages.set_default(headers, "Content-Type", _JSON)
    return text.text_of(content).encode()


def _result(entry: Integration, reply: TaskReply) -> Json:
    if len(reply.body) > failures.LIMIT_BYTES:
        raise failures.too_large(entry)
    try:
        answer = reply.body.decode()
    except UnicodeDecodeError as error:
        raise EvaluationError("States.Runtime", "The response could not be read as a string.") from error
    kind = metadata.header(reply, "content-type") or ""
    if _BINARY.match(kind):
        raise EvaluationError("States.Runtime", f"The content type {kind} is not supported by HTTP Task.")
    if reply.status >= 300:
        raise StatesError(f"States.Http.StatusCode.{reply.status}", answer or None)
    return messages.result(reply)
