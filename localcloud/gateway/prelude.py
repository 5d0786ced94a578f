"""What precedes a streamed response: a JSON document with its status and headers, then eight NUL bytes.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Final

from localcloud.gateway.errors import IntegrationFailed
from localcloud.gateway.requests import JSON

SEPARATOR: Final = b"\0" * 8
LIMIT: Final = 16 * 1024
"""Within so many bytes of the stream the separator must come."""


class PreludeReader:
    """Reads a prelude out of pieces.

    Examples
    --------
    >>> reader = PreludeReader()
    >>> reader.feed(b'{"statusCode": 200}' + bytes(5)) is None
    True
    >>> reader.feed(bytes(3) + b"hello")
    ({'statusCode': 200}, b'hello')
    """

    def __init__(self) -> None:
        self._read = bytearray()

    def feed(self, piece: bytes) -> tuple[Mapping[str, JSON], bytes] | None:
        """Take a piece; return the prelude and what follows it as soon as it is complete.

        Raises
        ------
        IntegrationFailed
            It is none: AWS answers 502.
        """
        begin = max(0, len(self._read) - len(SEPARATOR) + 1)
        self._read += piece
        end = self._read.find(SEPARATOR, begin)
        if end < 0 and len(self._read) < LIMIT:
            return None
        if end < 0 or end + len(SEPARATOR) > LIMIT:
            raise IntegrationFailed("the stream's prelude does not end within 16 KB")
        try:
            document = json.loads(self._read[:end])
        except (ValueError, RecursionError):
            raise IntegrationFailed("the stream's prelude is no JSON") from None
        if not isinstance(document, dict):
            raise IntegrationFailed("the stream's prelude is no JSON object")
        return document, bytes(self._read[end + len(SEPARATOR) :])


async def read_prelude(pieces: AsyncIterator[bytes]) -> tuple[Mapping[str, JSON], bytes]:
    """Return a stream's prelude and the beginning of its body.

    Raises
    ------
    IntegrationFailed
        The stream has none, or ends before it is complete.
    """
    reader = PreludeReader()
    async for piece in pieces:
        prelude = reader.feed(piece)
        if prelude is not None:
            return prelude
    raise IntegrationFailed("the stream begins with no prelude")


def with_cookies(prelude: Mapping[str, JSON]) -> Mapping[str, JSON]:
    """Return a prelude's headers of several values, its cookies among them."""
    several, cookies = prelude.get("multiValueHeaders"), prelude.get("cookies")
    if cookies is None:
        cookies = []
    if not isinstance(several or {}, dict) or not isinstance(cookies, list):
        raise IntegrationFailed("multiValueHeaders are no JSON object, or cookies are no list")
    headers = dict(several or {})  # type: ignore[arg-type] # a mapping, as has been looked at
    return {**headers, "Set-Cookie": cookies} if cookies else headers
