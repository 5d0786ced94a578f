"""Rules of EventBridge: what PutRule and PutTargets refuse, and targets that the rule may not call.

What AWS refuses is found, and said in its words, by the very code that reads targets when they arrive.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from localcloud.check.finding import Finding, Severity
from localcloud.check.positions import Positions
from localcloud.check.rules.references import names_in
from localcloud.deliveries.facade import MOST_TARGETS, EventsError, check_rule, parse_target
from localcloud.stack.template import Json, properties, resources
from localcloud.stack.unserved import BUS, Declared, arn_of, kind_of, targets_of

RULE: Final = "AWS::Events::Rule"
EVENTS: Final = "events.amazonaws.com"
# What lets EventBridge call a resource that has a policy of its own, by the resource's type.
PERMISSIONS: Final = {
    "AWS::Lambda::Function": "AWS::Lambda::Permission",
    "AWS::SQS::Queue": "AWS::SQS::QueuePolicy",
    "AWS::SNS::Topic": "AWS::SNS::TopicPolicy",
}
SERVERLESS: Final = frozenset({"AWS::Serverless::Function", "AWS::Serverless::StateMachine"})
# The events of which SAM makes rules, and what each calls its pattern or schedule.
_SAM_RULES: Final = {"EventBridgeRule": "Pattern", "CloudWatchEvent": "Pattern", "Schedule": "Schedule"}
_SAM_TARGET: Final = ("Input", "InputPath", "InputTransformer", "RetryPolicy", "DeadLetterConfig")
_VARIABLE: Final = re.compile(r"\$\{[^!}][^}]*\}")


def check_events(template: dict[str, Json], places: Positions) -> Iterator[Finding]:
    """Find rules that AWS refuses, and targets that get nothing there."""
    declared = resources(template)
    seen_whole = "Transform" not in template
    for logical_id, resource in declared.items():
        values = properties(resource)
        if resource["Type"] in SERVERLESS:
            yield from _check_sam(logical_id, values, declared, places)
        if resource["Type"] != RULE:
            continue
        for name, message in _refused(logical_id, values, declared):
            at = places.of(logical_id, name)
            yield Finding(at, Severity.ERROR, "event-rule", f"{logical_id}: {message}")
        for what, kind in _forbidden(values, declared) if seen_whole else ():
            message = (
                f"{logical_id}: no {kind} lets {EVENTS} use {what}: on AWS its events go to the dead letters "
                "or are lost"
            )
            yield Finding(places.of(logical_id, "Targets"), Severity.WARNING, "event-forbidden", message)


def _check_sam(
    logical_id: str, values: Mapping[str, Json], declared: Declared, places: Positions
) -> Iterator[Finding]:
    """Find what is wrong with the rules that SAM makes of a function's or a machine's events."""
    events = values.get("Events")
    for name, event in events.items() if isinstance(events, dict) else ():
        kind, trigger = (
            (event.get("Type"), event.get("Properties")) if isinstance(event, dict) else (None, None)
        )
        member = _SAM_RULES.get(kind) if isinstance(kind, str) else None
        if member is None or not isinstance(trigger, dict):
            continue
        target: dict[str, Json] = {key: trigger[key] for key in _SAM_TARGET if key in trigger}
        rule: dict[str, Json] = {
            "EventBusName": trigger.get("EventBusName"),
            ("ScheduleExpression" if member == "Schedule" else "EventPattern"): trigger.get(member),
            # Of the function alone its ARN is not known yet, and it is no matter here.
            "Targets": [{"Id": "x", "Arn": arn_of("lambda", "function:x"), **target}],
        }
        for where, message in _refused(logical_id, rule, declared):
            at = places.of(logical_id, "Events", name, "Properties", member if where != "Targets" else "")
            yield Finding(at, Severity.ERROR, "event-rule", f"{logical_id}: {name}: {message}")


def _refused(logical_id: str, values: Mapping[str, Json], declared: Declared) -> Iterator[tuple[str, str]]:
    settled = _settled(dict(values))
    if not isinstance(settled, dict):
        return  # an intrinsic function stands for all properties
    if isinstance(values.get("State"), dict):
        del settled["State"]  # one of three words, whichever it comes to
    if isinstance(values.get("ScheduleExpression"), dict):
        settled["ScheduleExpression"] = "rate(1 minute)"  # what it comes to is known only when it is deployed
    if isinstance(values.get("EventPattern"), dict):
        fields = _settled_fields(values["EventPattern"])
        settled["EventPattern"] = fields if isinstance(fields, dict) else {"source": fields}
    try:
        name = settled.get("Name") or logical_id
        check_rule({**settled, "Name": name}, _bus(values.get("EventBusName"), declared))
    except EventsError as error:
        member = "ScheduleExpression" if values.get("ScheduleExpression") else "EventPattern"
        yield member, error.message
    targets = values.get("Targets")
    fixed = [item for item in targets if isinstance(item, dict)] if isinstance(targets, list) else []
    if sum("Id" in item for item in fixed) > MOST_TARGETS:
        yield "Targets", f"a rule has at most {MOST_TARGETS} targets, not {len(fixed)}"
    for number, target in enumerate(targets_of(targets), 1):
        try:
            parse_target(_target(target, declared), f"targets.{number}.member")
        except EventsError as error:
            yield "Targets", error.message


def _bus(value: Json, declared: Declared) -> str:
    """Return the name of a rule's bus; the default one where that is known only when it is deployed."""
    if isinstance(value, str):
        return value.rpartition("event-bus/")[2] or "default"
    return "x" if kind_of(value, declared) == BUS else "default"


def _target(target: Mapping[str, Json], declared: Declared) -> dict[str, Any]:
    """Return a target with something of the right form for everything that only AWS knows."""
    document: dict[str, Any] = _settled(dict(target))
    document["Arn"] = _arn(target.get("Arn"), declared)
    letters = target.get("DeadLetterConfig")
    if isinstance(letters, dict) and letters.get("Arn"):
        document["DeadLetterConfig"] = {"Arn": _arn(letters["Arn"], declared)}
    policy = target.get("RetryPolicy")
    if isinstance(policy, dict):
        fixed = {name: value for name, value in policy.items() if not isinstance(value, dict | list)}
        document["RetryPolicy"] = fixed
    if isinstance(target.get("Input"), dict):
        document["Input"] = "{}"
    return document


def _arn(value: Json, declared: Declared) -> str:
    if isinstance(value, str):
        return value
    fifo = any(_is_fifo(declared.get(name, {})) for name in names_in(value))
    return arn_of(kind_of(value, declared) or "sqs", "x.fifo" if fifo else "x")


def _is_fifo(resource: Mapping[str, Json]) -> bool:
    return bool(resource) and str(properties(dict(resource)).get("FifoQueue", "")).lower() == "true"


def _settled(value: Any) -> Any:
    """Return a value with a text in the place of each intrinsic function."""
    if isinstance(value, dict):
        if len(value) == 1:
            name, inside = next(iter(value.items()))
            if name == "Fn::Sub":
                return _VARIABLE.sub("x", inside if isinstance(inside, str) else str(inside[0]))
            if name == "Ref" or name.startswith("Fn::"):
                return "x"
        return {name: _settled(inside) for name, inside in value.items()}
    return [_settled(inside) for inside in value] if isinstance(value, list) else value


def _settled_fields(fields: Any) -> Any:
    """Return a pattern with a list in the place of each intrinsic function that is a field's values."""
    settled = _settled(fields)
    if not isinstance(settled, dict):
        return ["x"]
    return {
        name: _settled_fields(fields[name]) if isinstance(fields[name], dict) else value
        for name, value in settled.items()
    }


def _forbidden(values: Mapping[str, Json], declared: Declared) -> Iterator[tuple[str, str]]:
    """Yield resources of the template that the rule uses, and the kind of permission that is missing."""
    used: dict[str, str] = {}
    for target in targets_of(values.get("Targets")):
        for place in (target.get("Arn"), target.get("DeadLetterConfig")):
            used |= {name: str(declared[name]["Type"]) for name in names_in(place) if name in declared}
    for name, kind in sorted(used.items()):
        permission = PERMISSIONS.get(kind)
        if permission is not None and not _allowed(name, permission, declared):
            yield name, permission


def _allowed(name: str, permission: str, declared: Declared) -> bool:
    return any(
        resource["Type"] == permission
        and name in set(names_in(properties(resource)))
        and _names_events(properties(resource))
        for resource in declared.values()
    )


def _names_events(values: Mapping[str, Json]) -> bool:
    """Return whether a permission is for EventBridge, or for everybody."""
    if "Principal" in values:
        return values["Principal"] in {EVENTS, "*"} or isinstance(values["Principal"], dict)
    text = json.dumps(values)
    return EVENTS in text or '"Principal": "*"' in text or '"AWS": "*"' in text
