"""How an operation of the REST API is written down, with what may happen to any request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tools.openapi_schemas import Json, reference

EVERYWHERE = {
    "401": "Unauthorized",
    "429": "TooManyRequests",
    "500": "InternalError",
    "503": "TryAgain",
    "504": "GatewayTimeout",
}
"""What may happen to any request of a caller."""

_WRITTEN = {
    "RetryAfter": "Retry-After",
    "PreferenceApplied": "Preference-Applied",
    "CacheControl": "Cache-Control",
}


def operation(
    name: str,
    tag: str,
    summarized: str,
    description: str,
    *,
    responses: Mapping[str, Json | str],
    parameters: Sequence[str] = (),
    body: Json | None = None,
) -> Json:
    """Return an operation with its answers, and those of any request."""
    every: dict[str, Json] = {
        status: reference(answer, "responses") if isinstance(answer, str) else answer
        for status, answer in sorted({**responses, **EVERYWHERE}.items())
    }
    described: Json = {
        "operationId": name,
        "tags": [tag],
        "summary": summarized,
        "description": description,
        "parameters": [reference(parameter, "parameters") for parameter in parameters],
        "requestBody": body,
        "responses": every,
    }
    return {key: value for key, value in described.items() if value}


def answer(
    description: str, schema: Json, example: object, *, headers: Sequence[str] = (), links: bool = False
) -> Json:
    """Return an answer of success with its example."""
    response: Json = {
        "description": description,
        "headers": headers_of(headers),
        "content": {"application/json": {"schema": schema, "example": example}},
    }
    if links:
        response["links"] = {
            operation: {"operationId": operation, "parameters": {"order_id": "$response.body#/id"}}
            for operation in ("getOrder", "getOrderHistory", "cancelOrder")
        }
    return response


def headers_of(names: Sequence[str]) -> Json:
    """Return references to headers of answers."""
    return {_WRITTEN.get(name, name): reference(name, "headers") for name in names}
