"""What Lambda refuses of event invoke configurations, dead letters and event source mappings.

The engine refuses by it when a request or a template comes, and `check` before that. Sources: the ranges
of botocore's model of Lambda, https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
and the tables of parameters such as https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

Code = Literal["ValidationException", "InvalidParameterValueException"]
INVALID: Final = "InvalidParameterValueException"


@dataclass(frozen=True)
class Problem:
    """Something that Lambda refuses.

    Attributes
    ----------
    name
        The parameter or property, as ``MaximumRetryAttempts``.
    message
        Why, in AWS's words where they are known.
    code
        The error's code.
    """

    name: str
    message: str
    code: Code = INVALID


class Range(NamedTuple):
    """The least and the greatest value."""

    least: int
    greatest: int


EVENT_RANGES: Final = {
    "MaximumRetryAttempts": Range(0, 2),
    "MaximumEventAgeInSeconds": Range(60, 21_600),
}
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
    *("MaximumRetryAttempts", "ParallelizationFactor", "StartingPosition", "TumblingWindowInSeconds"),
)
POSITIONS: Final = {
    "dynamodb": ("TRIM_HORIZON", "LATEST"),
    "kinesis": ("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"),
}
EVENT_DESTINATIONS: Final = {
    "OnSuccess": frozenset({"sqs", "sns", "lambda", "events"}),
    "OnFailure": frozenset({"sqs", "sns", "lambda", "events", "s3"}),
}
BATCH_DESTINATIONS: Final = frozenset({"sqs", "sns", "s3"})
DEAD_LETTERS: Final = frozenset({"sqs", "sns"})
_ARN: Final = re.compile(r"arn:aws[a-zA-Z0-9-]*:[a-zA-Z0-9-]+:([a-z]+(-[a-z]+)+-\d)?:(\d{12})?:(.*)")
FILTERS: Final = 10


def event_invoke_problems(config: Mapping[str, object], function: str = "") -> Iterator[Problem]:
    """Yield what PutFunctionEventInvokeConfig refuses; values that are not known yet are let pass.

    Parameters
    ----------
    function
        The function's name, or ARN: it cannot be its own destination.

    Examples
    --------
    >>> [(problem.name, problem.code) for problem in event_invoke_problems({"MaximumRetryAttempts": 3})]
    [('MaximumRetryAttempts', 'ValidationException')]
    """
    names = (*EVENT_RANGES, "DestinationConfig")
    if all(config.get(name) is None for name in names):
        yield Problem(names[0], "You must specify at least one of error handling or destination setting.")
    yield from _ranges(config, EVENT_RANGES)
    arns = dict(_destinations(config))
    for kind, arn in arns.items():
        service = service_of(arn)
        if service is None:
            yield _no_arn(arn)
        elif service not in EVENT_DESTINATIONS.get(kind, ()):
            whole = ", ".join(f"on{side[2:]}={arns.get(side)}" for side in EVENT_DESTINATIONS)
            message = f"The provided destination config DestinationConfig({whole}) is invalid."
            yield Problem("DestinationConfig", message)
        elif service == "lambda" and function and _name(arn) == _name(function):
            message = "You can't specify the function as a destination for itself."
            yield Problem("DestinationConfig", message)


def dead_letter_problems(arn: object) -> Iterator[Problem]:
    """Yield what is wrong with a function's ``DeadLetterConfig.TargetArn``."""
    if isinstance(arn, str) and arn and service_of(arn) not in DEAD_LETTERS:
        message = f"Invalid dead letter queue ARN: {arn}: the service it names is no queue and no topic"
        yield Problem("DeadLetterConfig", message)


def undeliverable(arn: str) -> str | None:
    """Say why Lambda delivers nothing there although it takes the configuration.

    Examples
    --------
    >>> undeliverable("arn:aws:sqs:us-east-1:000000000000:failures.fifo")
    'Lambda delivers to standard queues and topics alone, and this is a FIFO one'
    """
    if service_of(arn) in {"sqs", "sns"} and arn.endswith(".fifo"):
        return "Lambda delivers to standard queues and topics alone, and this is a FIFO one"
    return None


def mapping_problems(config: Mapping[str, object], source: str) -> Iterator[Problem]:
    """Yield what CreateEventSourceMapping refuses of a mapping.

    Parameters
    ----------
    source
        The source's ARN; empty where it is not known.
    """
    yield from _ranges(config, MAPPING_RANGES)
    age = _number(config.get("MaximumRecordAgeInSeconds"))
    if age is not None and -1 < age < 60:
        yield Problem(
            "MaximumRecordAgeInSeconds", f"MaximumRecordAgeInSeconds is {age}, not -1 or 60 to 604800"
        )
    for kind, arn in _destinations(config):
        service = service_of(arn)
        if kind == "OnSuccess":
            message = "OnSuccess destinations are not supported for event source mappings"
            yield Problem("DestinationConfig", message)
        elif service is None:
            yield _no_arn(arn)
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


def service_of(arn: str) -> str | None:
    """Return the service that an ARN names; None when it is no ARN.

    Examples
    --------
    >>> service_of("arn:aws:s3:::bucket"), service_of("https://sqs.us-east-1.amazonaws.com/1/queue")
    ('s3', None)
    """
    return arn.split(":")[2] if _ARN.fullmatch(arn) else None


def _of_queue(config: Mapping[str, object], *, fifo: bool) -> Iterator[Problem]:
    for name in OF_STREAMS:
        if config.get(name) is not None:
            yield Problem(name, f"{name} is not supported for queues")
    size = _number(config.get("BatchSize")) or 10
    window = _number(config.get("MaximumBatchingWindowInSeconds"))
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
        yield from _ranges(scaling, {"MaximumConcurrency": CONCURRENCY}, "ScalingConfig")


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


def _filters(criteria: object) -> Iterator[Problem]:
    filters = criteria.get("Filters") if isinstance(criteria, Mapping) else None
    patterns = [one.get("Pattern") for one in filters or () if isinstance(one, Mapping)]
    if len(patterns) > FILTERS:
        yield Problem("FilterCriteria", f"there are {len(patterns)} filters, and at most {FILTERS}")
    for pattern in patterns:
        try:
            if isinstance(pattern, str) and not isinstance(json.loads(pattern), dict):
                raise ValueError
        except ValueError:
            yield Problem("FilterCriteria", f"Invalid filter pattern definition: {pattern}")


def _ranges(config: Mapping[str, object], ranges: Mapping[str, Range], owner: str = "") -> Iterator[Problem]:
    for name, (least, greatest) in ranges.items():
        value = _number(config.get(name))
        if value is not None and not least <= value <= greatest:
            low, bound = value < least, least if value < least else greatest
            constraint = f"Member must have value {'greater' if low else 'less'} than or equal to {bound}"
            yield Problem(owner or name, _violation(name, str(value), constraint), "ValidationException")


def _destinations(config: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    both = config.get("DestinationConfig")
    for kind in EVENT_DESTINATIONS if isinstance(both, Mapping) else ():
        side = both.get(kind) if isinstance(both, Mapping) else None
        arn = side.get("Destination") if isinstance(side, Mapping) else None
        if isinstance(arn, str) and arn:
            yield kind, arn


def _no_arn(text: str) -> Problem:
    constraint = f"Member must satisfy regular expression pattern: ^$|{_ARN.pattern}"
    return Problem("DestinationConfig", _violation("Destination", text, constraint), "ValidationException")


def _violation(name: str, value: str, constraint: str) -> str:
    where = f"Value '{value}' at '{name[0].lower() + name[1:]}'"
    return f"1 validation error detected: {where} failed to satisfy constraint: {constraint}"


def _number(value: object) -> int | None:
    """Read a number, which a template may hold as a text."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def _name(function: str) -> str:
    return function.split(":")[6] if function.count(":") > 5 else function.partition(":")[0]
