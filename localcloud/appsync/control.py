"""The control endpoint: what the engine asks of the data plane, over loopback.

The engine has an environment of its own and shares no import with the rest, so its AppSync control plane
reaches the data plane by HTTP: it opens and closes addresses of APIs, and has code evaluated.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from localcloud.appsync.definition import JSON
from localcloud.appsync.errors import RequestError
from localcloud.appsync.http import refusal, refusal_of
from localcloud.appsync.ports import listen

Route = Callable[[str, dict[str, JSON]], Awaitable[dict[str, JSON]]]
"""Given the path below its folder and the body, returns the answer."""


class ControlEndpoint:
    """Serves routes by method and first folder: ``("POST", "apis")`` takes ``POST /apis/{id}``."""

    def __init__(self) -> None:
        self.url = ""
        self._routes: dict[tuple[str, str], Route] = {}
        self._runner: web.ServerRunner | None = None

    def add(self, method: str, folder: str, route: Route) -> None:
        """Serve ``route`` at ``METHOD /folder`` and below."""
        self._routes[method, folder] = route

    async def start(self, port: int = 0) -> None:
        """Listen on a loopback port; 0 takes a free one."""
        self._runner, opened = await listen(self._handle, port)
        self.url = f"http://127.0.0.1:{opened}"

    async def stop(self) -> None:
        """Close the port."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        folder, _, rest = request.path.strip("/").partition("/")
        route = self._routes.get((request.method, folder))
        if route is None:
            served = ", ".join(sorted(f"{method} /{name}" for method, name in self._routes))
            return refusal_of(404, "NotFoundException", f"The control endpoint serves {served}.")
        body: JSON = {}
        if request.can_read_body:
            try:
                body = await request.json()
            except ValueError:
                return refusal_of(400, "BadRequestException", "The body is no JSON.")
        try:
            return web.json_response(await route(rest, body if isinstance(body, dict) else {}))
        except RequestError as problem:
            return refusal(problem)
