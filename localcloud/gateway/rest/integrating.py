"""What is behind the methods of a REST API, by the kind of their integrations."""

from __future__ import annotations

from typing import Final, TypeVar

from aiohttp import web

from localcloud.gateway.answers import ApiResponse, respond, signed_off
from localcloud.gateway.definitions.rest import LambdaProxy, Mock, Unsupported
from localcloud.gateway.errors import NotSupported
from localcloud.gateway.invoking import FunctionInvoker, encode_event
from localcloud.gateway.mapping.definition import (
    Backend,
    FunctionBackend,
    HttpBackend,
    HttpProxy,
    MappedIntegration,
    MockBackend,
    ServiceBackend,
)
from localcloud.gateway.measuring import GatewayMeasures
from localcloud.gateway.prelude import read_prelude, with_cookies
from localcloud.gateway.rest.events import Admitted, RestCall, proxy_event
from localcloud.gateway.rest.mapped import MappedCalls, with_variables
from localcloud.gateway.rest.results import read_head, read_result
from localcloud.gateway.streaming import Limits, OpenStream, no_streams, open_pieces, send_pieces
from localcloud.gateway.traced import integrated, of_function
from localcloud.watchtower.traces.facade import Document

_JSON: Final = ("Content-Type", "application/json")
Value = TypeVar("Value")


class Integrations:
    """Answers requests that an API lets in.

    Parameters
    ----------
    functions
        Invokes what is behind proxy integrations.
    streams
        The same for those that stream.
    mapped
        Calls what is behind integrations that map.
    """

    def __init__(
        self,
        functions: FunctionInvoker,
        mapped: MappedCalls,
        measures: GatewayMeasures,
        streams: OpenStream = no_streams,
    ) -> None:
        self._functions = functions
        self._mapped = mapped
        self._measures = measures
        self._streams = streams

    async def answer(
        self, call: RestCall, admitted: Admitted, request: web.BaseRequest
    ) -> web.StreamResponse:
        """Answer a request.

        Raises
        ------
        Refused
            What the gateway answers itself.
        """
        match call.match.route.integration:
            case LambdaProxy() as proxy:
                return await self._proxied(proxy, call, admitted, request)
            case Mock(status=status, headers=headers, body=body):
                names = {name.lower() for name in headers}
                sent = (*headers.items(), *(() if "content-type" in names else (_JSON,)))
                return respond(call.incoming, ApiResponse(status, sent, body.encode()))
            case MappedIntegration(backend=backend) as mapped:
                work = integrated(*_segment(backend), self._mapped.answer(mapped, call, admitted))
            case HttpProxy(url=url) as passing:
                work = integrated(*_segment(HttpBackend(url)), self._mapped.proxied(passing, call, admitted))
            case Unsupported(what=what):
                raise NotSupported(f"The gateway does not serve this integration: {what}.")
        answer = await self._measures.integration(call.api, call.stage, work)
        return respond(call.incoming, answer, [("X-Amzn-Trace-Id", call.incoming.trace_id)])

    async def _proxied(
        self, proxy: LambdaProxy, call: RestCall, admitted: Admitted, request: web.BaseRequest
    ) -> web.StreamResponse:
        arn = with_variables(proxy.function_arn, call.api.stages[call.stage])
        event = proxy_event(call, admitted)
        if proxy.idle_seconds is not None:
            limits = Limits(proxy.timeout_seconds, proxy.idle_seconds)
            return await self._stream(call, request, arn, encode_event(event), limits)
        work = integrated(
            "Lambda", of_function(arn), self._functions.invoke_json(arn, event, proxy.timeout_seconds)
        )
        result = await self._measures.integration(call.api, call.stage, work)
        answer = read_result(
            result,
            accept=call.incoming.lowered.get("accept", ""),
            binary_media_types=call.api.binary_media_types,
        )
        return respond(call.incoming, answer, [("X-Amzn-Trace-Id", call.incoming.trace_id)])

    async def _stream(
        self, call: RestCall, request: web.BaseRequest, arn: str, event: bytes, limits: Limits
    ) -> web.StreamResponse:
        opened = open_pieces(self._streams, arn, event, limits, request)
        pieces = await integrated("Lambda", of_function(arn), opened)
        try:
            prelude, first = await read_prelude(pieces)
            status, headers = read_head({**prelude, "multiValueHeaders": with_cookies(prelude)})
        except BaseException:
            pieces.abandon()
            raise
        trace = [("X-Amzn-Trace-Id", call.incoming.trace_id)]
        return await send_pieces(request, status, signed_off(call.incoming, headers, trace), first, pieces)


def _segment(backend: Backend) -> tuple[str, Document]:
    """Return the name of a backend's subsegment, and what it says."""
    match backend:
        case FunctionBackend(arn=arn):
            return "Lambda", of_function(arn)
        case ServiceBackend(service=service):
            return service.upper(), {}
        case HttpBackend(url=url):
            return url.partition("://")[2].partition("/")[0], {}
        case MockBackend():
            return "MOCK", {}
