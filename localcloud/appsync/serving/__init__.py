"""What both kinds of API, GraphQL and Events, are served with.

An API is loaded again when it has changed (``loaded``) and stands behind a port (``ports``, ``numbers``); a
WebSocket is a ``connection`` that carries out the ``actions`` of its protocol's machine.
"""
