"""The operations on sampling rules."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from localcloud.watchtower.traces.documents import JSON
from localcloud.watchtower.traces.requests import InvalidRequest, RequestFields
from localcloud.watchtower.traces.sampling import INTERVAL_SECONDS, Sampler, SamplingRule, changed

DEFAULT: Final = "Default"
MOST: Final = 25  # AWS's quota of rules in a region
_MATCHED: Final = {
    "ServiceName": "service",
    "ServiceType": "service_type",
    "Host": "host",
    "HTTPMethod": "method",
    "URLPath": "path",
    "ResourceARN": "resource",
}


class Rules:
    """The account's rules.

    Parameters
    ----------
    place
        What ARNs begin with: ``arn:aws:xray:REGION:ACCOUNT``.
    """

    def __init__(self, place: str, *, now: Callable[[], float] = time.time) -> None:
        self._place = place
        self._now = now
        self._modified = now()
        self._rules = {
            DEFAULT: SamplingRule(DEFAULT, f"{place}:sampling-rule/{DEFAULT}", created=now(), modified=now())
        }
        self.sampler = Sampler(now=now)
        self.sampler.use(list(self._rules.values()))

    def listed(self, _request: RequestFields) -> dict[str, JSON]:
        """GetSamplingRules."""
        rules = sorted(self._rules.values(), key=lambda rule: rule.priority)
        return {"SamplingRuleRecords": [rule.described() for rule in rules]}

    def targets(self, request: RequestFields) -> dict[str, JSON]:
        """GetSamplingTargets: each client may take a rule's whole reservoir, since it is alone here."""
        until = self._now() + INTERVAL_SECONDS
        targets: list[JSON] = []
        unprocessed: list[JSON] = []
        for statistics in request.entries("SamplingStatisticsDocuments"):
            name = statistics.text("RuleName")
            rule = self._rules.get(name)
            if rule is None:
                unprocessed.append({"RuleName": name, "ErrorCode": "400", "Message": f"Unknown rule {name}"})
                continue
            targets.append(
                {
                    "RuleName": name,
                    "FixedRate": rule.rate,
                    "ReservoirQuota": rule.reservoir,
                    "ReservoirQuotaTTL": until,
                    "Interval": INTERVAL_SECONDS,
                }
            )
        return {
            "SamplingTargetDocuments": targets,
            "LastRuleModification": self._modified,
            "UnprocessedStatistics": unprocessed,
        }

    def create(self, request: RequestFields) -> dict[str, JSON]:
        """CreateSamplingRule."""
        members = request.inner("SamplingRule")
        name = members.text("RuleName")
        if not 0 < len(name) <= 32:
            raise InvalidRequest("RuleName must have 1 to 32 characters")
        if name in self._rules:
            raise InvalidRequest(f"The rule {name} already exists")
        if len(self._rules) > MOST:
            raise InvalidRequest(f"No more than {MOST} rules", "RuleLimitExceededException")
        for required in ("Priority", "FixedRate", "ReservoirSize", *_MATCHED):
            if not members.has(required):
                raise InvalidRequest(f"{required} is required")
        now = self._now()
        rule = SamplingRule(name, f"{self._place}:sampling-rule/{name}", created=now)
        return self._put(self._with(rule, members))

    def update(self, request: RequestFields) -> dict[str, JSON]:
        """UpdateSamplingRule."""
        members = request.inner("SamplingRuleUpdate")
        return self._put(self._with(self._rule(members), members))

    def delete(self, request: RequestFields) -> dict[str, JSON]:
        """DeleteSamplingRule."""
        rule = self._rule(request)
        if rule.name == DEFAULT:
            raise InvalidRequest("The Default rule cannot be deleted")
        del self._rules[rule.name]
        self._changed()
        return {"SamplingRuleRecord": rule.described()}

    def _rule(self, members: RequestFields) -> SamplingRule:
        name = members.text("RuleName", "") or members.text("RuleARN", "").rpartition("/")[2]
        rule = self._rules.get(name)
        if rule is None:
            raise InvalidRequest(f"The rule {name} does not exist")
        return rule

    def _with(self, rule: SamplingRule, members: RequestFields) -> SamplingRule:
        texts = {field: members.text(name) for name, field in _MATCHED.items() if members.has(name)}
        rate = members.number("FixedRate", rule.rate)
        reservoir, priority = (
            members.number("ReservoirSize", rule.reservoir),
            members.number("Priority", rule.priority),
        )
        if not 0.0 <= rate <= 1.0:
            raise InvalidRequest("FixedRate must be between 0 and 1")
        if reservoir < 0:
            raise InvalidRequest("ReservoirSize must not be negative")
        if not 1 <= priority <= 9_999 and rule.name != DEFAULT:
            raise InvalidRequest("Priority must be between 1 and 9999")
        attributes = members.inner("Attributes").members if members.has("Attributes") else rule.attributes
        return changed(
            rule,
            **texts,
            rate=rate,
            reservoir=int(reservoir),
            priority=int(priority),
            attributes=dict(attributes),
            modified=self._now(),
        )

    def _put(self, rule: SamplingRule) -> dict[str, JSON]:
        self._rules[rule.name] = rule
        self._changed()
        return {"SamplingRuleRecord": rule.described()}

    def _changed(self) -> None:
        self._modified = self._now()
        self.sampler.use(list(self._rules.values()))
