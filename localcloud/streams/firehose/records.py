"""Records on their way, and the receipt that says when one has arrived."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


class RecordReceipt:
    """Counts what became of a source record: at zero it has arrived everywhere it has to.

    Parameters
    ----------
    settled
        Called once, when nothing of the record is on its way any more.

    Examples
    --------
    >>> done = []
    >>> receipt = RecordReceipt(lambda: done.append(True))
    >>> receipt.hold(); receipt.release(); done
    []
    >>> receipt.release(); done
    [True]
    """

    __slots__ = ("_pending", "_settled")

    def __init__(self, settled: Callable[[], None] | None = None) -> None:
        self._pending = 1
        self._settled = settled

    def hold(self, times: int = 1) -> None:
        """Wait for more of it."""
        self._pending += times

    def release(self) -> None:
        """Note that a part of it has arrived."""
        self._pending -= 1
        if self._pending == 0 and self._settled is not None:
            self._settled()


@dataclass(slots=True)
class Record:
    """A record, or the result of its transformation.

    Attributes
    ----------
    data
        Its bytes.
    arrived
        When Firehose took it, in seconds since 1970.
    receipt
        What it reports its arrival to.
    original
        The bytes as they came in; error documents hold these.
    sequence
        Its sequence number in the Kinesis stream that it was read from.
    metadata
        Of a record read from Kinesis: shard, partition key and more, as functions see it.
    keys
        Partition keys that a function gave it.
    """

    data: bytes
    arrived: float
    receipt: RecordReceipt = field(default_factory=RecordReceipt)
    original: bytes = b""
    sequence: str = ""
    metadata: Mapping[str, object] | None = None
    keys: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.original = self.original or self.data

    def became(self, data: bytes, keys: Mapping[str, str] | None = None) -> Record:
        """Return the record with other contents."""
        return Record(
            data, self.arrived, self.receipt, self.original, self.sequence, self.metadata, keys or self.keys
        )


@dataclass(frozen=True)
class Failure:
    """A record that goes to the error prefix, and why.

    Attributes
    ----------
    kind
        The value of ``!{firehose:error-output-type}``.
    attempts
        How often it was tried.
    """

    record: Record
    kind: str
    code: str
    message: str
    attempts: int = 1
    function: str = ""
