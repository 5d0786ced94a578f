"""Tumbling windows: the records of a shard by when they arrived, and a state that goes from call to call.

Source of the rules: https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from localcloud.functions.mappings.records import Record, event_of
from localcloud.functions.model import JSON

STATE_LIMIT: Final = 1_048_576
"""Bytes of a state, as JSON: beyond them AWS terminates its window early."""
EMPTY: Final = "{}"
_encode: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


@dataclass
class Window:
    """A window of a shard, and what the function has gathered in it.

    Attributes
    ----------
    start, end
        In seconds since 1970; the end is exclusive.
    state
        As JSON.
    terminated_early
        The state has grown beyond its limit.
    """

    start: int
    end: int
    state: str = EMPTY
    terminated_early: bool = False

    @classmethod
    def around(cls, moment: float, seconds: int) -> Window:
        """Return the window that a moment falls into: they are laid from 1970 on.

        Examples
        --------
        >>> Window.around(1_607_497_475.0, 120)
        Window(start=1607497440, end=1607497560, state='{}', terminated_early=False)
        """
        start = int(moment // seconds) * seconds
        return cls(start, start + seconds)

    @classmethod
    def of(cls, record: JSON) -> Window:
        """Return the window that :meth:`record` describes."""
        match record:
            case [int(start), int(end), str(state), bool(terminated_early)]:
                return cls(start, end, state, terminated_early)
        raise ValueError("this is no window")

    def record(self) -> list[JSON]:
        """Return the window as JSON."""
        return [self.start, self.end, self.state, self.terminated_early]

    def moments(self) -> tuple[str, str]:
        """Return its start and its end as events have them."""
        return _moment(self.start), _moment(self.end)

    def holds(self, moment: float) -> bool:
        """Return whether a moment falls into the window."""
        return self.start <= moment < self.end

    def take(self, state: str) -> None:
        """Keep the state that the function returned."""
        self.state = state
        self.terminated_early = len(state.encode()) > STATE_LIMIT

    def event(self, records: Iterable[Record], shard: str, source: str, *, final: bool = False) -> bytes:
        """Return the event of some of the window's records, or of its end."""
        start, end = self.moments()
        span = {"start": start, "end": end}
        rest = (
            f',"window":{_encode(span)},"state":{self.state},"shardId":{_encode(shard)},'
            f'"eventSourceARN":{_encode(source)},"isFinalInvokeForWindow":{_encode(final)},'
            f'"isWindowTerminatedEarly":{_encode(final and self.terminated_early)}}}'
        )
        return event_of(records)[:-1] + rest.encode()


def state_of(payload: bytes) -> str | None:
    """Return the state in a function's response, as JSON; None where it has none.

    Examples
    --------
    >>> state_of(b'{"state": {"a": 1}}'), state_of(b'{"batchItemFailures": []}'), state_of(b"null")
    ('{"a":1}', None, None)
    """
    try:
        response = json.loads(payload or b"null")
    except (ValueError, RecursionError):
        return None
    state = response.get("state") if isinstance(response, dict) else None
    return None if state is None else _encode(state)


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
