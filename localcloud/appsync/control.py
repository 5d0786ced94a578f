"""The control endpoint: what the engine asks of the data plane, over loopback.

The engine has an environment of its own and shares no import with the rest, so its AppSync control plane
reaches the data plane by HTTP: it opens and closes addresses of APIs, and has code evaluated.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from localcloud.appsync.definition import JSON
from localcloud.appsync.errors import RequestError
from localcloud.appsync.serving.answers import listen, refusal, refusal_of
from localcloud.wire import Request, Response, Server

Route = Callable[[str, dict[str, JSON]], Awaitable[dict[str, JSON]]]
"""Given the path below its folder and the body, returns the answer."""


class ControlEndpoint:
    """Serves routes by method and first folder: ``("POST", "apis")`` takes ``POST /apis/{id}``."""

    def __init__(self) -> None:
        self.url = ""
        self._routes: dict[tuple[str, str], Route] = {}
        self._server: Server | None = None

    def add(self, method: str, folder: str, route: Route) -> None:
        """Serve ``route`` at ``METHOD /folder`` and below."""
        self._routes[method, folder] = route

    async def start(self, port: int = 0) -> None:
        """Listen on a loopback port; 0 takes a free one."""
        self._server = await listen(self._handle, port)
        self.url = f"http://127.0.0.1:{self._server.port}"

    async def stop(self) -> None:
        """Close the port."""
        if self._server is not None:
            await self._server.close()
            self._server = None

    async def _handle(self, request: Request) -> Response:
        folder, _, rest = request.path.strip("/").partition("/")
        route = self._routes.get((request.method, folder))
        if route is None:
            served = ", ".join(sorted(f"{method} /{name}" for method, name in self._routes))
            return refusal_of(404, "NotFoundException", f"The control endpoint serves {served}.")
        body: JSON = {}
        if request.body:
            try:
                body = json.loads(request.body)
            except (ValueError, RecursionError):
                return refusal_of(400, "BadRequestException", "The body is no JSON.")
        try:
            answer = await route(rest, body if isinstance(body, dict) else {})
        except RequestError as problem:
            return refusal(problem)
        return Response(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})
