"""``@connections``: what a backend asks of an open connection, signed with IAM.

``POST`` sends a message, ``GET`` describes the connection, ``DELETE`` closes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from localcloud.gateway.answers import ApiResponse
from localcloud.gateway.errors import MissingToken
from localcloud.gateway.ids import is_short_id, iso_time
from localcloud.gateway.requests import Incoming
from localcloud.gateway.websocket.connection import WebSocketConnection
from localcloud.gateway.websocket.errors import BadConnectionId, Gone, PayloadTooLarge
from localcloud.gateway.websocket.machine import MAX_MESSAGE

_JSON: Final = ("Content-Type", "application/json")


def manage(
    incoming: Incoming, stage: str, name: str, connections: Mapping[str, WebSocketConnection]
) -> ApiResponse:
    """Do what a request, which is let in, asks of the connection ``name`` (percent-encoded) of a stage.

    Raises
    ------
    BadConnectionId, Gone, PayloadTooLarge
        When there is no such connection, or the message is over 128 KB.
    """
    connection_id = unquote(name, errors="replace")
    if not is_short_id(connection_id):
        raise BadConnectionId(connection_id)
    connection = connections.get(connection_id)
    if connection is None or not connection.open or connection.info.stage != stage:
        raise Gone
    match incoming.method:
        case "POST":
            if len(incoming.body) > MAX_MESSAGE:
                raise PayloadTooLarge
            # Frames are text: what is no UTF-8 would end the connection at the client.
            connection.send(incoming.body.decode(errors="replace").encode())
            return ApiResponse(200)
        case "GET":
            info = connection.info
            document = {
                "connectedAt": iso_time(info.connected),
                "identity": info.identity(),
                "lastActiveAt": iso_time(info.active),
            }
            return ApiResponse(200, (_JSON,), json.dumps(document, separators=(",", ":")).encode())
        case "DELETE":
            connection.close(1000, "Connection Closed Normally")
            return ApiResponse(204)
    raise MissingToken
