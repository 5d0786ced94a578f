"""gql's AppSync transport, with the two signs of life that it keeps to itself.

1. **start_ack.** AppSync answers a ``start`` frame with ``start_ack`` when the subscription is
   registered: events published before it are lost for good. gql reads that frame and throws its id
   away, so its users cannot know when they may take a snapshot. Here the frame comes out of
   ``subscribe()`` like any other, as the first result, marked ``STARTED``.
2. **Any frame means that the connection is alive.** gql's watchdog counts ``ka`` frames alone.

It also keeps the typed errors of ``connection_error`` and of ``error`` frames, of which gql leaves a
string. Only ``_parse_answer`` is overridden, gql's documented hook for the wire format; a test
holds it against the frames that AppSync really sends.
"""

from __future__ import annotations

from gql.transport.appsync_auth import AppSyncJWTAuthentication
from gql.transport.appsync_websockets import AppSyncWebsocketsTransport
from gql.transport.exceptions import TransportProtocolError, TransportQueryError, TransportServerError
from graphql import ExecutionResult

from clients.counted import CountedTransport, read_object
from clients.traffic import Traffic

STARTED = ExecutionResult(extensions={"start_ack": True})


class ConnectionRefused(TransportServerError):
    """The server ended the connection and said why; ``errors`` is its list."""

    def __init__(self, errors: list[object]) -> None:
        super().__init__(f"The server ends the connection: {_kinds(errors)}")
        self.errors = errors


class AppSyncLiveTransport(CountedTransport, AppSyncWebsocketsTransport):
    """One WebSocket connection to AppSync. Make a new one for every connect.

    gql signs the connection in ``__init__``, so an instance that reconnects would show a token that
    has expired meanwhile.

    Parameters
    ----------
    realtime
        ``wss://…/graphql``.
    host
        The *HTTP* endpoint's host with its port.
    keep_alive_timeout
        Seconds without any frame after which the connection counts as dead. AppSync sends a ``ka``
        about every 60 s.
    traffic
        Where what passes is counted.
    """

    def __init__(
        self,
        realtime: str,
        *,
        host: str,
        jwt: str,
        keep_alive_timeout: float = 65.0,
        traffic: Traffic | None = None,
    ) -> None:
        self._traffic = traffic or Traffic()
        super().__init__(
            realtime,
            auth=AppSyncJWTAuthentication(host=host, jwt=jwt),
            keep_alive_timeout=keep_alive_timeout,
            connect_timeout=10,
            ack_timeout=15,
            close_timeout=2,
            # A peer that is gone does not answer a close frame: do not wait the library's 10 s for it.
            # Frames are too small to gain by compression, and uncompressed their bytes can be counted.
            connect_args={"close_timeout": 1, "compression": None},
        )

    def _parse_answer(self, answer: str) -> tuple[str, int | None, ExecutionResult | None]:
        if self.check_keep_alive_task is not None:
            self._next_keep_alive_message.set()
        frame = read_object(answer, "frame")
        kind, query = frame.get("type"), frame.get("id")
        if kind == "start_ack":
            return ("start_ack", _number(query), STARTED)
        if kind == "connection_error" or (kind == "error" and query is None):
            raise ConnectionRefused(_errors(frame))
        if kind == "error":
            errors = _errors(frame)
            raise TransportQueryError(_kinds(errors), query_id=_number(query), errors=errors)
        return super()._parse_answer(answer)


def _number(query: object) -> int:
    try:
        return int(str(query))
    except ValueError:
        raise TransportProtocolError(f"The server names a subscription that is not ours: {query!r}") from None


def _errors(frame: dict[str, object]) -> list[object]:
    payload = frame.get("payload")
    errors = payload.get("errors") if isinstance(payload, dict) else None
    return errors if isinstance(errors, list) and errors else [{"message": "no reason given"}]


def _kinds(errors: list[object]) -> str:
    return ", ".join(str(e.get("errorType") or e.get("message")) for e in errors if isinstance(e, dict))
