"""HTTP calls to the engine, signed with SigV4, and to other hosts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp
from yarl import URL

from localcloud.appsync.definition import JSON
from localcloud.aws import EngineAddress

TIMEOUT: Final = 30.0
"""Seconds: AppSync's limit for a request as a whole."""


class AnswerTooLarge(Exception):
    """The body of an answer is longer than was allowed."""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, whole."""

    status: int
    headers: Mapping[str, str]
    body: str


async def _read(response: aiohttp.ClientResponse, limit: int | None) -> bytes:
    if limit is None:
        return await response.read()
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_chunked(65_536):
        size += len(chunk)
        if size > limit:
            raise AnswerTooLarge
        chunks.append(chunk)
    return b"".join(chunks)


def _text(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset, "replace")
    except LookupError:  # a character set that nobody knows
        return body.decode("utf-8", "replace")


class EngineHttp:
    """One pool of connections, and AWS signatures by the local account's key."""

    def __init__(self, engine: EngineAddress) -> None:
        self.engine = engine
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        # Made on first use: a session belongs to the running loop.
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=TIMEOUT, connect=5),
                connector=aiohttp.TCPConnector(limit=256),
                auto_decompress=True,
            )
        return self._session

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def signed(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], *, service: str, region: str
    ) -> dict[str, str]:
        """Return the headers with those of a SigV4 signature."""
        return self.engine.signed(method, url, body, headers, service=service, region=region)

    async def send(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], *, limit: int | None = None
    ) -> Answer:
        """Send a request and read the whole answer; redirects are answers too.

        Parameters
        ----------
        limit
            How many bytes the answer's body may have.

        Raises
        ------
        AnswerTooLarge
            It has more.
        aiohttp.ClientError, TimeoutError
            The host cannot be reached, or does not answer in 30 seconds.
        """
        async with self._open().request(
            # What was signed is what is sent: no second encoding of the path.
            method,
            URL(url, encoded=True),
            data=body or None,
            headers=headers,
            allow_redirects=False,
        ) as response:
            text = _text(await _read(response, limit), response.charset or "utf-8")
            merged: dict[str, str] = {}
            for name, value in response.headers.items():
                merged[name] = f"{merged[name]}, {value}" if name in merged else value
            return Answer(response.status, merged, text)

    async def json_api(self, service: str, target: str, version: str, document: JSON, region: str) -> Answer:
        """Call an operation of a service that speaks AWS's JSON protocol at the engine."""
        url, body = f"{self.engine.endpoint}/", json.dumps(document).encode()
        headers = {"Content-Type": f"application/x-amz-json-{version}", "X-Amz-Target": target}
        return await self.send(
            "POST", url, body, self.signed("POST", url, body, headers, service=service, region=region)
        )
