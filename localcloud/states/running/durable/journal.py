"""What executions do, on its way into the journal of the process."""

from __future__ import annotations

import asyncio

from localcloud.clock import CLOCK
from localcloud.states.language.scope import Json
from localcloud.states.running.durable.pauses import Pauses
from localcloud.states.running.durable.records import Records
from localcloud.states.running.durable.store import JournalStore, Nowhere

EXECUTION = "states/x/"
SERVICE = "states/service"
KEY = "key "
# While executions run, this often the journal says that the process is alive.
ALIVE_SECONDS = 5.0


class ExecutionJournal:
    """Gathers the operations of all executions and writes them once in a turn of the loop, or when asked.

    An operation is a list: its code, and what belongs to it (see `DurableExecution` and `DurableFrame`).
    Each execution has a space of its own, whose entries are lists of operations.

    Parameters
    ----------
    store
        The journal of the process.

    Attributes
    ----------
    records
        What else is written down.
    pauses
        The times in which no process ran.
    keys
        What signs task tokens, by region.
    """

    def __init__(self, store: JournalStore) -> None:
        self.store = store
        self.records = Records(store)
        self.pauses = Pauses()
        self._executions = 0
        self._pending: dict[int, list[Json]] = {}
        self._entries = 0
        self._scheduled = False
        self._alive: asyncio.TimerHandle | None = None
        self._running: set[int] = set()
        self.keys: dict[str, bytes] = {}

    def key(self, region: str, new: bytes) -> bytes:
        """Return what signs a region's task tokens: that of before, or a new one, which is kept."""
        if region not in self.keys:
            self.keys[region] = new
            self.store.put(SERVICE, f"{KEY}{region}", new.hex())
        return self.keys[region]

    def go_on(self, number: int, entry: int) -> None:
        """Go on behind an execution and an entry of it that were found."""
        self._executions, self._entries = max(self._executions, number), max(self._entries, entry)

    def close(self) -> None:
        """Write what there is, and no more: what ends from now on ends with the process alone."""
        self.flush()
        self.store = self.records.store = Nowhere()

    def number(self) -> int:
        """Return the number of a new execution."""
        self._executions += 1
        return self._executions

    def append(self, number: int, operation: list[Json]) -> None:
        """Take an operation of an execution; it is durable once :meth:`flush` returns."""
        self._pending.setdefault(number, []).append(operation)
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self.flush)

    def flush(self) -> None:
        """Make durable what there is."""
        self._scheduled = False
        if not self._pending:
            return
        pending, self._pending = self._pending, {}
        with self.store.batch():
            for number, operations in pending.items():
                self._entries += 1
                self.store.put(f"{EXECUTION}{number}", str(self._entries), operations)

    def rewrite(self, number: int, operations: list[Json]) -> None:
        """Replace all that is written of an execution."""
        self.flush()
        with self.store.batch():
            self.store.clear(f"{EXECUTION}{number}")
            self._entries += 1
            self.store.put(f"{EXECUTION}{number}", str(self._entries), operations)

    def drop(self, number: int) -> None:
        """Forget an execution."""
        self.flush()
        self.store.clear(f"{EXECUTION}{number}")

    def runs(self, number: int) -> None:
        """Take note that an execution runs: from now on the journal says that the process is alive."""
        self._running.add(number)
        if self._alive is None:
            self._alive = asyncio.get_running_loop().call_later(ALIVE_SECONDS, self._live)

    def rests(self, number: int) -> None:
        """Take note that an execution runs no more."""
        self._running.discard(number)

    def _live(self) -> None:
        self._alive = None
        if self._running:
            self.store.put(SERVICE, "alive", CLOCK.now())
            self._alive = asyncio.get_running_loop().call_later(ALIVE_SECONDS, self._live)

    def moved(self) -> None:
        """Take note that the clock was put ahead: that is no time in which nothing ran."""
        if self._running:
            self.store.put(SERVICE, "alive", CLOCK.now())

    def resumed(self, last: float) -> None:
        """Note that nothing ran since ``last``."""
        self.pauses.spans.append((last, CLOCK.now()))
        self.store.put(SERVICE, "pauses", self.pauses.spans)
