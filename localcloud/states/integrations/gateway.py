"""``apigateway:invoke``: tasks that call an API of API Gateway."""

from __future__ import annotations

from collections.abc import Mapping

from localcloud.states.integrations import failures, messages, text
from localcloud.states.integrations.table import Integration
from localcloud.states.integrations.transport import Transport
from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import Json


async def call(
    entry: Integration, arguments: dict[str, Json], transport: Transport, context: Mapping[str, Json]
) -> Json:
    """Carry out ``apigateway:invoke``.

    Raises
    ------
    StatesError
        ``ApiGateway.404`` for such a status, with the answer as the cause.
    """
    headers = messages.headers_of(arguments.get("Headers"))
    content = arguments.get("RequestBody")
    if not arguments.get("AllowNullValues"):
        content = _without_nulls(content)
    body = b""
    if content is not None:
        messages.set_default(headers, "Content-Type", "application/json")
        body = text.text_of(content).encode()
    url = messages.with_query(_url(arguments), _without_nulls(arguments.get("QueryParameters")) or {})
    try:
        reply = await transport.fetch(str(arguments["Method"]), url, headers, body)
    except OSError as error:
        raise failures.client_failure(entry, f"Unable to execute HTTP request: {error}") from error
    if len(reply.body) > failures.LIMIT_BYTES:
        raise failures.too_large(entry)
    if reply.status >= 400:
        raise StatesError(f"ApiGateway.{reply.status}", reply.body.decode(errors="replace") or None)
    return messages.result(reply)


def _url(arguments: Mapping[str, Json]) -> str:
    endpoint = str(arguments["ApiEndpoint"]).rstrip("/")
    if "://" not in endpoint:
        endpoint = f"https://{endpoint}"
    parts = [str(arguments[name]).strip("/") for name in ("Stage", "Path") if arguments.get(name)]
    return "/".join([endpoint, *parts])


def _without_nulls(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value if item is not None]
    return value
