"""From API Gateway's documents to the front's values: REST APIs, WebSocket APIs."""
