"""What a WebSocket API answers by itself to handshakes and to ``@connections``.

``GatewayRefused``
 +-- ``BadHandshake``       400, an upgrade that is no WebSocket's
 +-- ``UpgradeRequired``    426, a plain request to a WebSocket API
 +-- ``Declined``           what ``$connect`` answers, when that is no 2xx
 +-- ``ServiceUnavailable`` 503, the API is being closed
 +-- ``BadConnectionId``    400, ``@connections``
 +-- ``PayloadTooLarge``    413, ``@connections``
 +-- ``Gone``               410, ``@connections``
"""

from __future__ import annotations

from localcloud.gateway.errors import GatewayRefused


class BadHandshake(GatewayRefused):
    """An upgrade that is no WebSocket handshake."""

    status = 400
    error_type = "BadRequestException"
    message = "Bad Request"


class UpgradeRequired(GatewayRefused):
    """A plain HTTP request to a WebSocket API."""

    status = 426
    error_type = "BadRequestException"
    message = "Upgrade Required"


class Declined(GatewayRefused):
    """``$connect`` answered another status than a 2xx."""

    def __init__(self, status: int) -> None:
        super().__init__("Forbidden" if status in {401, 403} else "Connection refused")
        self.status = status


class ServiceUnavailable(GatewayRefused):
    """The API is being closed: its clients may come back when it is served again."""

    status = 503
    error_type = "ServiceUnavailableException"
    message = "Service Unavailable"


class BadConnectionId(GatewayRefused):
    """Text that is no connection's id."""

    status = 400
    error_type = "BadRequestException"

    def __init__(self, connection_id: str) -> None:
        super().__init__(f"Invalid connectionId: {connection_id}")


class PayloadTooLarge(GatewayRefused):
    """A message to a connection that is over 128 KB."""

    status = 413
    error_type = "PayloadTooLargeException"
    message = "Message too long"


class Gone(GatewayRefused):
    """There is no such connection, or none any more. There is no body: SDKs read the header."""

    status = 410
    error_type = "GoneException"

    def body(self) -> bytes:
        """Return the empty body."""
        return b""
