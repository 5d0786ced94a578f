"""A pipe as the control plane keeps it, and as the pollers see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from localcloud.functions.mapping_definition import MappingDefinition

_SOURCES: Final = {
    "sqs": "SqsQueueParameters",
    "dynamodb": "DynamoDBStreamParameters",
    "kinesis": "KinesisStreamParameters",
}
_BATCHES: Final = {"sqs": 10}


@dataclass(frozen=True)
class Pipe:
    """What a pipe does with the records of its source.

    Attributes
    ----------
    enrichment, enrichment_template
        Empty where there is none.
    parameters
        ``TargetParameters``.
    """

    name: str
    arn: str
    role: str
    source: str
    target: str
    running: bool = True
    enrichment: str = ""
    enrichment_template: str = ""
    enrichment_parameters: Mapping[str, Any] = field(default_factory=dict)
    template: str = ""
    source_parameters: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Pipe:
        """Return the pipe that the control plane's record describes."""
        enriching = record.get("EnrichmentParameters") or {}
        parameters = record.get("TargetParameters") or {}
        return cls(
            name=str(record["Name"]),
            arn=str(record["Arn"]),
            role=str(record.get("RoleArn") or ""),
            source=str(record["Source"]),
            target=str(record["Target"]),
            running=record.get("CurrentState") == "RUNNING",
            enrichment=str(record.get("Enrichment") or ""),
            enrichment_template=str(enriching.get("InputTemplate") or ""),
            enrichment_parameters=enriching.get("HttpParameters") or {},
            template=str(parameters.get("InputTemplate") or ""),
            source_parameters=record.get("SourceParameters") or {},
            parameters=parameters,
        )

    @property
    def target_service(self) -> str:
        """The target's service; of EventBridge's own, an API destination is ``api-destination``."""
        return service_of(self.target)

    @property
    def polled_as(self) -> str:
        """The name that the pollers invoke: in the form of a function's ARN, as they take it apart."""
        return f"{self.arn}:{self.name}"

    def mapping(self) -> MappingDefinition:
        """Return what is polled, and how failures are dealt with.

        Each kind of target may name items that failed: where none does, a failure is the whole batch's.
        """
        kind = self.source.split(":")[2]
        own = self.source_parameters.get(_SOURCES[kind]) or {}
        filters = (self.source_parameters.get("FilterCriteria") or {}).get("Filters") or []
        moment = own.get("StartingPositionTimestamp")
        return MappingDefinition(
            id=self.arn,
            source_arn=self.source,
            function_arn=self.polled_as,
            enabled=self.running,
            batch_size=int(own.get("BatchSize") or _BATCHES.get(kind, 100)),
            window=float(own.get("MaximumBatchingWindowInSeconds") or 0),
            partial=True,
            filters=tuple(str(item["Pattern"]) for item in filters if item.get("Pattern")),
            starting_position=str(own.get("StartingPosition") or "LATEST"),
            bisect=own.get("OnPartialBatchItemFailure") == "AUTOMATIC_BISECT",
            maximum_retries=_limit(own.get("MaximumRetryAttempts")),
            maximum_record_age=_limit(own.get("MaximumRecordAgeInSeconds")),
            on_failure=(own.get("DeadLetterConfig") or {}).get("Arn"),
            parallelization=int(own.get("ParallelizationFactor") or 1),
            starting_timestamp=None if moment is None else _seconds(moment),
        )


def service_of(arn: str) -> str:
    """Return the service that an ARN names, or that it names an API destination.

    Examples
    --------
    >>> service_of("arn:aws:events:us-east-1:000000000000:api-destination/hook/1")
    'api-destination'
    """
    parts = arn.split(":")
    return "api-destination" if parts[5].startswith("api-destination/") else parts[2]


def _limit(value: Any) -> int | None:
    """Return a limit; AWS writes "no limit" as -1."""
    return None if value is None or int(value) < 0 else int(value)


def _seconds(moment: Any) -> float:
    """Return a time of a template, or of an API's call, in seconds since 1970."""
    try:
        return float(moment)
    except ValueError:
        written = datetime.fromisoformat(str(moment))
        return (written if written.tzinfo else written.replace(tzinfo=UTC)).timestamp()
