"""The door of a REST API: from a request on its port to an answer."""

from __future__ import annotations

from aiohttp import web

from localcloud.front.authorizers.gate import Gate
from localcloud.front.definition import Api, RestApi
from localcloud.front.errors import Forbidden, MissingToken, Refused
from localcloud.front.requests import Incoming
from localcloud.front.rest.events import Call
from localcloud.front.rest.integrating import Integrations
from localcloud.front.rest.routing import Router


class RestDoor:
    """Answers the requests to one REST API.

    Parameters
    ----------
    api
        The API; another definition may take its place at any time.
    gate
        Runs authorizers.
    integrations
        Answers the requests that are let in.
    """

    def __init__(self, api: RestApi, *, gate: Gate, integrations: Integrations, account: str) -> None:
        self._api = api
        self._router = Router(api.routes)
        self._gate = gate
        self._integrations = integrations
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
        return await self._integrations.answer(call, admitted, request)
