"""HTTP calls to the engine, over connections that are kept and with few steps, and to other hosts."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.message import Message
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from localcloud.aws import Credentials, EngineAddress
from localcloud.aws.signing import is_plain, signed
from localcloud.calls import AnswerTooLarge, JsonApi, NoAnswer, TimedOut
from localcloud.processes.stopwatch import Overhead

TIMEOUT: Final = 30.0
"""Seconds: AppSync's limit for a request as a whole. What the local cloud adds does not count."""


@dataclass(frozen=True)
class EngineResponse:
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
            raise AnswerTooLarge(f"the answer has more than {limit} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def _text(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset, "replace")
    except LookupError:  # an unknown character set
        return body.decode("utf-8", "replace")


def _charset(content_type: str) -> str:
    if "charset" not in content_type:
        return "utf-8"
    header = Message()
    header["content-type"] = content_type
    return header.get_content_charset("utf-8")


class EngineHttp:
    """Signs and sends what data sources ask, of the engine or of any other host.

    Attributes
    ----------
    api
        Calls of the engine's services that speak the JSON protocol.
    """

    def __init__(self, engine: EngineAddress, overhead: Overhead | None = None) -> None:
        self.engine = engine
        self.api = JsonApi(engine, overhead, TIMEOUT)
        self._session: aiohttp.ClientSession | None = None

    def acting(self, credentials: Credentials) -> EngineHttp:
        """Return one that signs with other credentials, over the same connections."""
        acting = copy.copy(self)
        acting.engine = replace(self.engine, credentials=credentials)
        acting.api = self.api.acting(credentials)
        acting._open = self._open  # type: ignore[method-assign] # one session, which is closed once
        return acting

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
        self.api.close()
        if self._session is not None:
            await self._session.close()

    def signed(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], *, service: str, region: str
    ) -> dict[str, str]:
        """Return the headers with those of a SigV4 signature."""
        path = self._of_engine(url)
        if path is None or not is_plain(path):
            return self.engine.signed(method, url, body, headers, service=service, region=region)
        return signed(
            method,
            self.api.connections.host,
            path,
            body,
            headers,
            credentials=self.engine.credentials,
            service=service,
            region=region,
        )

    async def send(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], *, limit: int | None = None
    ) -> EngineResponse:
        """Send a request and read the whole answer; redirects are answers too.

        Parameters
        ----------
        limit
            How many bytes the answer's body may have.

        Raises
        ------
        AnswerTooLarge
            It has more.
        NoAnswer
            The host cannot be reached; ``TimedOut`` when it does not answer in 30 seconds.
        ValueError
            The URL is none.
        """
        target = self._of_engine(url)
        if target is None:
            return await self._send_elsewhere(method, url, body, headers, limit)
        answer = await self.api.connections.send(method, target, headers, body, limit=limit)
        return EngineResponse(
            answer.status, answer.headers, _text(answer.body, _charset(answer.header("content-type")))
        )

    def _of_engine(self, url: str) -> str | None:
        """Return path and query of an address at the engine; None for any other."""
        endpoint = self.engine.endpoint
        return url[len(endpoint) :] if url.startswith(endpoint + "/") else None

    async def _send_elsewhere(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], limit: int | None
    ) -> EngineResponse:
        try:
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
                return EngineResponse(response.status, merged, text)
        except TimeoutError:
            raise TimedOut(f"{urlsplit(url).netloc} did not answer in {TIMEOUT:g} s") from None
        except aiohttp.ClientError as error:
            raise NoAnswer(str(error)) from None
