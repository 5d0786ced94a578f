"""`Pusher` on API Gateway: a signed ``POST /@connections/{id}`` for each frame.

boto3's client for it takes 100 ms to make for each API; what it sends is one request, made here.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from urllib.parse import quote

from orders.adapters.http import HttpPool
from orders.adapters.signing import Role, Signer
from orders.errors import ConnectionGone, PublishFailed

GONE = 410


class WebSocketPush:
    """Pushes to any API of one region; each API's address comes with its connections.

    Parameters
    ----------
    region : str
        The region that the APIs are in.
    role : Role, optional
        Who signs.
    """

    def __init__(self, region: str, role: Role | None = None) -> None:
        self._signer = Signer("execute-api", region, role)
        self._pools: dict[str, HttpPool] = {}
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Find the role's credentials."""
        self._signer.prepare()

    def push(self, endpoint: str, connection_id: str, frame: bytes, *, deadline: float) -> None:
        """Send ``frame`` before ``deadline``.

        The answer for a closed connection is no error: the sender is the first
        to learn of a client that went without goodbye.
        """
        self._ask("POST", endpoint, connection_id, frame, deadline)

    def disconnect(self, endpoint: str, connection_id: str, *, deadline: float) -> None:
        """Close a connection; API Gateway chooses the code. One that is gone is closed."""
        with suppress(ConnectionGone):
            self._ask("DELETE", endpoint, connection_id, b"", deadline)

    def _ask(self, method: str, endpoint: str, connection_id: str, body: bytes, deadline: float) -> None:
        pool = self._pool(endpoint)
        # Ids end in "=", which a path holds encoded; the signature encodes the path once more.
        path = f"{pool.path.rstrip('/')}/@connections/{quote(connection_id, safe='')}"
        shown = {"content-type": "application/json"}
        headers = self._signer.sign(f"{pool.origin}{path}", body, shown, method=method)
        try:
            response = pool.post(body, headers, deadline=deadline, path=path, method=method)
        except PublishFailed as error:
            # Where nothing listens the API no longer exists, and its connections ended with it.
            if isinstance(error.__cause__, ConnectionRefusedError):
                raise ConnectionGone from error
            raise
        if response.status == GONE:
            raise ConnectionGone
        if response.status not in {200, 204}:
            raise PublishFailed(f"API Gateway answered {response.status}")

    def close(self) -> None:
        """Close the connections that are kept."""
        for pool in self._pools.values():
            pool.close()

    def _pool(self, endpoint: str) -> HttpPool:
        pool = self._pools.get(endpoint)
        if pool is None:
            with self._lock:
                pool = self._pools.setdefault(endpoint, HttpPool(endpoint))
        return pool
