"""The endpoint of a REST API: from a request on its port to an answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from aiohttp import web

from localcloud.contracts.mapping_templates import JSON
from localcloud.gateway.definitions.api import Api
from localcloud.gateway.definitions.rest import RestApi
from localcloud.gateway.errors import Forbidden, GatewayRefused, MissingToken
from localcloud.gateway.mapping.sources import Exchange
from localcloud.gateway.requests import Incoming
from localcloud.gateway.rest.events import Admitted, RestCall, gateway_context, request_context
from localcloud.gateway.rest.exchanges import exchange
from localcloud.gateway.rest.gate import RestGate
from localcloud.gateway.rest.integrating import Integrations
from localcloud.gateway.rest.routing import Router
from localcloud.gateway.rules.keys import Usage
from localcloud.gateway.rules.logs import AccessLogs
from localcloud.gateway.rules.responses import customize
from localcloud.gateway.rules.schemas import Schemas
from localcloud.gateway.rules.validation import demand_valid

_KEY: Final = "x-api-key"


@dataclass
class _Progress:
    """How far a request came, for what is said of one that is refused, and for the access log."""

    stage: str = ""
    path: str = "/"
    call: RestCall | None = None
    admitted: Admitted = field(default_factory=Admitted)


class RestEndpoint:
    """Answers the requests to one REST API.

    Parameters
    ----------
    api
        The API; another definition may take its place at any time.
    gate
        Runs authorizers.
    integrations
        Answers the requests that are let in.
    logs
        Writes the lines of stages that have an access log.
    """

    def __init__(
        self, api: RestApi, *, gate: RestGate, integrations: Integrations, account: str, logs: AccessLogs
    ) -> None:
        self._api = api
        self._router = Router(api.routes)
        self._schemas = Schemas(api.rules.schemas)
        self._gate = gate
        self._integrations = integrations
        self._account = account
        self._logs = logs
        self._usage = Usage()

    def serve(self, api: Api) -> None:
        """Serve this definition from now on."""
        assert isinstance(api, RestApi)
        self._api, self._router = api, Router(api.routes)
        self._schemas = Schemas(api.rules.schemas)
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
        api, progress = self._api, _Progress()
        started = time.perf_counter()
        refused: GatewayRefused | None = None
        status, length = 500, 0
        try:
            response = await self._answer(api, incoming, request, progress)
            status, length = response.status, response.content_length or 0
        except GatewayRefused as problem:
            customize(problem, api.rules.responses, lambda: self._exchange(api, incoming, progress))
            refused, status = problem, problem.status
            raise
        else:
            return response
        finally:
            target = api.rules.logs.get(progress.stage)
            if target is not None:
                milliseconds = int((time.perf_counter() - started) * 1000)
                outcome = _outcome(status, length, milliseconds, refused)
                self._logs.write(target, self._exchange(api, incoming, progress, outcome))

    async def _answer(
        self, api: RestApi, incoming: Incoming, request: web.BaseRequest, progress: _Progress
    ) -> web.StreamResponse:
        router, schemas = self._router, self._schemas
        stage, slash, rest = incoming.path.removeprefix("/").partition("/")
        if stage not in api.stages:
            raise Forbidden
        progress.stage, progress.path = stage, slash + rest or "/"
        match = router.find(incoming.method, progress.path)
        if match is None:
            raise MissingToken
        call = progress.call = RestCall(api, stage, progress.path, match, incoming, self._account)
        progress.admitted = await self._gate.admit(call)
        self._count(call, progress)
        if match.route.validation is not None:
            demand_valid(match.route.validation, incoming, match.parameters, schemas)
        return await self._integrations.answer(call, progress.admitted, request)

    def _count(self, call: RestCall, progress: _Progress) -> None:
        """Count a request by its API key and its method, where either has a limit.

        Raises
        ------
        KeyRefused, Throttled, QuotaExceeded
        """
        rules, route, method = call.api.rules, call.match.route, call.incoming.method
        if route.key_required:
            by_header = rules.key_source == "HEADER"
            value = call.incoming.lowered.get(_KEY, "") if by_header else progress.admitted.usage_key
            key, plan = self._usage.key(rules, call.stage, value)
            added: Mapping[str, JSON] = {"apiKey": key.value, "apiKeyId": key.id}
            identity = {**progress.admitted.identity, **added}
            progress.admitted = replace(progress.admitted, identity=identity)
            self._usage.take(key, plan, call.stage, route.path, method)
        if (limits := rules.limits.get(call.stage)) is not None:
            self._usage.throttle(limits, call.stage, route.path, method)

    def _exchange(
        self, api: RestApi, incoming: Incoming, progress: _Progress, outcome: Mapping[str, JSON] | None = None
    ) -> Exchange:
        call = progress.call
        context = (
            gateway_context(api, progress.stage, progress.path, incoming, self._account)
            if call is None
            else request_context(call, progress.admitted)
        )
        return exchange(
            incoming,
            "",
            path={} if call is None else call.match.parameters,
            context={**context, **(outcome or {})},
            stage_variables=api.stages.get(progress.stage, {}),
        )


def _outcome(status: int, length: int, milliseconds: int, refused: GatewayRefused | None) -> dict[str, JSON]:
    """Return what an access log's line says of an answer."""
    outcome: dict[str, JSON] = {
        **{"status": status, "responseLength": length, "responseLatency": milliseconds},
        **{"integrationLatency": milliseconds, "integrationStatus": status},
    }
    if refused is not None:
        message: JSON = refused.message
        outcome["error"] = {"message": message, "responseType": refused.response_type}
    return outcome
