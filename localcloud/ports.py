"""The ports that the parts listen on."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field


def site_port(port: int) -> int:
    """Return the port of the site beside a cloud that begins at ``port``; 0 for a free one."""
    return port + 30 if port else 0


class PortTaken(Exception):
    """A port that was asked for is in use; the message names it."""


@dataclass(frozen=True)
class Ports:
    """Where the parts listen; 0 means that the system picks.

    Attributes
    ----------
    first_api, first_gateway
        From there on each AppSync API, and each REST or WebSocket API, has a port of its own.
    engine_socket
        Bound to the engine's port, and handed on to it: a port that is let go of before its server
        is there may be somebody else's by then.
    """

    engine: int
    functions: int
    control: int
    first_api: int
    first_gateway: int
    engine_socket: socket.socket = field(repr=False, compare=False)

    @classmethod
    def starting_at(cls, port: int) -> Ports:
        """Return the ports from ``port`` on; with 0 free ones, chosen now for the engine.

        Whoever calls closes the engine's socket.

        Raises
        ------
        PortTaken
            The engine's port is in use.
        """
        bound = bind(port)
        taken: int = bound.getsockname()[1]
        if port == 0:
            return cls(taken, 0, 0, 0, 0, bound)
        # Seven AppSync APIs fit before API Gateway's, and twenty of those before the site.
        return cls(port, port + 1, port + 2, port + 3, port + 10, bound)


def bind(port: int) -> socket.socket:
    """Return a socket bound to a port of loopback, 0 for any that is free; it does not listen yet.

    Raises
    ------
    PortTaken
    """
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # As the servers do: a port in TIME_WAIT from the last run is free.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(("127.0.0.1", port))
    except OSError as error:
        bound.close()
        raise PortTaken(
            f"port {port} is in use on 127.0.0.1; name another one, or 0 for any free ones"
        ) from error
    return bound
