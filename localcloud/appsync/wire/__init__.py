"""The data plane's server: HTTP/1.1 and WebSockets on one port, with nothing of AppSync in it.

Bytes are read by libraries that know the two protocols (httptools, websockets); here is what joins them to
asyncio: one object per connection and no task while it is idle, so that ten thousand subscribers are cheap,
and the least work per request.
"""

from localcloud.appsync.wire.http import Handler
from localcloud.appsync.wire.messages import MAX_BODY, MAX_LINE, Request, Response, Upgrade
from localcloud.appsync.wire.outbox import Outbox
from localcloud.appsync.wire.server import Server, serve
from localcloud.appsync.wire.websocket import Listener, WebSocket

__all__ = [
    "MAX_BODY",
    "MAX_LINE",
    "Handler",
    "Listener",
    "Outbox",
    "Request",
    "Response",
    "Server",
    "Upgrade",
    "WebSocket",
    "serve",
]
