"""Reads an engine's feed."""

from __future__ import annotations

import http.client
import json
import socket
import threading

from tests.engine.patience import patience


class FeedReader:
    """Reads the feed on a thread."""

    def __init__(self, port: int) -> None:
        self.lines: list[dict[str, str]] = []
        self._came = threading.Condition()
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._connection.request("GET", "/_localcloud/feed")
        self._answer = self._connection.getresponse()
        self._socket = self._connection.sock
        threading.Thread(target=self._read, daemon=True).start()
        assert self.wait_for({"kind": "hello"})

    def _read(self) -> None:
        try:
            for line in self._answer:
                with self._came:
                    self.lines.append(json.loads(line))
                    self._came.notify_all()
        except (OSError, ValueError, AttributeError):
            return

    def wait_for(self, line: dict[str, str], timeout: float | None = None) -> bool:
        """Whether ``line`` came, or comes in time."""
        with self._came:
            return self._came.wait_for(lambda: line in self.lines, timeout or patience())

    def close(self) -> None:
        if self._socket is not None:
            self._socket.shutdown(socket.SHUT_RDWR)
        self._answer.close()
        self._connection.close()
