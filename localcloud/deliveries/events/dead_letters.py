"""Dead letters: the event as it was, and why it was not delivered as message attributes.

Source: "Using dead-letter queues to process undelivered events in EventBridge".
"""

from __future__ import annotations

from typing import Final

from localcloud.deliveries.events.event import Invocation
from localcloud.deliveries.events.ports import Document
from localcloud.deliveries.outcomes import Refused, Unavailable

MOST_MESSAGE: Final = 1024


def attributes_of(
    invocation: Invocation, outcome: Refused | Unavailable, retries: int, exhausted: str | None
) -> dict[str, str]:
    """Return a dead letter's attributes.

    Parameters
    ----------
    exhausted
        The limit that ended the retries; None where there was none to make.
    """
    rule = "SCHEDULE_ARN" if ":scheduler:" in invocation.rule.arn else "RULE_ARN"
    attributes = {
        rule: invocation.rule.arn,
        "TARGET_ARN": invocation.target.arn.text,
        "ERROR_CODE": outcome.code or "UNKNOWN",
        "ERROR_MESSAGE": outcome.reason[:MOST_MESSAGE] or "no reason",
    }
    if exhausted is not None:
        attributes |= {"EXHAUSTED_RETRY_CONDITION": exhausted, "RETRY_ATTEMPTS": str(retries)}
    return attributes


def message(url: str, body: str, attributes: dict[str, str]) -> Document:
    """Return the request that sends a dead letter."""
    return {
        "QueueUrl": url,
        "MessageBody": body,
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        },
    }
