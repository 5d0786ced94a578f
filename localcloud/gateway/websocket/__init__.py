"""WebSocket APIs: the handshake, the messages of a connection, and what may be sent to it."""
