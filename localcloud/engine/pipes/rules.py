"""What Pipes refuses of a pipe, and what nothing here serves.

Source: "CreatePipe" in the EventBridge Pipes API reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

SOURCES: Final = {
    "sqs": "SqsQueueParameters",
    "dynamodb": "DynamoDBStreamParameters",
    "kinesis": "KinesisStreamParameters",
}
TARGETS: Final = (
    "lambda",
    "sqs",
    "sns",
    "states",
    "events",
    "kinesis",
    "firehose",
    "logs",
    "api-destination",
)
ENRICHMENTS: Final = ("lambda", "states", "api-destination")
_STARTS: Final = ("LATEST", "TRIM_HORIZON", "AT_TIMESTAMP")


def problem_of(pipe: Mapping[str, Any]) -> str | None:
    """Return why a pipe is refused; None for one that is taken.

    Examples
    --------
    >>> queue = "arn:aws:sqs:us-east-1:000000000000:q"
    >>> problem_of({"RoleArn": "r", "Source": queue, "Target": queue})
    >>> problem_of({"RoleArn": "r", "Source": "arn:aws:kafka:us-east-1:000000000000:c", "Target": queue})
    'the local cloud reads nothing from the source kafka'
    """
    return next(_problems(pipe), None)


def _problems(pipe: Mapping[str, Any]) -> Iterator[str]:
    for name in ("RoleArn", "Source", "Target"):
        if not pipe.get(name):
            yield f"1 validation error detected: Value null at '{name}' failed to satisfy constraint"
    source, target = service_of(pipe["Source"]), service_of(pipe["Target"])
    if source not in SOURCES:
        yield f"the local cloud reads nothing from the source {source}"
    if target not in TARGETS:
        yield f"the local cloud delivers nothing to the target {target}"
    enrichment = pipe.get("Enrichment")
    if enrichment and service_of(enrichment) not in ENRICHMENTS:
        yield f"the local cloud enriches nothing by {service_of(enrichment)}"
    if str(pipe["Target"]).endswith(".fifo") and target == "sns":
        yield "SNS FIFO topics are not supported as a pipe target."
    parameters = (pipe.get("SourceParameters") or {}).get(SOURCES[source]) or {}
    if source != "sqs" and parameters.get("StartingPosition") not in _STARTS:
        yield f"SourceParameters.{SOURCES[source]}.StartingPosition must be one of {', '.join(_STARTS)}"


def service_of(arn: Any) -> str:
    """Return the service that an ARN names.

    Examples
    --------
    >>> service_of("arn:aws:sqs:us-east-1:000000000000:q")
    'sqs'
    """
    parts = str(arn).split(":")
    if len(parts) < 6:
        return str(arn)
    api = parts[2] == "events" and parts[5].startswith("api-destination/")
    return "api-destination" if api else parts[2]
