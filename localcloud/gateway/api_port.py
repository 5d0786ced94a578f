"""One API behind its port."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import RequestHandler

from localcloud.gateway.answers import refusal
from localcloud.gateway.definitions.api import Api
from localcloud.gateway.definitions.http import DEFAULT, HttpApi
from localcloud.gateway.definitions.websocket import WebSocketApi
from localcloud.gateway.errors import GatewayRefused, IntegrationFailed, IntegrationUnavailable
from localcloud.gateway.requests import MAX_BODY, MAX_LINE, Incoming, read
from localcloud.gateway.sniffing import SniffingSite

HOST: Final = "127.0.0.1"
Kind: TypeAlias = Literal["REST", "WEBSOCKET", "HTTP"]
log = logging.getLogger(__name__)
# aiohttp logs a traceback for each request that is no HTTP; the gateway logs its own failures.
_malformed = logging.getLogger(f"{__name__}.malformed")
_malformed.setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class GatewayApiAddress:
    """Where an API is served: ``http://127.0.0.1:PORT/STAGE``, or ``ws://…`` of a WebSocket API.

    The stage ``$default`` of an HTTP API has no name in its address.
    """

    id: str
    name: str
    kind: Kind
    url: str


class ApiHandler(Protocol):
    """Answers the requests to one API, of either kind."""

    async def answer(self, incoming: Incoming, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request, or raise ``GatewayRefused``."""

    async def close(self) -> None:
        """Close whatever is open."""


class ApiEndpoint(ApiHandler, Protocol):
    """A endpoint of one API."""

    def serve(self, api: Api) -> None:
        """Serve this definition from now on."""


class EndpointPort:
    """Listens for a endpoint.

    Attributes
    ----------
    port
        The port, once it is open.
    """

    def __init__(self, endpoint: ApiHandler) -> None:
        self.port = 0
        self._endpoint = endpoint
        self._runner: web.ServerRunner | None = None

    async def open(self, port: int, secured_at: int = 0) -> None:
        """Listen on a loopback port; 0 takes a free one.

        Parameters
        ----------
        secured_at
            The port of who takes TLS off, for clients that speak it; 0 where there is none.

        Raises
        ------
        OSError
            The port is in use.
        """
        server = web.Server(
            self._handle,
            request_factory=_make_request,
            access_log=None,
            logger=_malformed,
            max_line_size=MAX_LINE,
            max_field_size=MAX_LINE,
            auto_decompress=False,  # a function gets what the client sent
            lingering_time=1.0,
        )
        runner = web.ServerRunner(server, shutdown_timeout=1.0)
        await runner.setup()
        try:
            site = SniffingSite(runner, port, secured_at) if secured_at else web.TCPSite(runner, HOST, port)
            await site.start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner, self.port = runner, runner.addresses[0][1]

    async def close(self) -> None:
        """Close the port and every connection."""
        await self._endpoint.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request; whatever goes wrong, it is an answer in API Gateway's form."""
        incoming: Incoming | None = None
        try:
            incoming = await read(request)
            return await self._endpoint.answer(incoming, request)
        except GatewayRefused as problem:
            if isinstance(problem, IntegrationFailed) and problem.why:
                log.warning(
                    "Malformed answer of a function to %s %s: %s", request.method, request.path, problem.why
                )
            return refusal(problem, incoming)
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:
            log.exception("A request failed inside the gateway")
            return refusal(IntegrationUnavailable(), incoming)


class GatewayApiPort(EndpointPort):
    """Listens for one API.

    Parameters
    ----------
    endpoint
        Answers requests; it receives each new definition.
    """

    def __init__(self, api: Api, endpoint: ApiEndpoint) -> None:
        super().__init__(endpoint)
        self.api = api
        self._api_endpoint = endpoint

    def serve(self, api: Api) -> None:
        """Serve a new definition; open connections and requests under way stay."""
        if api != self.api:
            self.api = api
            self._api_endpoint.serve(api)

    def addresses(self) -> list[GatewayApiAddress]:
        """Return where the API is served, for each of its stages."""
        kind: Kind = "HTTP" if isinstance(self.api, HttpApi) else "REST"
        kind = "WEBSOCKET" if isinstance(self.api, WebSocketApi) else kind
        base = f"{'ws' if kind == 'WEBSOCKET' else 'http'}://{HOST}:{self.port}"
        return [
            GatewayApiAddress(
                self.api.id, self.api.name, kind, base if stage == DEFAULT else f"{base}/{stage}"
            )
            for stage in self.api.stages
        ]


def _make_request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: RequestHandler,
    writer: AbstractStreamWriter,
    task: asyncio.Task[None],
) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=MAX_BODY)
