"""From what one order takes on average to what the bill's rules read: they count whole units."""

from __future__ import annotations

from dataclasses import dataclass, fields

from compare.costs import MILLION
from compare.usage import ChannelUsage, FunctionUse, ServerUse, Usage


@dataclass(frozen=True, slots=True)
class Sent:
    """What one follower of one order sends and receives; ``compare.usage.Usage`` in fractions."""

    requests: float = 0.0
    sockets: float = 0.0
    connections: float = 0.0
    messages_in: float = 0.0
    messages_out: float = 0.0
    bytes_in: float = 0.0
    connected_seconds: float = 0.0


def channel_usage(
    sent: Sent, server: ServerUse, *, changes: float, followers: int, payload: int | None = None
) -> ChannelUsage:
    """Return what a million such orders take with all their followers.

    Examples
    --------
    >>> taken(Sent(requests=1.5), ServerUse(), changes=6, followers=2).client.requests
    3000000
    """
    many = MILLION * followers
    counted = {item.name: getattr(sent, item.name) * many for item in fields(Sent)}
    seconds = counted.pop("connected_seconds")
    return ChannelUsage(
        orders=MILLION,
        changes=round(changes * MILLION),
        client=Usage(**{name: round(n) for name, n in counted.items()}, connected_seconds=round(seconds, 3)),
        server=ServerUse(
            operations={name: n * MILLION for name, n in server.operations.items()},
            reads=server.reads * MILLION,
            writes=server.writes * MILLION,
            functions={
                name: FunctionUse(use.invocations * MILLION, use.gb_seconds * MILLION, use.architecture)
                for name, use in server.functions.items()
            },
        ),
        followers=followers,
        payload=payload,
    )
