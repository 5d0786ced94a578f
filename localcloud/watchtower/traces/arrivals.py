"""Documents that have come and that nobody has read: the oldest lie in files, which take no memory."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Generator, Iterable
from contextlib import suppress
from typing import IO, Final, NamedTuple, Protocol

from localcloud.watchtower.traces.documents import Document

IN_MEMORY: Final = 1024 * 1024
"""So many bytes of documents are held in memory, and then written together."""
_DEFERRED_BYTES: Final = 1024  # about what one comes to


class Deferred(Protocol):
    """Documents that are written once they are read."""

    def documents(self) -> Iterable[Document]:
        """Return them."""


class _Block(NamedTuple):
    """Documents behind one another in a file that has no name, and goes with its last user."""

    file: IO[bytes]
    lengths: list[int]

    @property
    def size(self) -> int:
        """How many bytes they are."""
        return sum(self.lengths)

    def read(self) -> list[bytes]:
        """Return the documents, and let the file go."""
        with self.file as file:
            file.seek(0)
            return [file.read(length) for length in self.lengths]


class Arrivals:
    """Documents about in the order in which they came.

    Parameters
    ----------
    most_bytes
        How many are kept; the oldest go first.

    Attributes
    ----------
    dropped
        How many documents went so.
    """

    def __init__(self, most_bytes: int) -> None:
        self.dropped = 0
        self._most = most_bytes
        self._loaded: deque[bytes] = deque()  # from a block that is being taken
        self._blocks: deque[_Block] = deque()
        self._recent: deque[bytes | Deferred] = deque()
        self._in_memory = 0  # bytes of documents
        self._bytes = 0

    def add(self, arrived: bytes | Deferred) -> None:
        """Take a document."""
        self._recent.append(arrived)
        if isinstance(arrived, bytes):
            self._in_memory += len(arrived)
            self._bytes += len(arrived)
            if self._in_memory >= IN_MEMORY:
                self._write()
        else:
            self._bytes += _DEFERRED_BYTES
        while self._bytes > self._most:
            if self._blocks and not self._loaded:
                self._bytes -= self._blocks[0].size
                self.dropped += len(self._blocks[0].lengths)
                self._blocks.popleft().file.close()
            else:
                self._pop()
                self.dropped += 1

    def take(self) -> Generator[bytes | Deferred, None, None]:
        """Yield the documents, and keep none; more may come meanwhile."""
        while self._loaded or self._blocks or self._recent:
            if not self._loaded and self._blocks:
                self._loaded.extend(self._blocks.popleft().read())
            yield self._pop()

    def _pop(self) -> bytes | Deferred:
        if self._loaded:
            text = self._loaded.popleft()
            self._bytes -= len(text)
            return text
        arrived = self._recent.popleft()
        if isinstance(arrived, bytes):
            self._in_memory -= len(arrived)
            self._bytes -= len(arrived)
        else:
            self._bytes -= _DEFERRED_BYTES
        return arrived

    def _write(self) -> None:
        """Put the documents in memory into a file; where there is no room for one, they stay."""
        texts = [arrived for arrived in self._recent if isinstance(arrived, bytes)]
        with suppress(OSError):
            file = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed once it was read
            try:
                file.write(b"".join(texts))
                file.flush()
            except OSError:
                file.close()
                raise
            self._blocks.append(_Block(file, [len(text) for text in texts]))
            self._recent = deque(arrived for arrived in self._recent if not isinstance(arrived, bytes))
        self._in_memory = 0
