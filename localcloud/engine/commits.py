"""When each change of a table was committed, to the microsecond: what stream records round to seconds."""

from __future__ import annotations

import marshal
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

# Older ones are forgotten: some hundred bytes each.
LATEST = 50_000


class _Commit(NamedTuple):
    arn: str
    sequence: str
    time: float
    keys: bytes  # in Python's own format: as values they would take five times as much


class Commits:
    """The latest changes that streams report.

    Examples
    --------
    >>> commits = Commits(clock=lambda: 1.5)
    >>> commits.note("arn:stream", "100", {"pk": {"S": "a"}})
    >>> commits.describe("arn:stream")["commits"]
    [{'sequence': '100', 'time': 1.5, 'keys': {'pk': {'S': 'a'}}}]
    """

    def __init__(self, latest: int = LATEST, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._commits: deque[_Commit] = deque(maxlen=latest)
        self._dropped = 0
        self._lock = threading.Lock()

    def note(self, arn: str, sequence: str, keys: dict[str, Any]) -> None:
        """Note a change, which is being committed now; callable from any thread."""
        with self._lock:
            if len(self._commits) == self._commits.maxlen:
                self._dropped += 1
            self._commits.append(_Commit(arn, sequence, self._clock(), marshal.dumps(keys)))

    def describe(self, arn: str, after: str = "") -> dict[str, object]:
        """Return a stream's changes in their order, behind a sequence number when one is given."""
        with self._lock:
            commits, dropped = list(self._commits), self._dropped
        first = int(after or 0)
        return {
            "arn": arn,
            "dropped": dropped,
            "commits": [
                {"sequence": commit.sequence, "time": round(commit.time, 6), "keys": _read(commit.keys)}
                for commit in commits
                if commit.arn == arn and int(commit.sequence) > first
            ],
        }


def _read(keys: bytes) -> object:
    read: object = marshal.loads(keys)  # noqa: S302 - our own
    return read
