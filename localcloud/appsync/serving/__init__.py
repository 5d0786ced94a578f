"""What both kinds of API, GraphQL and Events, are served with.

An API is loaded again when it has changed (``loaded``) and stands behind a port (``open_ports``). A
WebSocket is let in by its ``handshake``; then a ``connection`` carries out the ``actions`` of its protocol's
machine, which keeps its ``subscriptions`` and counts messages against a ``rate``. ``answers`` are those
over HTTP.
"""
