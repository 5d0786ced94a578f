"""Durable functions that AWS would refuse to invoke, or that could not checkpoint.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html (and its page on event source
mappings), https://docs.aws.amazon.com/lambda/latest/dg/durable-security.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Final

from localcloud.check.finding import Finding, Severity
from localcloud.check.positions import Positions
from localcloud.check.values import Reference, Values
from localcloud.stack.template import Json, properties, resources

RULE: Final = "durable-function"
_KINDS: Final = frozenset({"AWS::Lambda::Function", "AWS::Serverless::Function"})
_RANGES: Final = {"ExecutionTimeout": (1, 31_622_400), "RetentionPeriodInDays": (1, 90)}
_LONGEST: Final = 900
"""How many seconds an event source mapping waits for an execution."""
_ACTIONS: Final = ("lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState")
_MANAGED: Final = ("AWSLambdaBasicDurableExecutionRolePolicy", "AdministratorAccess", "AWSLambda_FullAccess")
# Where a resource names the function that it invokes.
_INVOKERS: Final = {
    "AWS::Lambda::EventSourceMapping": ("FunctionName",),
    "AWS::Lambda::Url": ("TargetFunctionArn",),
    "AWS::AppSync::DataSource": ("LambdaConfig",),
    "AWS::SNS::Subscription": ("Endpoint",),
    "AWS::Events::Rule": ("Targets",),
    "AWS::Scheduler::Schedule": ("Target",),
    "AWS::Pipes::Pipe": ("Target", "Enrichment"),
    "AWS::S3::Bucket": ("NotificationConfiguration",),
    "AWS::Logs::SubscriptionFilter": ("DestinationArn",),
    "AWS::Cognito::UserPool": ("LambdaConfig",),
    "AWS::ApiGateway::Method": ("Integration",),
    "AWS::ApiGatewayV2::Integration": ("IntegrationUri",),
    "AWS::StepFunctions::StateMachine": ("Definition", "DefinitionSubstitutions"),
    "AWS::Serverless::StateMachine": ("Definition", "DefinitionSubstitutions"),
}


def check_durable(template: dict[str, Json], places: Positions) -> Iterator[Finding]:
    """Find what keeps a template's durable functions from being invoked, or from checkpointing."""
    declared, values = resources(template), Values(template)
    durable = {name: config for name, one in declared.items() if (config := _config(one)) is not None}
    if not durable:
        return

    def finding(logical_id: str, path: tuple[str, ...], message: str) -> Finding:
        return Finding(places.of(logical_id, *path), Severity.ERROR, RULE, f"{logical_id}: {message}")

    for name, config in durable.items():
        for key, (least, most) in _RANGES.items():
            text = values.text(config.get(key))
            if text is not None and not (text.isdecimal() and least <= int(text) <= most):
                words = f"{key} is {text}, and has to be from {least} to {most}"
                yield finding(name, ("DurableConfig", key), words)
        if not _may_checkpoint(declared, values, declared[name]):
            words = f"its role does not allow {' and '.join(_ACTIONS)}: no step would be recorded"
            yield finding(name, ("Role",), words)
        if _sam_events(declared[name]):
            words = "its events invoke it by an unqualified ARN, which Lambda refuses: add AutoPublishAlias"
            yield finding(name, ("Events",), words)
    for logical_id, resource in declared.items():
        for key in _INVOKERS.get(str(resource["Type"]), ()):
            if resource["Type"] == "AWS::Lambda::Url" and "Qualifier" in properties(resource):
                continue
            for target in _unqualified(properties(resource).get(key), values, durable):
                words = (
                    f"it invokes the durable function {target} by an unqualified ARN, which Lambda refuses"
                )
                yield finding(logical_id, (key,), words)
        if resource["Type"] == "AWS::Lambda::EventSourceMapping":
            own = _function_of(properties(resource).get("FunctionName"), values, declared)
            text = values.text(durable[own].get("ExecutionTimeout")) if own in durable else None
            if text is not None and text.isdecimal() and int(text) > _LONGEST:
                words = f"{own} may take {text} seconds, and a mapping waits for {_LONGEST} at most"
                yield finding(logical_id, ("FunctionName",), words)


def _config(resource: dict[str, Json]) -> dict[str, Json] | None:
    config = properties(resource).get("DurableConfig")
    return config if resource["Type"] in _KINDS and isinstance(config, dict) else None


def _sam_events(resource: dict[str, Json]) -> bool:
    own = properties(resource)
    return (
        resource["Type"] == "AWS::Serverless::Function"
        and bool(own.get("Events"))
        and "AutoPublishAlias" not in own
    )


def _unqualified(value: Json, values: Values, durable: Mapping[str, Json]) -> Iterator[str]:
    """Yield the durable functions that a value names without a version or an alias."""
    read = values.read(value) if value is not None else None
    if isinstance(read, Reference):
        if read.logical_id in durable and read.attribute in ("", "Arn"):
            yield read.logical_id
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _unqualified(inner, values, durable)
    elif isinstance(value, list):
        for inner in value:
            yield from _unqualified(inner, values, durable)


def _function_of(value: Json, values: Values, declared: Mapping[str, dict[str, Json]]) -> str:
    """Return the function of a reference to it, or to a version or an alias of it."""
    read = values.read(value)
    if not isinstance(read, Reference):
        return ""
    resource = declared.get(read.logical_id, {})
    if resource.get("Type") in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
        return _function_of(properties(resource).get("FunctionName"), values, declared)
    return read.logical_id


def _may_checkpoint(
    declared: Mapping[str, dict[str, Json]], values: Values, function: dict[str, Json]
) -> bool:
    """Say whether a function's role allows checkpoints, as far as the template says."""
    own = properties(function).get("Role")
    role = values.read(own) if own is not None else None
    if not isinstance(role, Reference) or declared.get(role.logical_id, {}).get("Type") != "AWS::IAM::Role":
        return True  # it is elsewhere, or SAM's
    body = properties(declared[role.logical_id])
    managed = body.get("ManagedPolicyArns")
    for arn in managed if isinstance(managed, list) else ():
        text = values.text(arn)
        if text is None or text.rpartition("/")[2] in _MANAGED:
            return True
    documents: list[Json] = [body.get("Policies")]
    for resource in declared.values():
        if resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"):
            documents.append(dict(properties(resource)))
    patterns = [text for document in documents for text in _actions(document)]
    return all(any(fnmatchcase(action.lower(), one.lower()) for one in patterns) for action in _ACTIONS)


def _actions(value: Json) -> Iterator[str]:
    if isinstance(value, list):
        for inner in value:
            yield from _actions(inner)
    elif isinstance(value, dict):
        allowed = value.get("Action") if value.get("Effect") == "Allow" else None
        for action in allowed if isinstance(allowed, list) else [allowed]:
            if isinstance(action, str):
                yield action
        for inner in value.values():
            yield from _actions(inner)
