"""Sends segments to the daemon from another process: one datagram each, and never a wait."""

from __future__ import annotations

import socket
from typing import Final

from localcloud.watchtower.traces.documents import LARGEST, Document, children, encode

_HEADER: Final = b'{"format":"json","version":1}\n'


class Emitter:
    """A socket to the daemon, opened when the first segment is sent.

    Parameters
    ----------
    address
        ``HOST:PORT``; empty: nothing is sent.

    Attributes
    ----------
    dropped
        How many documents the system did not take.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._socket: socket.socket | None = None
        self.dropped = 0

    def send(self, document: Document) -> None:
        """Send a segment; one that is too large for X-Ray goes in parts, as SDKs stream it."""
        if not self._address:
            return
        for text in parts(document):
            self._send(_HEADER + text)

    def _send(self, datagram: bytes) -> None:
        if self._socket is None:
            host, _, port = self._address.rpartition(":")
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
            self._socket.connect((host, int(port)))
        try:
            self._socket.send(datagram)
        except OSError:  # the daemon has gone, or its buffer is full
            self.dropped += 1


def parts(document: Document, limit: int = LARGEST - 1024) -> list[bytes]:
    """Return a document's text, or those of its parts where it is longer than a limit.

    Examples
    --------
    >>> inner: Document = {"id": "2", "name": "b", "subsegments": []}
    >>> whole: Document = {"id": "1", "trace_id": "t", "name": "a", "subsegments": [inner]}
    >>> [len(parts(whole, limit)) for limit in (100, 50)]
    [1, 2]
    """
    text = encode(document).encode()
    inner = children(document)
    if len(text) <= limit or not inner:
        return [text]
    apart = {name: value for name, value in document.items() if name != "subsegments"}
    texts = [encode(apart).encode()]
    for child in inner:
        above = {"type": "subsegment", "trace_id": document["trace_id"], "parent_id": document["id"]}
        texts += parts({**child, **above}, limit)
    return texts
