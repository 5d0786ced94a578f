"""What a function answers to an HTTP API, made into an HTTP answer."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

from localcloud.gateway.answers import ApiResponse
from localcloud.gateway.definitions.http import Version
from localcloud.gateway.errors import IntegrationFailed
from localcloud.gateway.prelude import with_cookies
from localcloud.gateway.requests import JSON
from localcloud.gateway.rest.results import read_head


def read_http_result(result: JSON, version: Version) -> ApiResponse:
    """Return the answer that a result describes.

    Format 2.0 takes a result without ``statusCode`` for the body itself; format 1.0 does not.

    Raises
    ------
    IntegrationFailed
        When the result is malformed.

    Examples
    --------
    >>> read_http_result({"hello": "you"}, "2.0").body
    b'{"hello":"you"}'
    >>> read_http_result({"statusCode": 204, "cookies": ["a=1"]}, "2.0").headers
    (('Set-Cookie', 'a=1'), ('Content-Type', 'text/plain;charset=UTF-8'))
    """
    if not isinstance(result, Mapping) or "statusCode" not in result:
        if version == "1.0":
            raise IntegrationFailed("it is no JSON object with a statusCode")
        text = result if isinstance(result, str) else json.dumps(result, separators=(",", ":"))
        return ApiResponse(200, (("Content-Type", "application/json"),), text.encode(errors="replace"))
    if version == "2.0":
        result = {**result, "multiValueHeaders": with_cookies({**result, "multiValueHeaders": None})}
    typed = any(name.lower() == "content-type" for name in _names(result))
    status, headers = read_head(result)
    if not typed:
        headers = (*(pair for pair in headers if pair[0] != "Content-Type"), ("Content-Type", _PLAIN))
    return ApiResponse(status, headers, _body(result))


_PLAIN = "text/plain;charset=UTF-8"


def _names(result: Mapping[str, JSON]) -> list[str]:
    groups = (result.get("headers"), result.get("multiValueHeaders"))
    return [str(name) for group in groups if isinstance(group, Mapping) for name in group]


def _body(result: Mapping[str, JSON]) -> bytes:
    body = result.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise IntegrationFailed("body is no string (json.dumps makes one)")
    if result.get("isBase64Encoded") is not True:
        return body.encode(errors="replace")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise IntegrationFailed("body is no base64, as isBase64Encoded says") from None
