"""What Lambda refuses of event invoke configurations and dead letters.

Sources: the ranges of botocore's model of Lambda and
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from localcloud.lambda_rules.values import (
    EVENT_DESTINATIONS,
    Problem,
    Range,
    destinations,
    no_arn,
    out_of_range,
    service_of,
)

EVENT_RANGES: Final = {
    "MaximumRetryAttempts": Range(0, 2),
    "MaximumEventAgeInSeconds": Range(60, 21_600),
}
DEAD_LETTERS: Final = frozenset({"sqs", "sns"})


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
    yield from out_of_range(config, EVENT_RANGES)
    arns = dict(destinations(config))
    for kind, arn in arns.items():
        service = service_of(arn)
        if service is None:
            yield no_arn(arn)
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


def _name(function: str) -> str:
    return function.split(":")[6] if function.count(":") > 5 else function.partition(":")[0]
