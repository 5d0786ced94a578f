"""The AppSync data plane: GraphQL and Event APIs of the engine's control plane, over HTTP and WebSockets.

The modules here and ``realtime`` serve GraphQL APIs, ``events`` Event APIs; ``serving`` is what both are
served with.
"""
