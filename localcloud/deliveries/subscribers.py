"""Subscriptions as deliveries need them."""

from __future__ import annotations

from dataclasses import dataclass, field

from localcloud.deliveries.filters import FilterPolicy
from localcloud.deliveries.policies import Effective
from localcloud.deliveries.redrive import RedrivePolicy
from localcloud.deliveries.signing import Version


@dataclass(frozen=True)
class Subscriber:
    """One confirmed or pending subscription.

    Attributes
    ----------
    protocol
        ``http``, ``https``, ``sqs``, ``lambda`` and others.
    endpoint
        An address or an ARN.
    raw
        Whether it is sent the message alone, without the envelope (HTTP/S and SQS).
    policy
        What holds for deliveries over HTTP/S.
    version
        The topic's version of signatures.
    """

    arn: str
    topic: str
    protocol: str
    endpoint: str
    raw: bool = False
    filter_policy: FilterPolicy | None = None
    policy: Effective = field(default_factory=Effective)
    redrive: RedrivePolicy | None = None
    version: Version = "1"

    @property
    def web(self) -> bool:
        """Whether it listens over HTTP or HTTPS."""
        return self.protocol in {"http", "https"}

    @property
    def region(self) -> str:
        """The topic's Region."""
        return self.topic.split(":")[3]
