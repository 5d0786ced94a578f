"""AppSync's GraphQL real-time protocol: frames, the connection's state machine, subscriptions, fan-out."""
