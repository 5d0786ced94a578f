"""HTTP answers, with the headers that API Gateway adds to each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web
from multidict import CIMultiDict

from localcloud.gateway.errors import GatewayRefused, IntegrationFailed
from localcloud.gateway.ids import new_request_id, new_short_id
from localcloud.gateway.requests import Incoming


@dataclass(frozen=True)
class ApiResponse:
    """An answer to send: headers in their order, a name as often as it has values."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def respond(incoming: Incoming, answer: ApiResponse, added: Iterable[tuple[str, str]] = ()) -> web.Response:
    """Return an answer as it is sent."""
    headers = signed_off(incoming, answer.headers, added)
    try:
        return web.Response(status=answer.status, headers=headers, body=answer.body)
    except ValueError:  # what the server itself takes for no header
        raise IntegrationFailed("a header is none that can be sent") from None


def signed_off(
    incoming: Incoming, headers: Iterable[tuple[str, str]], added: Iterable[tuple[str, str]] = ()
) -> CIMultiDict[str]:
    """Return an answer's headers with those of the gateway."""
    signed = CIMultiDict(headers)
    signed["x-amzn-RequestId"] = incoming.request_id
    signed["x-amz-apigw-id"] = incoming.extended_id
    for name, value in added:
        signed[name] = value
    return signed


def refusal(problem: GatewayRefused, incoming: Incoming | None = None) -> web.Response:
    """Return the answer to a request that the gateway refuses; some are refused before they are read."""
    return web.Response(
        status=problem.status,
        headers={
            "x-amzn-RequestId": incoming.request_id if incoming else new_request_id(),
            "x-amz-apigw-id": incoming.extended_id if incoming else new_short_id(),
            "x-amzn-ErrorType": problem.error_type,
            "Content-Type": "application/json",
            **problem.headers,
        },
        body=problem.body() if problem.text is None else problem.text,
    )
