"""Durable functions that AWS would refuse to invoke, or that could not checkpoint.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html (and its page on event source
mappings), https://docs.aws.amazon.com/lambda/latest/dg/durable-security.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final

from localcloud.check.finding import Finding, Severity
from localcloud.check.model import MachineModel
from localcloud.check.positions import Positions
from localcloud.check.rules.durable_targets import TargetReference, Targets
from localcloud.check.values import Reference, Values
from localcloud.stack.template import Json, properties, resources

RULE: Final = "durable-function"
_KINDS: Final = frozenset({"AWS::Lambda::Function", "AWS::Serverless::Function"})
_RANGES: Final = {"ExecutionTimeout": (1, 31_622_400), "RetentionPeriodInDays": (1, 90)}
_LONGEST: Final = 900
"""How many seconds a mapping, or a synchronous caller, may have to wait for an execution."""
_ACTIONS: Final = ("lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState")
_MANAGED: Final = ("AWSLambdaBasicDurableExecutionRolePolicy", "AdministratorAccess", "AWSLambda_FullAccess")
# Where a resource names the function that it invokes.
_INVOKERS: Final = {
    "AWS::ApiGateway::Authorizer": ("AuthorizerUri",),
    "AWS::ApiGateway::Method": ("Integration",),
    "AWS::ApiGateway::RestApi": ("Body",),
    "AWS::ApiGatewayV2::Api": ("Target", "Body"),
    "AWS::ApiGatewayV2::Authorizer": ("AuthorizerUri",),
    "AWS::ApiGatewayV2::Integration": ("IntegrationUri",),
    "AWS::AppSync::DataSource": ("LambdaConfig",),
    "AWS::AppSync::GraphQLApi": ("LambdaAuthorizerConfig", "AdditionalAuthenticationProviders"),
    "AWS::Cognito::UserPool": ("LambdaConfig",),
    "AWS::Events::Rule": ("Targets",),
    "AWS::IoT::TopicRule": ("TopicRulePayload",),
    "AWS::Lambda::EventInvokeConfig": ("DestinationConfig",),
    "AWS::Lambda::EventSourceMapping": ("FunctionName",),
    "AWS::Lambda::Url": ("TargetFunctionArn",),
    "AWS::Logs::SubscriptionFilter": ("DestinationArn",),
    "AWS::Pipes::Pipe": ("Target", "Enrichment"),
    "AWS::S3::Bucket": ("NotificationConfiguration",),
    "AWS::SNS::Subscription": ("Endpoint",),
    "AWS::Scheduler::Schedule": ("Target",),
    "AWS::Serverless::Api": ("DefinitionBody",),
    "AWS::Serverless::HttpApi": ("DefinitionBody",),
}
# Those that wait for the end, by whichever of their properties.
_WAITING: Final = frozenset(
    ("AWS::ApiGateway::Method", "AWS::ApiGatewayV2::Integration", "AWS::Lambda::EventSourceMapping")
)


def check_durable(
    template: dict[str, Json], places: Positions, machines: Sequence[MachineModel] = ()
) -> Iterator[Finding]:
    """Find what keeps a template's durable functions from being invoked, or from checkpointing."""
    declared, values = resources(template), Values(template)
    durable = {
        name: config for name, resource in declared.items() if (config := _config(resource)) is not None
    }
    if not durable:
        return

    def finding(logical_id: str, path: tuple[str, ...], message: str) -> Finding:
        return Finding(places.of(logical_id, *path), Severity.ERROR, RULE, f"{logical_id}: {message}")

    for name, config in durable.items():
        yield from _config_findings(name, config, values, places)
        if not _may_checkpoint(declared, values, declared[name]):
            words = f"its role does not allow {' and '.join(_ACTIONS)}: no step would be recorded"
            yield finding(name, ("Role",), words)
        if _sam_events(declared[name]):
            words = "its events invoke it by an unqualified ARN, which Lambda refuses: add AutoPublishAlias"
            yield finding(name, ("Events",), words)
    targets = Targets(values, durable, _owners(declared, values))
    limits = {name: values.number(config.get("ExecutionTimeout")) or 0 for name, config in durable.items()}
    for logical_id, key, target in _invocations(declared, targets, machines):
        if not target.qualified:
            words = f"it invokes the durable function {target.name} by an unqualified ARN"
            yield finding(logical_id, (key,), f"{words}, which Lambda refuses")
        if target.waits and limits.get(target.name, 0) > _LONGEST:
            words = f"{target.name} may take {limits[target.name]} seconds"
            yield finding(logical_id, (key,), f"{words}, but no caller waits longer than {_LONGEST}")


def _invocations(
    declared: Mapping[str, dict[str, Json]], targets: Targets, machines: Sequence[MachineModel]
) -> Iterator[tuple[str, str, TargetReference]]:
    """Yield the resources that invoke durable functions, by which property, and whom."""
    for logical_id, resource in declared.items():
        kind, own = str(resource["Type"]), properties(resource)
        for key in _INVOKERS.get(kind, ()):
            by_qualifier = kind == "AWS::Lambda::Url" and "Qualifier" in own
            for target in dict.fromkeys(targets.of(own.get(key))):
                qualified = target.qualified or by_qualifier
                # An integration may ask for an asynchronous invocation, by a header.
                waits = kind in _WAITING and "'Event'" not in str(own.get(key))
                yield logical_id, key, TargetReference(target.name, qualified, waits)
    for machine in machines:
        for target in dict.fromkeys(targets.in_definition(machine.definition)):
            yield machine.logical_id, machine.property, target


def _config_findings(
    name: str, config: dict[str, Json], values: Values, places: Positions
) -> Iterator[Finding]:
    """Find what is wrong with a DurableConfig, and what of it has no effect."""
    for key, (least, most) in _RANGES.items():
        text = values.text(config.get(key))
        if text is not None and not (text.isdecimal() and least <= int(text) <= most):
            words = f"{name}: {key} is {text}, and has to be from {least} to {most}"
            yield Finding(places.of(name, "DurableConfig", key), Severity.ERROR, RULE, words)
    if config.get("KMSKeyArn"):
        words = f"{name}: KMSKeyArn is kept and shown, and encrypts nothing on one machine"
        yield Finding(places.of(name, "DurableConfig", "KMSKeyArn"), Severity.NOTE, RULE, words)


def _owners(declared: Mapping[str, dict[str, Json]], values: Values) -> dict[str, str]:
    """Return the functions of versions and aliases."""
    owners = {}
    for name, resource in declared.items():
        if resource["Type"] in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
            owners[name] = _function_of({"Ref": name}, values, declared)
    return owners


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
    return all(
        any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns) for action in _ACTIONS
    )


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
