"""The ports that the parts listen on."""

from __future__ import annotations

import socket
from dataclasses import dataclass


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
    """

    engine: int
    functions: int
    control: int
    first_api: int
    first_gateway: int

    @classmethod
    def starting_at(cls, port: int) -> Ports:
        """Return the ports from ``port`` on; with 0 free ones, chosen now for the engine.

        Raises
        ------
        PortTaken
            The engine's port is in use.
        """
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            # As the servers do: a port in TIME_WAIT from the last run is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise PortTaken(
                    f"port {port} is in use on 127.0.0.1; name another one, or 0 for any free ones"
                ) from error
            free: int = probe.getsockname()[1]
        if port == 0:
            return cls(free, 0, 0, 0, 0)
        # Seven AppSync APIs fit before API Gateway's, and twenty of those before the site.
        return cls(port, port + 1, port + 2, port + 3, port + 10)
