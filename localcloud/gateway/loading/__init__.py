"""From API Gateway's documents to the gateway's values: REST APIs, WebSocket APIs."""
