"""The outbox of a WebSocket, which is the server's now."""

from localcloud.appsync.wire.outbox import DEFAULT_LIMIT, Outbox, frame_header

__all__ = ["DEFAULT_LIMIT", "Outbox", "frame_header"]
