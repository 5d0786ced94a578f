"""An event on its way from a rule to a target."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from localcloud.deliveries.events.target import EventTarget

Json = dict[str, Any]
_dense: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


@dataclass(frozen=True)
class Rule:
    """What deliveries need of a rule, or of a schedule of EventBridge Scheduler."""

    arn: str
    name: str

    @property
    def region(self) -> str:
        """Its Region."""
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        """Its account."""
        return self.arn.split(":")[4]

    @property
    def bus(self) -> str:
        """The name of its bus.

        Examples
        --------
        >>> Rule("arn:aws:events:us-east-1:000000000000:rule/orders/all", "all").bus
        'orders'
        """
        parts = self.arn.split(":", 5)[-1].split("/")
        return parts[1] if len(parts) > 2 else "default"


@dataclass(frozen=True)
class Invocation:
    """One event for one target of one rule.

    Attributes
    ----------
    event
        The event as targets see it: ``version``, ``id``, ``detail-type``, ``source``, ``detail`` and others.
    accepted
        When EventBridge took the event, in seconds of the dispatcher's clock.
    ingested
        The same moment as ``2026-01-31T12:00:00Z``, for templates.
    trace
        The event's X-Ray header, if it has one.
    buses
        The buses that it has come through, but the one whose rule it is now.
    """

    event: Json
    rule: Rule
    target: EventTarget
    accepted: float
    ingested: str
    trace: str | None = None
    buses: tuple[str, ...] = ()

    @property
    def moment(self) -> float:
        """The event's own time, in seconds since 1970."""
        try:
            return datetime.fromisoformat(str(self.event.get("time"))).timestamp()
        except ValueError:
            return 0.0

    @cached_property
    def text(self) -> str:
        """The whole event as JSON: what a target gets without a transformation, and a dead letter's body."""
        return _dense(self.event)

    @property
    def payload(self) -> str:
        """What the target gets."""
        reserved = {
            "aws.events.rule-arn": self.rule.arn,
            "aws.events.rule-name": self.rule.name,
            "aws.events.event": {name: value for name, value in self.event.items() if name != "detail"},
            "aws.events.event.json": self.event,
            "aws.events.event.ingestion-time": self.ingested,
        }
        return self.target.input.of(self.event, self.text, reserved)

    @property
    def id(self) -> str:
        """The event's id."""
        return str(self.event.get("id", ""))

    @property
    def lane(self) -> str:
        """What its deliveries share places with: the target of the rule."""
        return f"{self.rule.arn}#{self.target.id}"
