"""API Gateway on one machine: the REST and WebSocket APIs that any tool deployed to the engine."""
