"""The server of the hot endpoints: HTTP/1.1 and WebSockets on one port, with nothing of AWS in it.

The AppSync data plane, the Lambda Runtime API and the Invoke API are served with it.

Bytes are read by libraries that know the two protocols (httptools, websockets); here is what joins them to
asyncio: one object per connection and no task while it is idle, so that ten thousand subscribers are cheap,
and the least work per request.
"""

from localcloud.wire.hosting import AsyncHandler, Handler
from localcloud.wire.messages import MAX_BODY, MAX_LINE, Request, Response
from localcloud.wire.outbox import Outbox
from localcloud.wire.server import Server, serve
from localcloud.wire.streams import BodyStream, BrokenBody, StreamedResponse
from localcloud.wire.websocket import Listener, Upgrade, WebSocket

__all__ = [
    "MAX_BODY",
    "MAX_LINE",
    "AsyncHandler",
    "BodyStream",
    "BrokenBody",
    "Handler",
    "Listener",
    "Outbox",
    "Request",
    "Response",
    "Server",
    "StreamedResponse",
    "Upgrade",
    "WebSocket",
    "serve",
]
