"""What Lambda refuses of event source mappings.

Sources: the ranges of botocore's model of Lambda, and the tables of parameters such as
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Final

from localcloud.lambda_rules.patterns import BadPattern, checked_pattern
from localcloud.lambda_rules.values import (
    Problem,
    Range,
    destinations,
    no_arn,
    number,
    out_of_range,
    service_of,
)

MAPPING_RANGES: Final = {
    "BatchSize": Range(1, 10_000),
    "MaximumBatchingWindowInSeconds": Range(0, 300),
    "ParallelizationFactor": Range(1, 10),
    "MaximumRetryAttempts": Range(-1, 10_000),
    "MaximumRecordAgeInSeconds": Range(-1, 604_800),
    "TumblingWindowInSeconds": Range(0, 900),
}
CONCURRENCY: Final = Range(2, 1000)
OF_STREAMS: Final = (
    *("BisectBatchOnFunctionError", "DestinationConfig", "MaximumRecordAgeInSeconds"),
    *("MaximumRetryAttempts", "ParallelizationFactor", "StartingPosition", "StartingPositionTimestamp"),
    "TumblingWindowInSeconds",
)
POLLED: Final = frozenset({"sqs", "dynamodb", "kinesis"})
"""The services that the local cloud polls: a mapping of any other source does nothing here."""
POSITIONS: Final = {
    "dynamodb": ("TRIM_HORIZON", "LATEST"),
    "kinesis": ("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"),
}
BATCH_DESTINATIONS: Final = frozenset({"sqs", "sns", "s3"})
FILTERS: Final = 10


def mapping_problems(config: Mapping[str, object], source: str) -> Iterator[Problem]:
    """Yield what CreateEventSourceMapping refuses of a mapping.

    Parameters
    ----------
    source
        The source's ARN; empty where it is not known.
    """
    yield from out_of_range(config, MAPPING_RANGES)
    age = number(config.get("MaximumRecordAgeInSeconds"))
    if age is not None and -1 < age < 60:
        yield Problem(
            "MaximumRecordAgeInSeconds", f"MaximumRecordAgeInSeconds is {age}, not -1 or 60 to 604800"
        )
    for kind, arn in destinations(config):
        service = service_of(arn)
        if kind == "OnSuccess":
            message = "OnSuccess destinations are not supported for event source mappings"
            yield Problem("DestinationConfig", message)
        elif service is None:
            yield no_arn(arn)
        elif service not in BATCH_DESTINATIONS:
            yield Problem("DestinationConfig", f"The destination ARN {arn} is invalid.")
    yield from _filters(config.get("FilterCriteria"))
    kinds = config.get("FunctionResponseTypes")
    for kind in kinds if isinstance(kinds, list) else ():
        if isinstance(kind, str) and kind != "ReportBatchItemFailures":
            yield Problem("FunctionResponseTypes", f"{kind} is not ReportBatchItemFailures")
    service = service_of(source)
    if service == "sqs":
        yield from _of_queue(config, fifo=source.endswith(".fifo"))
    elif service in POSITIONS:
        yield from _of_stream(config, POSITIONS[service])


def _of_queue(config: Mapping[str, object], *, fifo: bool) -> Iterator[Problem]:
    for name in OF_STREAMS:
        if config.get(name) is not None:
            yield Problem(name, f"{name} is not supported for queues")
    size = number(config.get("BatchSize")) or 10
    window = number(config.get("MaximumBatchingWindowInSeconds"))
    if fifo and size > 10:
        yield Problem(
            "BatchSize", f"BatchSize is {size}, and a FIFO queue's batches have at most 10 messages"
        )
    if fifo and window:
        yield Problem("MaximumBatchingWindowInSeconds", "Batching window is not supported for FIFO queues")
    if not fifo and size > 10 and window == 0:
        message = (
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        )
        yield Problem("BatchSize", message)
    scaling = config.get("ScalingConfig")
    if isinstance(scaling, Mapping):
        yield from out_of_range(scaling, {"MaximumConcurrency": CONCURRENCY}, "ScalingConfig")


def _of_stream(config: Mapping[str, object], positions: tuple[str, ...]) -> Iterator[Problem]:
    if config.get("ScalingConfig") is not None:
        yield Problem("ScalingConfig", "ScalingConfig is only supported for Amazon SQS event sources.")
    position = config.get("StartingPosition")
    if position is None:
        yield Problem("StartingPosition", "1 validation error detected: a stream needs a StartingPosition")
    elif isinstance(position, str) and position not in positions:
        yield Problem(
            "StartingPosition", f"{position} is not {' or '.join(positions)}", "ValidationException"
        )
    elif position in positions:
        yield from _timestamp(position, config.get("StartingPositionTimestamp"))
    factor = number(config.get("ParallelizationFactor"))
    if number(config.get("TumblingWindowInSeconds")) and factor is not None and factor > 1:
        message = "ParallelizationFactor must be 1 where TumblingWindowInSeconds is greater than 0"
        yield Problem("ParallelizationFactor", message)


def _timestamp(position: object, moment: object) -> Iterator[Problem]:
    name = "StartingPositionTimestamp"
    if position == "AT_TIMESTAMP" and moment is None:
        yield Problem(name, "StartingPositionTimestamp is required where StartingPosition is AT_TIMESTAMP")
    elif moment is not None and isinstance(position, str) and position != "AT_TIMESTAMP":
        yield Problem(name, f"StartingPositionTimestamp is not supported with the position {position}")
    elif isinstance(moment, str | int | float) and not isinstance(moment, bool):
        try:
            if float(moment) > time.time():
                yield Problem(name, f"StartingPositionTimestamp {moment} is in the future")
        except ValueError:
            yield Problem(name, f"StartingPositionTimestamp {moment} is no number of seconds")


def _filters(criteria: object) -> Iterator[Problem]:
    filters = criteria.get("Filters") if isinstance(criteria, Mapping) else None
    patterns = [entry.get("Pattern") for entry in filters or () if isinstance(entry, Mapping)]
    if len(patterns) > FILTERS:
        yield Problem("FilterCriteria", f"there are {len(patterns)} filters, and at most {FILTERS}")
    for pattern in patterns:
        if not isinstance(pattern, str):
            continue
        try:
            checked_pattern(pattern)
        except BadPattern as problem:
            yield Problem("FilterCriteria", f"Invalid filter pattern definition: {pattern} ({problem})")
