"""What the page is answered: itself, what it must know of the API, and signatures for IAM.

The signatures are the local administrator's, so they are for this page alone: a request must name the
machine itself as its host (another site's name may lead here) and the page's own origin, and no answer
carries a CORS header.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from graphql import introspection_from_schema

from localcloud.appsync.api import ServedApi
from localcloud.appsync.definition import JSON, AuthMode
from localcloud.appsync.explorer import files
from localcloud.aws import EngineAddress
from localcloud.wire import Request, Response

_HOSTS: Final = frozenset({"127.0.0.1", "localhost"})
_SIGNED_PATHS: Final = frozenset({"/graphql", "/graphql/connect"})
_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
Current = Callable[[], Awaitable[ServedApi]]


class Explorer:
    """Answers the page's requests; those of the API itself are not its own.

    Parameters
    ----------
    engine
        Whose administrator signs, and where the user pools are.
    """

    def __init__(self, engine: EngineAddress) -> None:
        self._engine = engine

    async def answer(self, request: Request, current: Current) -> Response | None:
        """Return the answer to a request for the page or a part of it; None for anything else.

        Parameters
        ----------
        current
            Returns the API as it is defined now.

        Raises
        ------
        NotLoaded
        """
        name = request.path.removeprefix(files.PREFIX) if request.path.startswith(files.PREFIX) else None
        if name is None and request.path != "/":
            return None
        if urlsplit(f"//{request.headers.get('host', '')}").hostname not in _HOSTS:
            return self._text(421, "This page is served to this machine alone.")
        if name == "sign" and request.method == "POST":
            return self._sign(request)
        if request.method != "GET":
            return self._text(405, "Only GET is served.")
        if name == "api" and request.headers.get("sec-fetch-site", "same-origin") == "same-origin":
            return self._json(await self._describe(await current()))
        file = files.page() if name is None else files.part(name)
        return self._text(404, "There is nothing here.") if file is None else self._response(200, *file)

    def _sign(self, request: Request) -> Response:
        """Sign a body for ``POST /graphql`` as the administrator of this local account."""
        if request.headers.get("origin") != f"http://{request.headers.get('host')}":
            return self._text(403, "Only the page itself may have requests signed.")
        try:
            request_document: JSON = json.loads(request.body)
        except ValueError:
            request_document = None
        path, body = (
            (request_document.get("path"), request_document.get("body"))
            if isinstance(request_document, dict)
            else (None, None)
        )
        if path not in _SIGNED_PATHS or not isinstance(body, str):
            return self._text(400, "Expected path and body.")
        host = request.headers["host"]
        signed = self._engine.signed(
            "POST",
            f"http://{host}{path}",
            body.encode(),
            {"content-type": "application/json", "host": host},
            service="appsync",
            region=self._engine.region,
        )
        return self._json(dict(signed))

    async def _describe(self, api: ServedApi) -> JSON:
        definition = api.definition
        modes = await asyncio.gather(*(asyncio.to_thread(self._mode, mode) for mode in definition.auth_modes))
        introspection: JSON = json.loads(json.dumps(introspection_from_schema(api.schema.graphql)))
        return {
            "name": definition.name,
            "engine": self._engine.endpoint,
            "modes": list(modes),
            "apiKeys": [key.id for key in definition.api_keys],
            "introspection": introspection,
        }

    def _mode(self, mode: AuthMode) -> JSON:
        """Describe a mode: of a user pool also the clients through which one may sign in by password."""
        if mode.user_pool is None:
            return {"type": mode.type}
        client = self._engine.client("cognito-idp")
        try:
            pages = client.get_paginator("list_user_pool_clients").paginate(
                UserPoolId=mode.user_pool.user_pool_id
            )
            clients: list[JSON] = [
                {"id": client["ClientId"], "name": client.get("ClientName", client["ClientId"])}
                for page in pages
                for client in page["UserPoolClients"]
            ]
        except (ClientError, BotoCoreError):
            clients = []  # the pool is elsewhere: a token can be pasted
        return {"type": mode.type, "clients": clients}

    def _json(self, document: JSON) -> Response:
        return self._response(200, json.dumps(document).encode(), "application/json")

    def _text(self, status: int, text: str) -> Response:
        return self._response(status, f"{text}\n".encode(), "text/plain; charset=utf-8")

    def _response(self, status: int, body: bytes, kind: str) -> Response:
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
            f"font-src data:; connect-src 'self' {self._engine.endpoint}; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'"
        )
        return Response(status, body, {**_HEADERS, "Content-Type": kind, "Content-Security-Policy": policy})
