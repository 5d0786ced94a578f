"""The traces that are kept: a ring by bytes, so that a long run takes no more memory than a short one.

What arrives is read on demand: most traces never are, and an order's way is not to
pay for it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final

from localcloud.watchtower.traces.arrivals import Arrivals, Deferred
from localcloud.watchtower.traces.documents import Document, SegmentRefused, encode, parse_document

KEPT_BYTES: Final = 32 * 1024 * 1024
"""How many bytes of documents are kept; the oldest traces go first."""
_TURN: Final = 100  # documents read before another task may run: some 2 ms


class TraceStore:
    """Documents by their trace.

    Parameters
    ----------
    kept_bytes
        The bound of what is kept.
    refused
        Called with why a document that came by UDP was not taken: its sender gets no answer.
    """

    def __init__(
        self, *, kept_bytes: int = KEPT_BYTES, refused: Callable[[str], None] = lambda reason: None
    ) -> None:
        self._kept_bytes = kept_bytes
        self._refused = refused
        self._arrived = Arrivals(kept_bytes)
        self._traces: OrderedDict[str, list[bytes]] = OrderedDict()
        self._bytes = 0
        self._reading = asyncio.Lock()
        self.watcher: Callable[[Document], None] | None = None
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """How many documents had to go."""
        return self._dropped + self._arrived.dropped

    def receive(self, arrived: bytes | Deferred) -> None:
        """Take a document unread."""
        self._arrived.add(arrived)

    def put(self, text: str | bytes) -> None:
        """Take a document at once.

        Raises
        ------
        SegmentRefused
        """
        trace_id, document = parse_document(text)
        self._keep(trace_id, text.encode() if isinstance(text, str) else text)
        if self.watcher is not None:
            self.watcher(document)

    async def settle(self) -> None:
        """Read what has arrived since the last time."""
        async with self._reading:
            for count, arrived in enumerate(self._arrived.take(), 1):
                for text in _texts(arrived):
                    try:
                        self.put(text)
                    except SegmentRefused as error:
                        self._refused(f"a trace segment is not taken: {error.message}")
                if count % _TURN == 0:
                    await asyncio.sleep(0)

    def ids(self) -> list[str]:
        """Return the ids of the traces, the oldest first."""
        return list(self._traces)

    def documents(self, trace_id: str) -> list[Document]:
        """Return a trace's documents as they were sent; none of one that is unknown."""
        return [parse_document(text).document for text in self._traces.get(trace_id, ())]

    def _keep(self, trace_id: str, text: bytes) -> None:
        self._traces.setdefault(trace_id, []).append(text)
        self._bytes += len(text)
        while self._bytes > self._kept_bytes and len(self._traces) > 1:
            _, texts = self._traces.popitem(last=False)
            self._bytes -= sum(map(len, texts))
            self._dropped += len(texts)


def _texts(arrived: bytes | Deferred) -> Iterable[str | bytes]:
    return (arrived,) if isinstance(arrived, bytes) else map(encode, arrived.documents())
