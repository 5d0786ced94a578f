"""What following orders took: on the client's side as it counts itself, on AWS's side by the meter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields


@dataclass(frozen=True, slots=True)
class Usage:
    """What one client, or many together, sent and received.

    Attributes
    ----------
    requests
        HTTP requests, those that open a WebSocket or a stream among them.
    sockets
        Connections that stay open: WebSockets, and responses that are streamed.
    connections
        TCP connections that were opened.
    messages_in, messages_out
        Messages over what stays open, and those that a webhook brought.
    bytes_in, bytes_out
        Of HTTP heads and bodies, WebSocket frames and payloads; not of TLS and TCP.
    connected_seconds
        For how long these connections were open.
    answer_seconds
        How long the answers to HTTP requests took, together.
    duplicates
        Changes that came although they were there already, and were dropped.
    """

    requests: int = 0
    sockets: int = 0
    connections: int = 0
    messages_in: int = 0
    messages_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    connected_seconds: float = 0.0
    answer_seconds: float = 0.0
    duplicates: int = 0


def total(usages: Iterable[Usage]) -> Usage:
    """Return the sum of what several clients took.

    Examples
    --------
    >>> total([Usage(requests=2), Usage(requests=3, sockets=1)]).requests
    5
    """
    listed = list(usages)
    return Usage(**{item.name: sum(getattr(usage, item.name) for usage in listed) for item in fields(Usage)})


@dataclass(frozen=True, slots=True)
class FunctionUse:
    """Invocations of one Lambda function, and what they hold of memory and time."""

    invocations: float
    gb_seconds: float
    architecture: str = "arm64"


@dataclass(frozen=True, slots=True)
class ServerUse:
    """AWS's side of following some orders.

    Attributes
    ----------
    operations
        Of the AWS services, without the polling that goes on whether or not there are orders.
    reads, writes
        DynamoDB's request units.
    functions
        By name.
    """

    operations: Mapping[str, float] = field(default_factory=dict)
    reads: float = 0.0
    writes: float = 0.0
    functions: Mapping[str, FunctionUse] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChannelUsage:
    """All that following some orders took over one channel.

    Attributes
    ----------
    orders, changes
        How many orders there were, and how many changes all of them went through.
    server
        None when it could not be attributed, such as when several channels ran at once.
    followers
        How many clients followed each order: each change is delivered to all of them.
    payload
        Bytes of a change as it is delivered; taken from what the client received where it is not given.
    """

    orders: int
    changes: int
    client: Usage
    server: ServerUse | None = None
    followers: int = 1
    payload: int | None = None
