"""The way to X-Ray's daemon: one datagram a document, without waiting."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

    from orders.adapters.xray.documents import Document

VARIABLE = "AWS_XRAY_DAEMON_ADDRESS"
HEADER = b'{"format":"json","version":1}\n'
LARGEST = 64 * 1024
"""Bytes of a document that X-Ray takes."""


def udp_address(text: str) -> tuple[str, int] | None:
    """Return where datagrams go, in either of the variable's forms.

    Examples
    --------
    >>> udp_address("169.254.79.129:2000")
    ('169.254.79.129', 2000)
    >>> udp_address("tcp:127.0.0.1:2000 udp:127.0.0.1:2001")
    ('127.0.0.1', 2001)
    >>> udp_address("nowhere")
    """
    addresses = text.split()
    chosen = next(
        (address.removeprefix("udp:") for address in addresses if address.startswith("udp:")), text.strip()
    )
    host, _, port = chosen.rpartition(":")
    return (host, int(port)) if host and port.isdecimal() else None


class Daemon:
    """Sends documents where the environment says; without an address, nowhere.

    A document that is too large, or that the network does not take, is dropped.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment
        self._socket: socket.socket | None = None

    def send(self, document: Document) -> bool:
        """Send a document; False when it was dropped."""
        address = udp_address(self._environment.get(VARIABLE, ""))
        if address is None:
            return False
        body = HEADER + json.dumps(document, separators=(",", ":"), default=str).encode()
        if len(body) > LARGEST:
            return False
        try:
            self._open().sendto(body, address)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _open(self) -> socket.socket:
        if self._socket is None:
            import socket  # noqa: PLC0415 - an invocation that is not traced does without

            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
        return self._socket
