"""CloudFormation's resources of X-Ray: sampling rules and groups.

Handlers run off the event loop, so they may wait for the daemon.
"""

from __future__ import annotations

import json
from typing import Any

import urllib3

from localcloud.engine.ministack.provisioners import provisioners
from localcloud.engine.patching import Record
from localcloud.engine.traces.recording import use_rules

RULE = "AWS::XRay::SamplingRule"
GROUP = "AWS::XRay::Group"
SECONDS = 10.0

Created = tuple[str, dict[str, Any]]


def form(url: str) -> None:
    """Let CloudFormation create, update and delete X-Ray's resources at the daemon."""
    handlers = provisioners.resource_handlers
    formation = XRayFormation(url)
    for kind in (RULE, GROUP):
        name = kind.rpartition("::")[2]
        handlers[kind] = {
            verb: getattr(formation, f"{verb}_{name}") for verb in ("create", "update", "delete")
        }


class XRayFormation:
    """Carries out what CloudFormation asks for, by the API's own operations."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool = urllib3.PoolManager(maxsize=2, retries=False, timeout=urllib3.Timeout(SECONDS))

    def _call(self, operation: str, request: Record) -> Record:
        try:
            answer = self._pool.request("POST", f"{self._url}/{operation}", json=request)
            document: Record = json.loads(answer.data)
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise ValueError(f"the X-Ray daemon cannot be reached: {error}") from error
        if answer.status != 200:
            code = answer.headers.get("x-amzn-errortype", "InvalidRequestException")
            words = f"Status Code: {answer.status}, Error Code: {code}"
            raise ValueError(f"{document.get('Message', '')} (Service: XRay, {words})")
        return document

    def create_SamplingRule(self, logical_id: str, props: Record, stack: str) -> Created:  # noqa: N802
        """Create a rule; it needs a name of its own where the template gives none."""
        rule = {"RuleName": f"{stack}-{logical_id}"[:32], "Attributes": {}, **_rule(props)}
        record = self._call("CreateSamplingRule", {"SamplingRule": rule})["SamplingRuleRecord"]
        use_rules(self._call("GetSamplingRules", {}))
        return _arn(record["SamplingRule"]["RuleARN"], "RuleARN")

    def update_SamplingRule(  # noqa: N802
        self, physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> Created:
        """Update a rule in place; another name replaces it."""
        rule = _rule(new)
        if _rule(old).get("RuleName") != rule.get("RuleName"):
            return self.create_SamplingRule(logical_id or physical_id, new, stack)
        rule.pop("RuleName", None)
        self._call("UpdateSamplingRule", {"SamplingRuleUpdate": {**rule, "RuleARN": physical_id}})
        use_rules(self._call("GetSamplingRules", {}))
        return _arn(physical_id, "RuleARN")

    def delete_SamplingRule(self, physical_id: str, _props: Record) -> None:  # noqa: N802
        """Delete a rule."""
        self._call("DeleteSamplingRule", {"RuleARN": physical_id})
        use_rules(self._call("GetSamplingRules", {}))

    def create_Group(self, _logical_id: str, props: Record, _stack: str) -> Created:  # noqa: N802
        """Create a group."""
        return _arn(self._call("CreateGroup", _group(props))["Group"]["GroupARN"], "GroupARN")

    def update_Group(  # noqa: N802
        self, physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> Created:
        """Update a group in place; another name replaces it."""
        if old.get("GroupName") != new.get("GroupName"):
            return self.create_Group(logical_id or physical_id, new, stack)
        self._call("UpdateGroup", {**_group(new), "GroupARN": physical_id})
        return _arn(physical_id, "GroupARN")

    def delete_Group(self, physical_id: str, _props: Record) -> None:  # noqa: N802
        """Delete a group."""
        self._call("DeleteGroup", {"GroupARN": physical_id})


def _rule(props: Record) -> Record:
    """Return a rule's members; the template's numbers may be texts, from parameters."""
    rule = dict(props.get("SamplingRule") or {})
    numbers: dict[str, Any] = {"Priority": int, "ReservoirSize": int, "FixedRate": float}
    for name, read in numbers.items():
        if name in rule:
            rule[name] = read(rule[name])
    rule.pop("Version", None)  # there is only one
    return rule


def _group(props: Record) -> Record:
    group: Record = {name: props[name] for name in ("GroupName", "FilterExpression") if name in props}
    insights = props.get("InsightsConfiguration")
    if insights:
        on = str(insights.get("InsightsEnabled", False)).lower() == "true"
        group["InsightsConfiguration"] = {"InsightsEnabled": on}
    return group


def _arn(arn: str, attribute: str) -> Created:
    return arn, {attribute: arn}
