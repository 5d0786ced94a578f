"""State machines: created, updated, described, listed, deleted, validated."""

from __future__ import annotations

import re
import time
from typing import cast

from localcloud.states.api.errors import ApiError, invalid_arn
from localcloud.states.api.lookup import MACHINE_ARN, own_machine, resolve
from localcloud.states.api.pages import page
from localcloud.states.api.records import Kind, StateMachine, compiled
from localcloud.states.api.region import Region
from localcloud.states.api.versions import publish
from localcloud.states.language.errors import DefinitionError
from localcloud.states.language.scope import Json
from localcloud.states.running.revision import NO_LOGS, Revision
from localcloud.states.validation import diagnostics, refusal

Request = dict[str, Json]

# API reference: these may not occur in names.
FORBIDDEN = re.compile(r'[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ufffe\uffff\U00010000-\U0010ffff]')


def check_name(name: str) -> None:
    """Refuse a name that AWS refuses.

    Raises
    ------
    ApiError
        InvalidName.
    """
    if not 1 <= len(name) <= 80 or FORBIDDEN.search(name):
        raise ApiError("InvalidName", f"Invalid Name: '{name}'")


def create(region: Region, request: Request) -> Json:
    """CreateStateMachine. The same request again gets the same answer."""
    name = request["name"]
    check_name(name)
    kind = cast(Kind, request.get("type", "STANDARD"))
    arn = region.arn("stateMachine", name)
    if request.get("versionDescription") is not None and not request.get("publish"):
        message = "Version description can only be set when publish is true"
        raise ApiError("ValidationException", message)
    existing = region.machines.get(arn)
    revision = _revision(request, kind)
    if existing is not None:
        if not _same(existing, revision, kind):
            raise ApiError("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")
        created = existing
    else:
        created = region.machines[arn] = StateMachine(arn, name, kind, revision)
        tags = {tag["key"]: tag.get("value", "") for tag in request.get("tags") or ()}
        if tags:
            region.tags[arn] = tags
    answer: Json = {"stateMachineArn": arn, "creationDate": created.created}
    if request.get("publish"):
        version = publish(created, request.get("versionDescription", ""))
        answer["stateMachineVersionArn"] = version.arn
    return answer


def _revision(request: Request, kind: Kind, before: Revision | None = None) -> Revision:
    definition = request.get("definition") or (before.definition if before else "")
    role = request.get("roleArn") or (before.role if before else "")
    if not re.match(r"arn:aws[a-z-]*:iam::", role):
        raise invalid_arn(role)
    if before is None or definition != before.definition:
        message = refusal(definition, kind=kind)
        if message is not None:
            raise ApiError("InvalidDefinition", message)
    try:
        machine = before.machine if before and definition == before.definition else compiled(definition)
    except DefinitionError as error:
        message = f"Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: {error}'"
        raise ApiError("InvalidDefinition", message) from error
    revision = Revision(definition, role, machine)
    if before is not None:
        revision.logging, revision.tracing = before.logging, before.tracing
        revision.encryption = before.encryption
    for name, attribute in (
        ("loggingConfiguration", "logging"),
        ("tracingConfiguration", "tracing"),
        ("encryptionConfiguration", "encryption"),
    ):
        if request.get(name) is not None:
            setattr(revision, attribute, request[name])
    _check_logging(revision.logging)
    return revision


def _check_logging(logging: Json) -> None:
    if logging.get("level", "OFF") != "OFF" and not logging.get("destinations"):
        message = "Invalid Logging Configuration: Must specify exactly one Log Destination."
        raise ApiError("InvalidLoggingConfiguration", message)


def _same(machine: StateMachine, revision: Revision, kind: Kind) -> bool:
    """Say whether a creation is the same again; AWS takes no notice of another role or tags."""
    return machine.kind == kind and _settings(machine.revision) == _settings(revision)


def _settings(revision: Revision) -> tuple[Json, ...]:
    return revision.definition, revision.logging, revision.tracing, revision.encryption


def update(region: Region, request: Request) -> Json:
    """UpdateStateMachine: executions that run go on with what they began with."""
    machine = own_machine(region, request["stateMachineArn"])
    if not any(
        request.get(name) is not None
        for name in (
            *("definition", "roleArn", "loggingConfiguration"),
            *("tracingConfiguration", "encryptionConfiguration", "publish"),
        )
    ):
        message = (
            "Either the definition, the role ARN, the LoggingConfiguration, the TracingConfiguration "
            "or the EncryptionConfiguration must be specified"
        )
        raise ApiError("MissingRequiredParameter", message)
    if request.get("versionDescription") is not None and not request.get("publish"):
        message = "Version description can only be set when publish is true"
        raise ApiError("ValidationException", message)
    revision = _revision(request, machine.kind, machine.revision)
    before = machine.revision
    if (revision.role, _settings(revision)) != (before.role, _settings(before)):
        machine.revision = revision
    machine.updated = time.time()
    answer: Json = {"updateDate": machine.updated, "revisionId": machine.revision.id}
    if request.get("publish"):
        version = publish(machine, request.get("versionDescription", ""))
        answer["stateMachineVersionArn"] = version.arn
    return answer


def delete(region: Region, request: Request) -> Json:
    """DeleteStateMachine, its versions and aliases; executions that run are left to end."""
    arn = request["stateMachineArn"]
    if not MACHINE_ARN.fullmatch(arn):
        raise invalid_arn(arn)
    region.machines.pop(arn, None)
    region.tags.pop(arn, None)
    return {}


def describe(region: Region, request: Request) -> Json:
    """DescribeStateMachine, or one of its versions or aliases."""
    machine, version, _alias = resolve(region, request["stateMachineArn"])
    revision = version.revision if version else machine.revision
    answer: Json = {
        "stateMachineArn": version.arn if version else machine.arn,
        "name": machine.name,
        "status": "ACTIVE",
        "type": machine.kind,
        "creationDate": version.created if version else machine.created,
        **running(revision, data=request.get("includedData") != "METADATA_ONLY"),
    }
    if version is None and machine.updated is None:
        answer.pop("revisionId", None)
    if version is not None and version.description:
        answer["description"] = version.description
    return answer


def running(revision: Revision, *, data: bool = True) -> dict[str, Json]:
    """Return what a revision runs, as descriptions have it."""
    answer: dict[str, Json] = {
        "roleArn": revision.role,
        "loggingConfiguration": {**NO_LOGS, **revision.logging},
        "tracingConfiguration": revision.tracing,
        "encryptionConfiguration": revision.encryption or {"type": "AWS_OWNED_KEY"},
        "revisionId": revision.id,
    }
    if data:
        answer["definition"] = revision.definition
    return answer


def listed(region: Region, request: Request) -> Json:
    """ListStateMachines, by name."""
    machines = sorted(region.machines.values(), key=lambda machine: machine.name)
    entries = [
        {
            "stateMachineArn": machine.arn,
            "name": machine.name,
            "type": machine.kind,
            "creationDate": machine.created,
        }
        for machine in machines
    ]
    return page(request, "stateMachines", entries)


def validate(_region: Region, request: Request) -> Json:
    """ValidateStateMachineDefinition."""
    entries = diagnostics(request["definition"], kind=cast(Kind, request.get("type", "STANDARD")))
    severity = request.get("severity", "ERROR")
    reported = [entry for entry in entries if severity == "WARNING" or entry.severity == "ERROR"]
    most = request.get("maxResults") or 100
    written = [
        {
            "severity": entry.severity,
            "code": entry.code,
            "message": entry.message,
            "location": entry.location,
        }
        for entry in reported[:most]
    ]
    failed = any(entry.severity == "ERROR" for entry in entries)
    return {"result": "FAIL" if failed else "OK", "diagnostics": written, "truncated": len(reported) > most}
