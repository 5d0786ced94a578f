"""The journal that a process writes."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from localcloud.journal.errors import JournalError
from localcloud.journal.failing import end_the_process
from localcloud.journal.files import LOG, lock, path, remove_older, remove_temporary, survey
from localcloud.journal.folding import Spaces, compact, fold
from localcloud.journal.frames import CLEAR, DELETE, MAGIC, PUT, frame, operation
from localcloud.journal.texts import text

# A log is folded into a snapshot when it is larger than this and than the last snapshot.
COMPACT_BYTES = 32 * 1024 * 1024

Json = Any

logger = logging.getLogger(__name__)


class Journal:
    """One process's journal; :meth:`open` creates it. See the package for its uses.

    Parameters
    ----------
    on_failure
        Called when a write fails (the disk is full). By default it ends the process: what memory holds
        by then is not durable, so no answer may leave.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> folder = Path(mkdtemp())
    >>> journal = Journal.open(folder)
    >>> journal.put("users", "ann", {"age": 7})
    >>> journal.close()
    >>> Journal.open(folder).take("users")
    {'ann': {'age': 7}}
    """

    def __init__(
        self,
        folder: Path,
        guard: int,
        *,
        on_failure: Callable[[OSError], None] = end_the_process,
        compact_bytes: int = COMPACT_BYTES,
    ) -> None:
        self._folder = folder
        self._guard = guard
        self._on_failure = on_failure
        self._compact_bytes = compact_bytes
        self._lock = threading.Lock()
        self._local = threading.local()
        self._compaction: threading.Thread | None = None
        self._spaces: Spaces = {}
        self._file = -1
        self._size = self._snapshot_size = self._number = 0

    @property
    def folder(self) -> Path:
        """Where it is; what is kept beside it belongs to the same process."""
        return self._folder

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        on_failure: Callable[[OSError], None] = end_the_process,
        compact_bytes: int = COMPACT_BYTES,
    ) -> Journal:
        """Open a folder's journal, read what it holds and go on behind it.

        Raises
        ------
        JournalError
            Another process has it, it is damaged, or a newer version wrote it.
        """
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            guard = lock(folder)
        except OSError as error:
            raise JournalError(f"{folder}: {error.strerror or error}") from error
        journal = cls(folder, guard, on_failure=on_failure, compact_bytes=compact_bytes)
        try:
            journal._begin()
        except OSError as error:
            journal.close()
            raise JournalError(f"{folder}: {error.strerror or error}") from error
        except JournalError:
            journal.close()
            raise
        return journal

    def _begin(self) -> None:
        remove_temporary(self._folder)
        files = survey(self._folder)
        self._spaces, end = fold(files.ordered, torn=True)
        self._number = files.number
        if files.snapshot is not None:
            remove_older(self._folder, int(files.snapshot.stem))
            self._snapshot_size = files.snapshot.stat().st_size
        log = path(self._folder, self._number, LOG)
        # What is torn must not stand before what comes.
        self._use(log, end if files.logs else 0)

    def _use(self, log: Path, end: int) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._file = os.open(log, flags, 0o600)
        os.ftruncate(self._file, end)
        self._size = end
        if not end:
            self._write_whole(MAGIC)

    # -- what was there -----------------------------------------------------------------------

    def spaces(self, prefix: str = "") -> list[str]:
        """Return the names of the spaces that were found and not yet taken."""
        return [space for space in self._spaces if space.startswith(prefix)]

    def take(self, space: str) -> dict[str, Json]:
        """Return what was found in a space, in the order of the first puts; it is handed out once."""
        return {key: json.loads(value) for key, value in self._spaces.pop(space, {}).items()}

    def take_texts(self, space: str) -> dict[str, bytes]:
        """Return the same as :meth:`take`, each value as the JSON that it is in the file."""
        return self._spaces.pop(space, {})

    def forget_the_rest(self) -> None:
        """Give back the memory of what was found and not taken; the files keep it."""
        self._spaces = {}

    # -- what changes -------------------------------------------------------------------------

    def put(self, space: str, key: str, value: Json) -> None:
        """Set a key; the change is in the file on return, or with the batch around it."""
        self._add(operation(PUT, space, key, text(value).encode()))

    def put_text(self, space: str, key: str, value: str) -> None:
        """Set a key to what is JSON already."""
        self._add(operation(PUT, space, key, value.encode()))

    def delete(self, space: str, key: str) -> None:
        """Remove a key; one that is not there may be removed."""
        self._add(operation(DELETE, space, key))

    def clear(self, space: str) -> None:
        """Remove all keys of a space."""
        self._add(operation(CLEAR, space))

    def begin(self) -> None:
        """Begin a batch on this thread; each begin needs a :meth:`commit`, and inner ones do nothing."""
        local = self._local
        local.depth = getattr(local, "depth", 0) + 1
        if local.depth == 1:
            local.operations = []

    def commit(self) -> None:
        """Write this thread's batch: one frame."""
        local = self._local
        local.depth -= 1
        if not local.depth:
            pending, local.operations = local.operations, None
            if pending:
                self._write(b"".join(pending))

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Write all changes within as one frame, also when an exception ends it: memory has them."""
        self.begin()
        try:
            yield
        finally:
            self.commit()

    def _add(self, change: bytes) -> None:
        pending = getattr(self._local, "operations", None)
        if pending is None:
            self._write(change)
        else:
            pending.append(change)

    def _write(self, body: bytes) -> None:
        data = frame(body)
        with self._lock:
            if self._file < 0:
                raise JournalError(f"{self._folder}: the journal is closed")
            self._write_whole(data)
            full = self._size > max(self._compact_bytes, self._snapshot_size) and self._compaction is None
            if full:
                self._rotate()

    def _write_whole(self, data: bytes) -> None:
        try:
            count = os.write(self._file, data)
            while count < len(data):
                count += os.write(self._file, data[count:])
        except OSError as error:
            # A part of a frame must not stand before the next one.
            os.ftruncate(self._file, self._size)
            self._on_failure(error)
            raise JournalError(f"{self._folder}: {error.strerror or error}") from error
        self._size += len(data)

    # -- compaction ---------------------------------------------------------------------------

    def _rotate(self) -> None:
        """Go on in a new log, and have the older ones folded by a thread."""
        os.close(self._file)
        self._number += 1
        self._use(path(self._folder, self._number, LOG), 0)
        self._compaction = threading.Thread(
            target=self._compact, args=(self._number,), daemon=True, name="journal-compaction"
        )
        self._compaction.start()

    def _compact(self, number: int) -> None:
        try:
            self._snapshot_size = compact(self._folder, number)
        except (OSError, JournalError) as error:
            # The logs are all there still; the next one that is full tries again.
            logger.error("the journal %s cannot be compacted: %s", self._folder, error)
        finally:
            self._compaction = None

    def compact(self) -> None:
        """Fold all there is into a snapshot, and wait for that."""
        with self._lock:
            if self._compaction is None:
                self._rotate()
            thread = self._compaction
        if thread is not None:
            thread.join()

    @property
    def log_bytes(self) -> int:
        """The size of the log that is being written."""
        return self._size

    def close(self) -> None:
        """End: what is written stays."""
        thread = self._compaction
        if thread is not None:
            thread.join()
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1
            if self._guard >= 0:
                os.close(self._guard)
                self._guard = -1
