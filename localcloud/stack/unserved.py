"""What AWS takes and nothing here does: targets of rules, pipes, nested templates that are elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from localcloud.contracts.supported import SERVED_TARGETS
from localcloud.contracts.supported_additions import (
    PIPE_ENRICHMENTS,
    PIPE_SOURCES,
    PIPE_TARGETS,
    SCHEDULE_TARGETS,
    UNSERVED_PROPERTIES,
)
from localcloud.stack.template import Json, properties

Declared = Mapping[str, dict[str, Json]]
_ARN: Final = re.compile(r"arn:[^:]*:([a-z0-9-]+):[^:]*:[^:]*:(.*)", re.DOTALL)
BUS: Final = "event-bus"
_TYPES: Final = {
    "AWS::Lambda::Function": "lambda",
    "AWS::Lambda::Version": "lambda",
    "AWS::Lambda::Alias": "lambda",
    "AWS::SQS::Queue": "sqs",
    "AWS::SNS::Topic": "sns",
    "AWS::StepFunctions::StateMachine": "states",
    "AWS::StepFunctions::StateMachineVersion": "states",
    "AWS::StepFunctions::StateMachineAlias": "states",
    "AWS::Events::EventBus": "event-bus",
    "AWS::Events::ApiDestination": "api-destination",
    "AWS::Logs::LogGroup": "logs",
    "AWS::Kinesis::Stream": "kinesis",
    "AWS::KinesisFirehose::DeliveryStream": "firehose",
    "AWS::AppSync::GraphQLApi": "appsync",
    "AWS::DynamoDB::Table": "dynamodb",
}


def unserved(resource: dict[str, Json], declared: Declared) -> list[str]:
    """Return what a resource asks for, and nothing here does.

    Examples
    --------
    >>> target = {"Id": "job", "Arn": "arn:aws:batch:us-east-1:000000000000:job-queue/q"}
    >>> unserved({"Type": "AWS::Events::Rule", "Properties": {"Targets": [target]}}, {})
    ['no event is delivered to its target job (batch)']
    """
    kind, values = str(resource["Type"]), properties(resource)
    problems = [why for name, why in UNSERVED_PROPERTIES.get(kind, {}).items() if values.get(name)]
    match kind:
        case "AWS::Events::Rule":
            problems += _targets(values, declared)
        case "AWS::Pipes::Pipe":
            problems += _pipe(values, declared)
        case "AWS::Scheduler::Schedule":
            problems += _schedule(values, declared)
        case "AWS::CloudFormation::Stack":
            problems += _elsewhere(values.get("TemplateURL"), "template")
        case "AWS::Serverless::Application":
            problems += _elsewhere(values.get("Location"), "application")
    return problems


def is_custom(kind: str) -> bool:
    """Return whether a type is of custom resources, whose properties are their function's business."""
    return kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource"


def kind_of(arn: Json, declared: Declared) -> str | None:
    """Return the kind of target that an ARN names; None where that is known only when it is deployed.

    Examples
    --------
    >>> kind_of({"Fn::GetAtt": ["Jobs", "Arn"]}, {"Jobs": {"Type": "AWS::SQS::Queue"}})
    'sqs'
    >>> kind_of({"Fn::Sub": "arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-bus/audit"}, {})
    'event-bus'
    """
    match arn:
        case str(text):
            return _kind_in(text)
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            return _kind_of_resource(name, declared)
        case {"Fn::GetAtt": str(text)}:
            return _kind_of_resource(text.partition(".")[0], declared)
        case {"Fn::Sub": str(text)} | {"Fn::Sub": [str(text), *_]}:
            # The names of variables have colons in them, the values none.
            return _kind_in(re.sub(r"\$\{[^}]*\}", "x", text))
        case {"Fn::Join": ["", [str(first), *_]]} if first.count(":") >= 3:
            return _kind_in(first + ":::")
    return None


def arn_of(kind: str, name: str) -> str:
    """Return the form of an ARN of a kind of target, in whatever account and Region.

    Examples
    --------
    >>> arn_of("event-bus", "x")
    'arn:aws:events:us-east-1:000000000000:event-bus/x'
    """
    inner = kind in {BUS, "api-destination"}
    return f"arn:aws:{'events' if inner else kind}:us-east-1:000000000000:{f'{kind}/' if inner else ''}{name}"


def _kind_in(text: str) -> str | None:
    match = _ARN.match(text)
    if match is None:
        return None
    return match[2].partition("/")[0] if match[1] == "events" else match[1]


def _kind_of_resource(name: str, declared: Declared) -> str | None:
    kind = str(declared.get(name, {}).get("Type", ""))
    if kind in _TYPES:
        return _TYPES[kind]
    if not kind.startswith("AWS::") or kind.startswith("AWS::Serverless::"):
        return None  # a parameter, or what becomes of it is not seen here
    return kind.split("::")[1].lower()


def targets_of(value: Json) -> Iterator[dict[str, Json]]:
    """Yield the targets of a rule's ``Targets``, on both sides of conditions.

    Examples
    --------
    >>> [target["Id"] for target in targets_of([{"Fn::If": ["Big", {"Id": "a"}, {"Ref": "AWS::NoValue"}]}])]
    ['a']
    """
    if isinstance(value, list):
        for item in value:
            yield from targets_of(item)
    elif isinstance(value, dict) and "Fn::If" in value:
        sides = value["Fn::If"]
        yield from targets_of(sides[1:] if isinstance(sides, list) else None)
    elif isinstance(value, dict) and "Id" in value:
        yield value


def _targets(values: Mapping[str, Json], declared: Declared) -> Iterator[str]:
    for target in targets_of(values.get("Targets")):
        kind = kind_of(target.get("Arn"), declared)
        if kind is not None and kind not in SERVED_TARGETS:
            yield f"no event is delivered to its target {target.get('Id')} ({kind})"


def _elsewhere(location: Json, what: str) -> Iterator[str]:
    """Yield that a nested template is not on this machine, where that is sure."""
    if isinstance(location, dict) and "ApplicationId" in location:
        yield f"its {what} is in the Serverless Application Repository: name a local template instead"
    elif isinstance(location, str) and ".amazonaws." in location:
        yield f"its {what} is at {location}, which is not on this machine: name a local template instead"


def _pipe(values: Mapping[str, Json], declared: Declared) -> Iterator[str]:
    """Yield what a pipe names and nothing here serves; its creation is refused, too."""
    for name, served, problem in (
        ("Source", PIPE_SOURCES, "nothing is read from its source"),
        ("Enrichment", PIPE_ENRICHMENTS, "nothing is enriched by"),
        ("Target", PIPE_TARGETS, "nothing is delivered to its target"),
    ):
        kind = kind_of(values.get(name), declared)
        if kind is not None and kind not in served:
            yield f"{problem} ({kind})"


def _schedule(values: Mapping[str, Json], declared: Declared) -> Iterator[str]:
    """Yield that a schedule's target is not invoked here; universal targets are none that is."""
    target = values.get("Target")
    kind = kind_of(target.get("Arn"), declared) if isinstance(target, dict) else None
    if kind is not None and kind not in SCHEDULE_TARGETS:
        yield f"its target is not invoked ({kind})"
