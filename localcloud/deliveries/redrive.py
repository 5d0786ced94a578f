"""The redrive policy of a subscription: the queue for what cannot be delivered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from localcloud.deliveries.errors import PolicyError
from localcloud.deliveries.fields import PolicyFields, parse_object

NAME: Final = "RedrivePolicy"
_QUEUE: Final = re.compile(r"arn:aws[\w-]*:sqs:([\w-]+):(\d{12}):[\w-]{1,80}(\.fifo)?", re.ASCII)


@dataclass(frozen=True)
class RedrivePolicy:
    """Where dead letters go.

    Attributes
    ----------
    queue
        The queue's ARN.
    """

    queue: str


@lru_cache(maxsize=1024)
def parse_redrive_policy(text: str | None, topic: str) -> RedrivePolicy | None:
    """Return a subscription's redrive policy, or None where it has none.

    Parameters
    ----------
    topic
        The topic's ARN: the queue must be in its account and Region, and a FIFO queue for a FIFO topic.

    Raises
    ------
    PolicyError

    Examples
    --------
    >>> arn = "arn:aws:sqs:us-east-1:000000000000:dead"
    >>> topic = "arn:aws:sns:us-east-1:000000000000:orders"
    >>> parse_redrive_policy('{"deadLetterTargetArn": "%s"}' % arn, topic).queue == arn
    True
    """
    if not text:
        return None
    fields = PolicyFields(NAME, "", parse_object(NAME, text), ("deadLetterTargetArn",))
    queue = fields.text("deadLetterTargetArn")
    if queue is None:
        return None
    match = _QUEUE.fullmatch(queue)
    if match is None:
        raise PolicyError(f"{NAME}: deadLetterTargetArn is an invalid arn")
    region, account, _ = match.groups()
    if [region, account] != topic.split(":")[3:5]:
        raise PolicyError(f"{NAME}: deadLetterTargetArn must be in the same account and region as the topic")
    if topic.endswith(".fifo") and not queue.endswith(".fifo"):
        raise PolicyError(f"{NAME}: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.")
    if queue.endswith(".fifo") and not topic.endswith(".fifo"):
        raise PolicyError(f"{NAME}: must not use a FIFO queue as DLQ for a standard topic.")
    return RedrivePolicy(queue)
