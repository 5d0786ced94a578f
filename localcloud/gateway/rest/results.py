"""What a function answers to a proxy event, read strictly, and made into an HTTP answer."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from typing import Final

from localcloud.gateway.answers import ApiResponse
from localcloud.gateway.errors import IntegrationFailed
from localcloud.gateway.requests import JSON
from localcloud.gateway.rest.events import is_binary

# API Gateway keeps these for itself, and gives the function's under another name ("Important notes").
_REMAPPED: Final = frozenset(
    {"connection", "content-length", "date", "host", "server", "user-agent", "www-authenticate"}
)
_DROPPED: Final = frozenset({"transfer-encoding", "trailer", "upgrade"})
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BAD_VALUE: Final = re.compile("[\x00-\x08\x0a-\x1f\x7f]")


def read_result(result: JSON, *, accept: str, binary_media_types: tuple[str, ...]) -> ApiResponse:
    """Return the answer that a function's result describes.

    Raises
    ------
    IntegrationFailed
        When the result is malformed: AWS answers 502 and says why in the log alone.

    Examples
    --------
    >>> read_result({"statusCode": 200, "body": "hi"}, accept="", binary_media_types=())
    ApiResponse(status=200, headers=(('Content-Type', 'application/json'),), body=b'hi')
    """
    if not isinstance(result, Mapping):
        raise IntegrationFailed("it is no JSON object with a statusCode")
    status, headers = read_head(result)
    return ApiResponse(status, headers, _body(result, accept, binary_media_types))


def read_head(result: Mapping[str, JSON]) -> tuple[int, tuple[tuple[str, str], ...]]:
    """Return status and headers that a function's result, or the prelude of its stream, describes.

    Raises
    ------
    IntegrationFailed
        When it is malformed.
    """
    headers = _headers(result)
    if all(name.lower() != "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    return _status(result.get("statusCode")), tuple(headers)


def _status(value: JSON) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:4])
    if isinstance(value, bool) or not isinstance(value, int) or not 200 <= value <= 599:
        raise IntegrationFailed("statusCode is no number from 200 to 599")
    return value


def _headers(result: Mapping[str, JSON]) -> list[tuple[str, str]]:
    single, several = result.get("headers"), result.get("multiValueHeaders")
    # A header that is in both has the values of both, and none of them twice.
    merged: dict[str, list[str]] = {}
    spelled: dict[str, str] = {}
    for name, values in _each(several):
        if not isinstance(values, list):
            raise IntegrationFailed(f"multiValueHeaders has no list for {name!r}")
        merged.setdefault(spelled.setdefault(name.lower(), name), []).extend(_text(v) for v in values)
    for name, value in _each(single):
        gathered = merged.setdefault(spelled.setdefault(name.lower(), name), [])
        text = _text(value)
        if text not in gathered:
            gathered.append(text)
    return sent_headers((name, text) for name, texts in merged.items() for text in texts)


def sent_headers(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return a backend's headers as clients get them: without those that the gateway keeps for itself.

    Raises
    ------
    IntegrationFailed
        A name is none.

    Examples
    --------
    >>> sent_headers([("Server", "x"), ("Trailer", "y"), ("ETag", "z")])
    [('x-amzn-Remapped-Server', 'x'), ('ETag', 'z')]
    """
    sent: list[tuple[str, str]] = []
    for name, text in headers:
        if not _NAME.fullmatch(name):
            raise IntegrationFailed(f"{name!r} is no name of a header")
        lowered = name.lower()
        if lowered not in _DROPPED:
            sent.append((f"x-amzn-Remapped-{name}" if lowered in _REMAPPED else name, text))
    return sent


def _each(headers: JSON) -> Iterable[tuple[str, JSON]]:
    if headers is None:
        return ()
    if not isinstance(headers, Mapping):
        raise IntegrationFailed("headers are no JSON object")
    return headers.items()


def _text(value: JSON) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (str, int, float)):
        raise IntegrationFailed("a header's value is no text, number or boolean")
    text = str(value)
    if _BAD_VALUE.search(text):
        raise IntegrationFailed("a header's value holds a control character")
    # A header goes out as UTF-8, and half of a surrogate pair has none.
    return text.encode(errors="replace").decode()


def _body(result: Mapping[str, JSON], accept: str, binary_media_types: tuple[str, ...]) -> bytes:
    body, encoded = result.get("body"), result.get("isBase64Encoded")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise IntegrationFailed("body is no string (json.dumps makes one)")
    if not (encoded is None or isinstance(encoded, bool)):
        raise IntegrationFailed("isBase64Encoded is no boolean")
    # Decoded only for clients that ask for a binary type first: else they get the base64 text itself.
    if encoded and is_binary(accept, binary_media_types):
        try:
            return base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError):
            raise IntegrationFailed("body is no base64, as isBase64Encoded says") from None
    return body.encode(errors="replace")
