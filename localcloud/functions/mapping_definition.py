"""An event source mapping as the control plane describes it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from localcloud.functions.streams import stream_of

STREAMS = ("dynamodb", "kinesis")


@dataclass(frozen=True)
class MappingDefinition:
    """What is polled, for whom, and how failures are dealt with.

    Attributes
    ----------
    batch_size : int
        Greatest number of records in one invocation.
    window : float
        MaximumBatchingWindowInSeconds: how long to gather a batch.
    partial : bool
        The function reports which items failed (ReportBatchItemFailures).
    filters : tuple of str
        FilterCriteria's patterns, JSON each; a record passes when any of them matches.
    maximum_concurrency : int or None
        ScalingConfig's, for queues.
    maximum_retries, maximum_record_age : int or None
        Of stream batches; None is no limit. The age is in seconds.
    on_failure : str or None
        ARN to which a stream batch that was given up is reported.
    parallelization : int
        How many batches of a shard may be handled at once; the changes of an item, or the records of a
        partition key, keep their order.
    starting_timestamp : float or None
        Where AT_TIMESTAMP begins, in seconds since 1970.
    tumbling_window : int
        Seconds of the windows that the records of a stream fall into; 0 is none.
    """

    id: str
    source_arn: str
    function_arn: str
    enabled: bool = True
    batch_size: int = 10
    window: float = 0
    partial: bool = False
    filters: tuple[str, ...] = ()
    maximum_concurrency: int | None = None
    starting_position: str = "LATEST"
    bisect: bool = False
    maximum_retries: int | None = None
    maximum_record_age: int | None = None
    on_failure: str | None = None
    parallelization: int = 1
    tumbling_window: int = 0
    starting_timestamp: float | None = None

    @property
    def source_kind(self) -> str:
        """The source's service: ``"sqs"``, ``"dynamodb"``, ``"kinesis"``, or one that is not served here."""
        parts = self.source_arn.split(":")
        return parts[2] if len(parts) > 2 else ""

    @cached_property  # asked of every mapping at each change
    def stream_arn(self) -> str:
        """The source's ARN; where it is a consumer of a stream, the stream's."""
        return stream_of(self.source_arn)

    @property
    def region(self) -> str:
        """The source's region, as its records name it."""
        parts = self.source_arn.split(":")
        return parts[3] if len(parts) > 3 else ""

    def unsupported(self) -> list[str]:
        """Name what of this mapping the local service does not do."""
        if self.source_kind in ("sqs", *STREAMS):
            return []
        source = self.source_arn or "its source"
        reason = f"nothing is read from {source}: queues, table streams and Kinesis streams are polled"
        return [f"event source mapping {self.id} of {self.function_arn}: {reason}"]
