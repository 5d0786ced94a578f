"""The AppSync data plane: any GraphQL API of the engine's control plane, served over HTTP and WebSocket."""
