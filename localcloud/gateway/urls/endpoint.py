"""The endpoint of all function URLs: from a request on their port to an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from localcloud.auth.principals import Principal
from localcloud.gateway.answers import ApiResponse, respond, signed_off
from localcloud.gateway.authorizers.signatures import Signatures
from localcloud.gateway.definitions.urls import FunctionUrl
from localcloud.gateway.errors import AccessDenied, IntegrationFailed, MissingToken
from localcloud.gateway.invoking import FunctionInvoker, encode_event
from localcloud.gateway.prelude import read_prelude, with_cookies
from localcloud.gateway.requests import JSON, Incoming
from localcloud.gateway.rest.results import read_head
from localcloud.gateway.streaming import Limits, OpenStream, open_pieces, send_pieces
from localcloud.gateway.urls.events import url_event
from localcloud.gateway.urls.results import UrlFailed, UrlForbidden, cors_headers, read_url_result

INTEGRATION: Final = "application/vnd.awslambda.http-integration-response"
RAW: Final[tuple[tuple[str, str], ...]] = (("Content-Type", "application/octet-stream"),)
# A function runs no longer, and a URL has no limit of its own.
LONGEST: Final = 900.0
LIMITS: Final = Limits(whole=None, idle=LONGEST)
Headers = list[tuple[str, str]]


class FunctionUrlEndpoint:
    """Answers the requests to every function URL.

    Parameters
    ----------
    find
        Returns the URL of an id.
    signatures
        Verifies what is signed for ``lambda``.
    """

    def __init__(
        self,
        find: Callable[[str], Awaitable[FunctionUrl | None]],
        *,
        signatures: Signatures,
        functions: FunctionInvoker,
        streams: OpenStream,
    ) -> None:
        self._find = find
        self._signatures = signatures
        self._functions = functions
        self._streams = streams

    async def close(self) -> None:
        """Close nothing: function URLs keep no connections."""

    async def answer(self, incoming: Incoming, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request.

        Raises
        ------
        Refused
            What Lambda answers itself.
        """
        first, _, rest = incoming.path.removeprefix("/").partition("/")
        url, path = await self._find(first), f"/{rest}"
        if url is None:  # named by a host of AWS's form instead
            url, path = await self._find(incoming.host.partition(".")[0]), incoming.path
        if url is None:
            raise UrlForbidden
        preflight = (
            url.cors is not None
            and incoming.method == "OPTIONS"
            and "access-control-request-method" in incoming.lowered
        )
        added = cors_headers(url.cors, incoming, preflight=preflight)
        if preflight:
            return respond(incoming, ApiResponse(200), added)
        event = url_event(url, incoming, path, await self._caller(url, incoming))
        try:
            if url.streams:
                return await self._stream(url, incoming, request, event, added)
            result = await self._functions.invoke_json(url.arn, event, LONGEST)
            return respond(incoming, read_url_result(result), added)
        except IntegrationFailed as problem:
            raise UrlFailed(problem.why) from None

    async def _caller(self, url: FunctionUrl, incoming: Incoming) -> Principal | None:
        if not url.signed:
            return None
        try:
            return await self._signatures.admit(incoming, "lambda:InvokeFunctionUrl", url.arn)
        except (MissingToken, AccessDenied):
            raise UrlForbidden from None

    async def _stream(
        self,
        url: FunctionUrl,
        incoming: Incoming,
        request: web.BaseRequest,
        event: dict[str, JSON],
        added: Headers,
    ) -> web.StreamResponse:
        pieces = await open_pieces(self._streams, url.arn, encode_event(event), LIMITS, request)
        try:
            status, headers, first = 200, RAW, b""
            if pieces.content_type == INTEGRATION:
                prelude, first = await read_prelude(pieces)
                status, headers = read_head({**prelude, "multiValueHeaders": with_cookies(prelude)})
            else:
                first = await anext(pieces, b"")  # a function that fails at once is 502
        except BaseException:
            pieces.abandon()
            raise
        return await send_pieces(request, status, signed_off(incoming, headers, added), first, pieces)
