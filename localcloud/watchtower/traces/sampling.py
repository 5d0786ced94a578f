"""Sampling rules: which requests without a decision begin a trace that is recorded.

Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sampling.html
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Final

from localcloud.watchtower.traces.documents import JSON

EVERYTHING: Final = 1.0
"""The Default rule's rate: on AWS it is 5 %, on one machine every request is worth seeing."""
INTERVAL_SECONDS: Final = 10


@dataclass(frozen=True)
class Sampled:
    """What is to be decided: which service takes which request."""

    service: str = "*"
    service_type: str = "*"
    host: str = "*"
    method: str = "*"
    path: str = "*"
    resource: str = "*"


@dataclass(frozen=True)
class SamplingRule:
    """A rule, with AWS's own members; ``created`` and ``modified`` are seconds since 1970."""

    name: str
    arn: str
    priority: int = 10_000
    rate: float = EVERYTHING
    reservoir: int = 1
    service: str = "*"
    service_type: str = "*"
    host: str = "*"
    method: str = "*"
    path: str = "*"
    resource: str = "*"
    attributes: dict[str, JSON] = field(default_factory=dict)
    created: float = 0.0
    modified: float = 0.0

    def matches(self, request: Sampled) -> bool:
        """Say whether the rule is for a request; a rule with attributes is for none of ours."""
        pairs = (
            (request.service, self.service),
            (request.service_type, self.service_type),
            (request.host, self.host),
            (request.method, self.method),
            (request.path, self.path),
            (request.resource, self.resource),
        )
        return not self.attributes and all(
            pattern == "*" or fnmatchcase(value.lower(), pattern.lower().replace("[", "[[]"))
            for value, pattern in pairs
        )

    def described(self) -> dict[str, JSON]:
        """Return it as GetSamplingRules does."""
        rule: dict[str, JSON] = {
            "RuleName": self.name,
            "RuleARN": self.arn,
            "ResourceARN": self.resource,
            "Priority": self.priority,
            "FixedRate": self.rate,
            "ReservoirSize": self.reservoir,
            "ServiceName": self.service,
            "ServiceType": self.service_type,
            "Host": self.host,
            "HTTPMethod": self.method,
            "URLPath": self.path,
            "Version": 1,
            "Attributes": dict(self.attributes),
        }
        return {"SamplingRule": rule, "CreatedAt": self.created, "ModifiedAt": self.modified}


def rules_of(document: JSON) -> list[SamplingRule]:
    """Read the answer of GetSamplingRules; what is no rule is left out.

    Examples
    --------
    >>> rule = SamplingRule("quiet", "arn", rate=0.5, service="a*")
    >>> rules_of({"SamplingRuleRecords": [rule.described()]}) == [rule]
    True
    """
    listed = document.get("SamplingRuleRecords") if isinstance(document, dict) else None
    rules: list[SamplingRule] = []
    for record in listed if isinstance(listed, list) else []:
        members = record.get("SamplingRule") if isinstance(record, dict) else None
        if isinstance(members, dict):
            attributes, rate, reservoir, priority = (
                members.get(name) for name in ("Attributes", "FixedRate", "ReservoirSize", "Priority")
            )
            rule = SamplingRule(
                str(members.get("RuleName")),
                str(members.get("RuleARN")),
                rate=rate if isinstance(rate, int | float) else EVERYTHING,
                reservoir=reservoir if isinstance(reservoir, int) else 1,
                priority=priority if isinstance(priority, int) else 10_000,
                attributes=attributes if isinstance(attributes, dict) else {},
            )
            texts = {field: str(members.get(name, "*")) for field, name in _TEXTS.items()}
            rules.append(changed(rule, **texts))
    return rules


_TEXTS: Final = {
    "service": "ServiceName",
    "service_type": "ServiceType",
    "host": "Host",
    "method": "HTTPMethod",
    "path": "URLPath",
    "resource": "ResourceARN",
}


class Sampler:
    """Decides by rules, the one with the smallest priority first.

    Examples
    --------
    >>> never = SamplingRule("quiet", "", priority=1, rate=0.0, reservoir=0, service="health*")
    >>> sampler = Sampler([never, SamplingRule("Default", "")])
    >>> sampler.decide(Sampled("healthcheck")), sampler.decide(Sampled("orders"))
    (False, True)
    """

    def __init__(
        self,
        rules: Sequence[SamplingRule] = (),
        *,
        draw: Callable[[], float] = random.random,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._draw = draw
        self._now = now
        self._rules: list[SamplingRule] = []
        self._sampled: dict[str, tuple[int, int]] = {}  # by rule: the second, and how many were taken in it
        self.use(rules)

    def use(self, rules: Sequence[SamplingRule]) -> None:
        """Decide by these rules from now on; by none of them, everything is sampled."""
        self._rules = sorted(rules, key=lambda rule: (rule.priority, rule.name))

    def decide(self, request: Sampled) -> bool:
        """Say whether an undecided request is recorded."""
        for rule in self._rules:
            if rule.matches(request):
                return rule.rate >= 1.0 or self._reservoir(rule) or self._draw() < rule.rate
        return True

    def _reservoir(self, rule: SamplingRule) -> bool:
        second = int(self._now())
        at, sampled = self._sampled.get(rule.name, (second, 0))
        sampled = sampled if at == second else 0
        if sampled >= rule.reservoir:
            return False
        self._sampled[rule.name] = (second, sampled + 1)
        return True


def changed(rule: SamplingRule, **members: object) -> SamplingRule:
    """Return a rule with some members replaced."""
    return replace(rule, **members)  # type: ignore[arg-type] # members are checked where they are read
