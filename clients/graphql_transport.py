"""gql's transport for graphql-transport-ws, with what the companion says in unsolicited pongs.

The protocol has no message that says that a subscription is live, and API Gateway closes connections
with a code of its own. So the companion sends a ``pong`` for either: ``{"subscribed": ID}`` comes out of
``subscribe()`` as the first result, marked ``STARTED``, as AppSync's ``start_ack`` does in
``clients.transport``; ``{"closing": {"code", "reason"}}`` becomes the connection's error: in
``_parse_answer``, gql's documented hook for the wire format.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from gql import GraphQLRequest
from gql.transport.exceptions import TransportProtocolError
from gql.transport.websockets import WebsocketsTransport
from graphql import ExecutionResult

from clients.counted import CountedTransport, read_object
from clients.traffic import Traffic
from clients.transport import STARTED, ConnectionRefused

# The protocol's codes, as the errors that AppSync would give for the same.
_KINDS = {
    4401: "UnauthorizedException",
    4403: "UnauthorizedException",
    4408: "ServiceUnavailable",
    4500: "InternalFailure",
}


class GraphQLLiveTransport(CountedTransport, WebsocketsTransport):
    """One WebSocket connection to the companion. Make a new one for every connect.

    Parameters
    ----------
    url
        The companion's WebSocket address, ``wss://…/api``.
    token
        Shown in ``connection_init``.
    ping_every, patience
        After so many seconds without a pong ask for one, and so many to wait for it.
    """

    def __init__(self, url: str, *, token: str, ping_every: float, patience: float, traffic: Traffic) -> None:
        self._traffic = traffic
        super().__init__(
            url,
            init_payload={"Authorization": token},
            subprotocols=[self.GRAPHQLWS_SUBPROTOCOL],
            connect_timeout=10,
            ack_timeout=patience,
            ping_interval=ping_every,
            pong_timeout=patience,
            close_timeout=2,
            # As for AppSync: no long wait for a peer that is gone, and bytes that can be counted. API
            # Gateway answers no pings of the WebSocket's own.
            connect_args={"close_timeout": 1, "compression": None, "ping_interval": None},
        )

    def subscribe(
        self, request: GraphQLRequest, *, send_stop: bool | None = False
    ) -> AsyncGenerator[ExecutionResult, None]:
        """Subscribe until the connection is closed, which says all that a ``complete`` would.

        A connection of ours keeps its subscriptions to its end. A ``complete`` before that would be one
        invocation and three writes to take back what closing takes back at once.
        """
        return super().subscribe(request, send_stop=send_stop)

    def _parse_answer(self, answer: str) -> tuple[str, int | None, ExecutionResult | None]:
        message = read_object(answer, "message")
        payload = message.get("payload")
        if message.get("type") == "pong" and isinstance(payload, dict):
            if "closing" in payload:
                raise ConnectionRefused([_error(payload["closing"])])
            if "subscribed" in payload:
                return ("start_ack", _number(payload["subscribed"]), STARTED)
        return super()._parse_answer(answer)


def _error(closing: object) -> dict[str, object]:
    details = closing if isinstance(closing, dict) else {}
    code, reason = details.get("code"), details.get("reason")
    kind = _KINDS.get(code, "BadRequestException") if isinstance(code, int) else "BadRequestException"
    return {"errorType": kind, "message": f"{reason} ({code})"}


def _number(id_: object) -> int:
    try:
        return int(str(id_))
    except ValueError:
        raise TransportProtocolError(f"The server names a subscription that is not ours: {id_!r}") from None
