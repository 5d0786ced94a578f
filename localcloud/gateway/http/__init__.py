"""HTTP APIs: routes, payloads 1.0 and 2.0, JWT and Lambda authorizers, CORS, integrations with services."""
