"""Requests' trace headers, for whatever they set off in this process."""

from __future__ import annotations

from localcloud.engine.asgi import Application, Receive, Scope, Send
from localcloud.watchtower.traces.facade import use


def traced_requests(application: Application) -> Application:
    """Have each request's task work for the trace that its header names."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            for name, value in scope["headers"]:
                if name == b"x-amzn-trace-id":
                    use(value.decode("latin-1"))
        await application(scope, receive, send)

    return serve
