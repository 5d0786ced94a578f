"""The served API as the tests hold it: stopped, killed, started again on its port, asked what lives."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.appsync_clients.people import Issuer
from tests.forked import ROOT, Forked
from tests.localcloud.running import wait_for

PATIENCE: Final = 30.0


class Served:
    """The API in a process of its own.

    The port is bound here too, without listening: while the API is down nobody else on the machine gets it.
    """

    def __init__(self, issuer: Issuer, keep_alive: float = 60.0, folder: str = "apis") -> None:
        self.issuer = issuer
        self._folder = folder
        self._keep_alive = keep_alive
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.graphql = f"http://{self.host}/graphql"
        self.realtime = f"ws://{self.host}/graphql"
        self._control = ""
        self._process: Forked | None = None

    def start(self) -> None:
        """Serve; return once requests are answered."""
        config = {
            "port": int(self.host.rpartition(":")[2]),
            "issuer": self.issuer.address,
            "keep_alive": self._keep_alive,
            "folder": self._folder,
        }
        with tempfile.TemporaryDirectory() as name:
            printed = Path(name, "printed.txt")
            self._process = process = Forked(
                "tests.appsync_clients.serve", [json.dumps(config)], folder=ROOT, out=printed
            )
            wait_for(lambda: (printed.exists() and "\n" in printed.read_text()) or process.poll() is not None)
            self._control = printed.read_text().strip()
        assert self._control.startswith("http"), self._control

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop serving: as a person stops it, or with SIGKILL as a crash does."""
        if self._process is None:
            return
        self._process.send_signal(how)
        code = self._process.wait(PATIENCE)
        self._process = None
        assert code == (0 if how is signal.SIGTERM else -how)

    def close(self) -> None:
        """Stop, and let go of the port."""
        try:
            self.stop()
        finally:
            self._listener.close()

    def _live(self) -> dict[str, int]:
        with urllib.request.urlopen(f"{self._control}/live", timeout=PATIENCE) as answer:
            addresses: dict[str, int] = json.load(answer)
        return addresses

    async def until_live(
        self, *, subscriptions: int, connections: int | None = None, patience: float = PATIENCE
    ) -> None:
        """Wait until so many live, no more and no less."""
        wanted = {"subscriptions": subscriptions}
        if connections is not None:
            wanted["connections"] = connections
        live: dict[str, int] = {}
        try:
            async with asyncio.timeout(patience):
                while not wanted.items() <= live.items():
                    live = await asyncio.to_thread(self._live)
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"wanted {wanted}, and there are {live}") from None


@contextmanager
def served(issuer: Issuer, keep_alive: float = 60.0, folder: str = "apis") -> Iterator[Served]:
    """Serve an API for the length of a block: the GraphQL one, or the Event API of ``event-apis``."""
    api = Served(issuer, keep_alive, folder)
    try:
        api.start()
        yield api
    finally:
        api.close()
