"""What a function answers to a function URL, made into an HTTP answer; and its CORS headers."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

from localcloud.gateway.answers import ApiResponse
from localcloud.gateway.definitions.urls import Cors
from localcloud.gateway.errors import AccessDenied, IntegrationFailed
from localcloud.gateway.prelude import with_cookies
from localcloud.gateway.requests import JSON, Incoming
from localcloud.gateway.rest.results import read_head


class UrlForbidden(AccessDenied):
    """A call needs a signature, or there is no such function URL."""

    message = "Forbidden"


class UrlFailed(IntegrationFailed):
    """The function failed, or its answer is malformed; AWS's text is no JSON."""

    def body(self) -> bytes:
        """Return the body of the answer."""
        return b"Internal Server Error"


def read_url_result(result: JSON) -> ApiResponse:
    """Return the answer that a result describes: without ``statusCode`` it is the body itself.

    Raises
    ------
    IntegrationFailed
        When the result is malformed.

    Examples
    --------
    >>> read_url_result({"hello": "you"})
    ApiResponse(status=200, headers=(('Content-Type', 'application/json'),), body=b'{"hello":"you"}')
    """
    if not isinstance(result, Mapping) or "statusCode" not in result:
        text = result if isinstance(result, str) else json.dumps(result, separators=(",", ":"))
        return ApiResponse(200, (("Content-Type", "application/json"),), text.encode(errors="replace"))
    status, headers = read_head({**result, "multiValueHeaders": with_cookies({**result, **_NO_LISTS})})
    body = result.get("body")
    if body is None:
        return ApiResponse(status, headers)
    text = body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))
    if result.get("isBase64Encoded") is not True:
        return ApiResponse(status, headers, text.encode(errors="replace"))
    try:
        return ApiResponse(status, headers, base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        raise IntegrationFailed("body is no base64, as isBase64Encoded says") from None


_NO_LISTS: Mapping[str, JSON] = {"multiValueHeaders": None}  # format 2.0 has none


def cors_headers(cors: Cors | None, incoming: Incoming, *, preflight: bool) -> list[tuple[str, str]]:
    """Return the headers for a request from a page; none where its origin is not allowed."""
    origin = incoming.lowered.get("origin", "")
    if cors is None or not origin or not ("*" in cors.origins or origin in cors.origins):
        return []
    anyone = "*" in cors.origins and not cors.credentials
    headers = [("Access-Control-Allow-Origin", "*" if anyone else origin)]
    headers += [] if anyone else [("Vary", "Origin")]
    headers += [("Access-Control-Allow-Credentials", "true")] if cors.credentials else []
    headers += [("Access-Control-Expose-Headers", ",".join(cors.exposed))] if cors.exposed else []
    if preflight:
        headers += [("Access-Control-Allow-Methods", ",".join(cors.methods))] if cors.methods else []
        headers += [("Access-Control-Allow-Headers", ",".join(cors.headers))] if cors.headers else []
        headers += [("Access-Control-Max-Age", str(cors.max_age))] if cors.max_age is not None else []
    return headers
