"""The endpoint of an HTTP API: from a request on its port to an answer."""

from __future__ import annotations

import logging
import time
from typing import Final

from aiohttp import web
from multidict import CIMultiDict

from localcloud.gateway.answers import ApiResponse
from localcloud.gateway.definitions.api import Api
from localcloud.gateway.definitions.http import DEFAULT, Action, Address, FunctionIntegration, HttpApi
from localcloud.gateway.errors import (
    GatewayRefused,
    IntegrationFailed,
    IntegrationTimedOut,
    TooLarge,
)
from localcloud.gateway.http.authorizing import HttpGate
from localcloud.gateway.http.calling import HttpCalls
from localcloud.gateway.http.errors import Failed, HttpRefused, NotFound, NotServed, Unavailable
from localcloud.gateway.http.events import AuthorizedCaller, HttpCall, context_of, event_1, event_2
from localcloud.gateway.http.parameters import Select, map_response, request_selector, response_selector
from localcloud.gateway.http.results import read_http_result
from localcloud.gateway.http.routing import HttpRouter
from localcloud.gateway.invoking import FunctionInvoker, FunctionRaised
from localcloud.gateway.measuring import GatewayMeasures
from localcloud.gateway.requests import Incoming
from localcloud.gateway.traced import integrated, of_function
from localcloud.gateway.urls.results import cors_headers

_CORS: Final = "access-control-"
log = logging.getLogger(__name__)


class HttpEndpoint:
    """Answers the requests to one HTTP API.

    Parameters
    ----------
    api
        The API; another definition may take its place at any time.
    gate
        Runs authorizers.
    functions
        Invokes functions.
    calls
        Calls everything else.
    """

    def __init__(
        self,
        api: HttpApi,
        *,
        gate: HttpGate,
        functions: FunctionInvoker,
        calls: HttpCalls,
        account: str,
        measures: GatewayMeasures,
    ) -> None:
        self._api, self._router = api, HttpRouter(api.routes)
        self._gate, self._functions, self._calls = gate, functions, calls
        self._account, self._measures = account, measures

    def serve(self, api: Api) -> None:
        """Serve this definition from now on."""
        assert isinstance(api, HttpApi)
        self._api, self._router = api, HttpRouter(api.routes)
        self._gate.forget()

    async def close(self) -> None:
        """Close nothing: an HTTP API keeps no connections."""

    async def answer(self, incoming: Incoming, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request; what the gateway refuses is an answer as well."""
        api, started = self._api, time.perf_counter()
        stage, path = _staged(api, incoming.path)
        preflight = (
            api.cors is not None
            and incoming.method == "OPTIONS"
            and "access-control-request-method" in incoming.lowered
        )
        added = cors_headers(api.cors, incoming, preflight=preflight)
        try:
            if stage is None:
                raise NotFound
            answer = ApiResponse(204) if preflight else await self._answer(api, stage, path, incoming)
        except HttpRefused as problem:
            challenge = problem.challenge
            headers = (("www-authenticate", challenge),) if challenge else ()
            answer = ApiResponse(
                problem.status, (("Content-Type", "application/json"), *headers), problem.body()
            )
        if stage is not None:
            ms = (time.perf_counter() - started) * 1000
            self._measures.record_http_response(api.id, stage, answer.status, ms)
        return _response(incoming, answer, added, own_cors=api.cors is not None)

    async def _answer(self, api: HttpApi, stage: str, path: str, incoming: Incoming) -> ApiResponse:
        match = self._router.find(incoming.method, path)
        if match is None:
            raise NotFound
        call = HttpCall(api, stage, path, match, incoming, self._account)
        caller = await self._gate.admit(call)
        context = context_of(call, caller)
        select = request_selector(call, context)
        integration = match.route.integration
        match integration:
            case FunctionIntegration():
                answer = await self._invoked(call, caller, integration)
            case Address():
                answer = await self._calls.forward(integration, call, select)
            case Action():
                pending = self._calls.act(integration, select)
                answer = await integrated(integration.subtype.partition("-")[0], {}, pending)
            case unsupported:
                raise NotServed(f"The gateway does not serve this integration: {unsupported.what}.")
        mapping = integration.responses.get(str(answer.status))
        if mapping is None:
            return answer
        of_answer: Select = response_selector(call, context, answer.headers, answer.body)
        status, headers = map_response(answer.status, answer.headers, mapping, of_answer)
        return ApiResponse(status, headers, answer.body)

    async def _invoked(
        self, call: HttpCall, caller: AuthorizedCaller | None, integration: FunctionIntegration
    ) -> ApiResponse:
        event = (event_1 if integration.version == "1.0" else event_2)(call, caller)
        pending = self._functions.invoke_json(integration.function_arn, event, integration.timeout_seconds)
        try:
            result = await integrated("Lambda", of_function(integration.function_arn), pending)
            return read_http_result(result, integration.version)
        except IntegrationTimedOut:
            raise Unavailable from None
        except TooLarge:
            raise
        except GatewayRefused as problem:
            why = problem.why if isinstance(problem, IntegrationFailed) else ""
            if why and not isinstance(problem, FunctionRaised):
                log.warning("Malformed answer of a function to %s: %s", call.match.route.key, why)
            raise Failed from None


def _staged(api: HttpApi, path: str) -> tuple[str | None, str]:
    """Return the stage that a path names, and the path within it; None when there is none."""
    first, slash, rest = path.removeprefix("/").partition("/")
    if first and first in api.stages and first != DEFAULT:
        return first, slash + rest or "/"
    return (DEFAULT if DEFAULT in api.stages else None), path or "/"


def _response(
    incoming: Incoming, answer: ApiResponse, added: list[tuple[str, str]], *, own_cors: bool
) -> web.Response:
    # With CORS of the API's own, what an integration says of it is left out.
    headers = CIMultiDict(
        pair for pair in answer.headers if not (own_cors and pair[0].lower().startswith(_CORS))
    )
    headers.extend(added)
    headers["apigw-requestid"] = incoming.extended_id
    try:
        return web.Response(status=answer.status, headers=headers, body=answer.body)
    except ValueError:  # what the server itself takes for no header
        problem = Failed()
        return web.Response(status=problem.status, content_type="application/json", body=problem.body())
