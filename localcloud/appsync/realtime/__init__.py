"""AppSync's GraphQL real-time protocol: frames, the state machine of a connection, subscriptions, fan-out."""
