"""The companion: the same orders over REST and WebSocket, with Chalice and without AppSync."""
