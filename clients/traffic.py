"""What a client sent and received, counted in one place, so that the ways of following can be compared."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Traffic:
    """Counts of one client; they only go up.

    Attributes
    ----------
    requests
        HTTP requests that were sent, those that open a WebSocket among them.
    connections
        TCP connections that were opened.
    messages_in, messages_out
        WebSocket messages.
    bytes_in, bytes_out
        HTTP: the request or status line, the headers and the body. WebSocket: payloads and frame headers.
        Not in them: TLS, TCP, and the sign-in, which is the same for all ways.
    """

    requests: int = 0
    connections: int = 0
    messages_in: int = 0
    messages_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
