"""What a delivery stream measures: the metrics of ``AWS/Firehose``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from localcloud.streams.firehose.records import Record
from localcloud.watchtower.facade import Metrics

NAMESPACE: Final = "AWS/Firehose"


class Meters:
    """Puts the values of one stream.

    Parameters
    ----------
    name
        The stream's, the dimension of all of them.
    """

    def __init__(self, metrics: Metrics, name: str) -> None:
        self._metrics = metrics
        self._dimensions = {"DeliveryStreamName": name}

    def put(self, name: str, value: float, unit: str = "Count") -> None:
        """Put a value."""
        self._metrics.put(NAMESPACE, name, self._dimensions, value, unit)

    def counted(self, prefix: str, records: Sequence[Record]) -> None:
        """Put ``.Records`` and ``.Bytes`` of records."""
        self.put(f"{prefix}.Records", len(records))
        self.put(f"{prefix}.Bytes", sum(len(record.data) for record in records), "Bytes")

    def delivered(self, to: str, records: Sequence[Record], size: int, now: float) -> None:
        """Put what the delivery of an object came to.

        Parameters
        ----------
        to
            ``DeliveryToS3`` or ``BackupToS3``.
        """
        oldest = min(record.arrived for record in records)
        self.put(f"{to}.Success", 1)
        self.put(f"{to}.Records", len(records))
        self.put(f"{to}.Bytes", size, "Bytes")
        self.put(f"{to}.DataFreshness", max(now - oldest, 0.0), "Seconds")
        if to == "DeliveryToS3":
            self.put(f"{to}.ObjectCount", 1)
