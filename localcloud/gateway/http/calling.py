"""What an HTTP API calls that is no function: services of AWS at the engine, and other addresses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
from yarl import URL

from localcloud.aws import EngineAddress
from localcloud.gateway.answers import ApiResponse
from localcloud.gateway.definitions.http import Action, Address
from localcloud.gateway.http.actions import SUBTYPES, MissingParameter, request_of
from localcloud.gateway.http.errors import BadRequest, NotServed, Unavailable
from localcloud.gateway.http.events import HttpCall
from localcloud.gateway.http.parameters import Outgoing, Select, changed, selected
from localcloud.gateway.mapping.web import FindApi, lead
from localcloud.gateway.requests import forwarded
from localcloud.watchtower.traces.facade import trace_headers

log = logging.getLogger(__name__)
# Between two programs alone: they are no part of the message.
_HOPS: Final = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer"),
        *("transfer-encoding", "upgrade", "host", "content-length", "expect"),
    }
)
_ANSWERED: Final = frozenset({*_HOPS, "content-encoding"})
_CONNECT: Final = 5.0


class HttpCalls:
    """Calls, over connections of its own.

    Parameters
    ----------
    find_api
        Where an API of API Gateway is served.
    """

    def __init__(self, engine: EngineAddress, find_api: FindApi) -> None:
        self._engine, self._find_api = engine, find_api
        self._session: aiohttp.ClientSession | None = None

    async def stop(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def act(self, action: Action, select: Select) -> ApiResponse:
        """Return what a service answers.

        Raises
        ------
        BadRequest, Unavailable
        """
        subtype = SUBTYPES[action.subtype]
        values = {name: selected(value, select) for name, value in action.parameters.items()}
        try:
            headers, body = request_of(action.subtype, values)
        except MissingParameter as problem:
            raise BadRequest(f"Bad Request: the parameter {problem} is missing") from None
        url = self._engine.endpoint + "/"
        signed = self._engine.signed(
            "POST", url, body, headers, service=subtype.service, region=self._engine.region
        )
        sent = {**signed, **trace_headers()}
        return await self._sent("POST", url, body, sent, action.timeout_seconds)

    async def forward(self, address: Address, call: HttpCall, select: Select) -> ApiResponse:
        """Return what another address answers to the request.

        Raises
        ------
        NotServed, Unavailable
        """
        url = address.url
        for name, value in call.match.parameters.items():
            url = url.replace(f"{{{name}}}", quote(value, safe="/")).replace(
                f"{{{name}+}}", quote(value, safe="/")
            )
        way = lead(url, self._engine.endpoint, self._find_api)
        if way is None:
            host = urlsplit(url).hostname
            log.warning("%s is not called: it is not on this machine", host)
            raise NotServed(f"The local cloud sends nothing to {host}: it is not on this machine.")
        parts = urlsplit(way.url)
        own = tuple((name, value) for name, values in call.incoming.parameters.items() for value in values)
        headers = tuple(pair for pair in forwarded(call.incoming) if pair[0].lower() not in _HOPS)
        outgoing = changed(Outgoing(parts.path or "/", own, headers), address.parameters, select)
        query = "&".join(part for part in (parts.query, urlencode(outgoing.query)) if part)
        path = outgoing.path if outgoing.path.startswith("/") else f"/{outgoing.path}"
        method = call.incoming.method if address.method == "ANY" else address.method
        sent: list[tuple[str, str]] = [
            *outgoing.headers,
            ("Host", way.host or parts.netloc.rpartition("@")[2]),
        ]
        return await self._sent(
            method,
            f"{parts.scheme}://{parts.netloc}{path}" + (f"?{query}" if query else ""),
            call.incoming.body,
            sent,
            address.timeout_seconds,
        )

    async def _sent(
        self,
        method: str,
        url: str,
        body: bytes,
        headers: Mapping[str, str] | list[tuple[str, str]],
        seconds: float,
    ) -> ApiResponse:
        if self._session is None:
            # What comes back is passed on as it is, compressed or not.
            self._session = aiohttp.ClientSession(
                auto_decompress=False, timeout=aiohttp.ClientTimeout(connect=_CONNECT)
            )
        try:
            async with (
                asyncio.timeout(seconds),
                self._session.request(
                    method, URL(url, encoded=True), data=body or None, headers=headers, allow_redirects=False
                ) as answer,
            ):
                pairs = tuple(
                    (name, value) for name, value in answer.headers.items() if name.lower() not in _HOPS
                )
                return ApiResponse(answer.status, pairs, await answer.read())
        except (TimeoutError, aiohttp.ClientError, ValueError) as problem:
            log.warning("%s cannot be called: %s", urlsplit(url).netloc, type(problem).__name__)
            raise Unavailable from None
