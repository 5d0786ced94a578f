"""Enhanced fan-out: consumers that are registered with a stream, and who has which shard."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

Json = dict[str, Any]
MOST_CONSUMERS: Final = 20


@dataclass
class Consumer:
    """A registered consumer.

    Attributes
    ----------
    created
        When it was registered, in seconds since 1970: a part of its ARN.
    subscriptions
        By the number of a shard, the subscription that has it.
    """

    stream_arn: str
    name: str
    created: int
    tags: dict[str, str] = field(default_factory=dict)
    policy: str = ""
    subscriptions: dict[int, object] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """Its ARN.

        Examples
        --------
        >>> Consumer("arn:aws:kinesis:us-east-1:000000000000:stream/s", "c", 7).arn
        'arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:7'
        """
        return f"{self.stream_arn}/consumer/{self.name}:{self.created}"
