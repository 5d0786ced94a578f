"""The door of a REST API: from a request on its port to an answer."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from localcloud.front.answers import Answer, respond, signed_off
from localcloud.front.authorizers.gate import Gate
from localcloud.front.definition import Api, LambdaProxy, Mock, RestApi, ServiceIntegration
from localcloud.front.errors import Forbidden, MissingToken, NotSupported, Refused
from localcloud.front.invoking import Functions, encode_event
from localcloud.front.measuring import Measures
from localcloud.front.prelude import read_prelude, with_cookies
from localcloud.front.requests import Incoming
from localcloud.front.rest.events import Call, proxy_event
from localcloud.front.rest.results import read_head, read_result
from localcloud.front.rest.routing import Router
from localcloud.front.rest.services import ServiceCalls
from localcloud.front.streaming import Limits, OpenStream, no_streams, open_pieces, send_pieces
from localcloud.front.traced import integrated, of_function
from localcloud.watchtower.front import Metrics

_JSON: Final = ("Content-Type", "application/json")


class RestDoor:
    """Answers the requests to one REST API.

    Parameters
    ----------
    api
        The API; another definition may take its place at any time.
    gate
        Runs authorizers.
    functions
        Invokes what is behind the integrations.
    streams
        The same for those that stream.
    services
        Calls services of AWS; without it their integrations are not served.
    """

    def __init__(
        self,
        api: RestApi,
        *,
        gate: Gate,
        functions: Functions,
        account: str,
        streams: OpenStream = no_streams,
        services: ServiceCalls | None = None,
        measures: Measures | None = None,
    ) -> None:
        self._measures = measures or Measures(Metrics())
        self._services = services
        self._streams = streams
        self._api = api
        self._router = Router(api.routes)
        self._gate = gate
        self._functions = functions
        self._account = account

    def serve(self, api: Api) -> None:
        """Serve this definition from now on."""
        assert isinstance(api, RestApi)
        self._api, self._router = api, Router(api.routes)
        self._gate.forget()

    async def close(self) -> None:
        """Close nothing: a REST API keeps no connections."""

    async def answer(self, incoming: Incoming, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request.

        Raises
        ------
        Refused
            What the gateway answers itself.
        """
        api = self._api
        try:
            return await self._answer(api, incoming, request)
        except Refused as problem:
            default = "DEFAULT_4XX" if problem.status < 500 else "DEFAULT_5XX"
            added = api.refusal_headers
            problem.headers = added.get(problem.response_type) or added.get(default) or {}
            raise

    async def _answer(self, api: RestApi, incoming: Incoming, request: web.BaseRequest) -> web.StreamResponse:
        router = self._router
        stage, slash, rest = incoming.path.removeprefix("/").partition("/")
        if stage not in api.stages:
            raise Forbidden
        path = slash + rest or "/"
        match = router.find(incoming.method, path)
        if match is None:
            raise MissingToken
        call = Call(api, stage, path, match, incoming, self._account)
        admitted = await self._gate.admit(call)
        match match.route.integration:
            case LambdaProxy(idle_seconds=float(idle)) as proxy:
                event = encode_event(proxy_event(call, admitted))
                limits = Limits(proxy.timeout_seconds, idle)
                return await self._stream(incoming, request, proxy.function_arn, event, limits)
            case LambdaProxy(function_arn=arn, timeout_seconds=seconds):
                asked = self._functions.ask(arn, proxy_event(call, admitted), seconds)
                asked = integrated("Lambda", of_function(arn), asked)
                result = await self._measures.integration(api, stage, asked)
                answer = read_result(
                    result,
                    accept=incoming.lowered.get("accept", ""),
                    binary_media_types=api.binary_media_types,
                )
                return respond(incoming, answer, [("X-Amzn-Trace-Id", incoming.trace_id)])
            case Mock(status=status, headers=headers, body=body):
                named = {name.lower() for name in headers}
                sent = (*headers.items(), *(() if "content-type" in named else (_JSON,)))
                return respond(incoming, Answer(status, sent, body.encode()))
            case ServiceIntegration() as service if self._services is not None:
                asked_service = self._services.answer(service, call, admitted)
                asked_service = integrated(service.service.upper(), {}, asked_service)
                answer = await self._measures.integration(api, stage, asked_service)
                return respond(incoming, answer, [("X-Amzn-Trace-Id", incoming.trace_id)])
            case ServiceIntegration(service=name):
                raise NotSupported(f"The front does not serve this integration: no service {name}.")
            case unsupported:
                raise NotSupported(f"The front does not serve this integration: {unsupported.what}.")

    async def _stream(
        self, incoming: Incoming, request: web.BaseRequest, function_arn: str, event: bytes, limits: Limits
    ) -> web.StreamResponse:
        opened = open_pieces(self._streams, function_arn, event, limits, request)
        pieces = await integrated("Lambda", of_function(function_arn), opened)
        try:
            prelude, first = await read_prelude(pieces)
            status, headers = read_head({**prelude, "multiValueHeaders": with_cookies(prelude)})
        except BaseException:
            pieces.abandon()
            raise
        signed = signed_off(incoming, headers, [("X-Amzn-Trace-Id", incoming.trace_id)])
        return await send_pieces(request, status, signed, first, pieces)
