"""Versions and aliases of state machines."""

from __future__ import annotations

import random
import re
import time

from localcloud.states.api.errors import ApiError, invalid_arn, no_machine
from localcloud.states.api.pages import page
from localcloud.states.api.records import Alias, StateMachine, Version
from localcloud.states.api.region import Region
from localcloud.states.language.scope import Json

Request = dict[str, Json]

ALIAS_NAME = re.compile(r"(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]{1,80}")


def publish(machine: StateMachine, description: str) -> Version:
    """Publish the machine's current revision; one that is published already keeps its version."""
    for version in reversed(machine.versions.values()):
        if version.revision is machine.revision:
            return version
        break
    machine.last_version += 1
    number = machine.last_version
    version = Version(f"{machine.arn}:{number}", number, machine.revision, description)
    machine.versions[number] = version
    return version


def publish_version(region: Region, request: Request) -> Json:
    """PublishStateMachineVersion."""
    machine = _machine(region, request["stateMachineArn"])
    revision = request.get("revisionId")
    if revision is not None and revision != machine.revision.id:
        message = (
            f"Failed to publish the State Machine version for revision {revision}. "
            f"The current State Machine revision is {machine.revision.id}."
        )
        raise ApiError("ConflictException", message)
    version = publish(machine, request.get("description", ""))
    return {"creationDate": version.created, "stateMachineVersionArn": version.arn}


def delete_version(region: Region, request: Request) -> Json:
    """DeleteStateMachineVersion; one that an alias leads to stays."""
    arn = request["stateMachineVersionArn"]
    base, _, number = arn.rpartition(":")
    machine = region.machines.get(base)
    if not number.isdecimal():
        raise invalid_arn(arn)
    if machine is None:
        return {}
    users = [alias.name for alias in machine.aliases.values() if arn in _targets(alias.routes)]
    if users:
        message = (
            "Version to be deleted must not be referenced by an alias. "
            f"Current list of aliases referencing this version: [{', '.join(users)}]"
        )
        raise ApiError("ConflictException", message)
    machine.versions.pop(int(number), None)
    return {}


def list_versions(region: Region, request: Request) -> Json:
    """ListStateMachineVersions, the newest first."""
    machine = _machine(region, request["stateMachineArn"])
    entries = [
        {"stateMachineVersionArn": version.arn, "creationDate": version.created}
        for version in reversed(machine.versions.values())
    ]
    return page(request, "stateMachineVersions", entries)


def create_alias(region: Region, request: Request) -> Json:
    """CreateStateMachineAlias. The same request again gets the same answer."""
    name, routes = request["name"], request["routingConfiguration"]
    if not ALIAS_NAME.fullmatch(name):
        raise ApiError("InvalidName", f"Invalid Name: '{name}'")
    machine = _routed(region, routes)
    arn = f"{machine.arn}:{name}"
    description = request.get("description", "")
    alias = machine.aliases.get(name)
    if alias is not None:
        if alias.routes != routes or alias.description != description:
            message = (
                "Failed to create alias because an alias with the same name and a different "
                f"routing configuration already exists: '{arn}'"
            )
            raise ApiError("ConflictException", message)
    else:
        alias = machine.aliases[name] = Alias(arn, name, routes, description)
    return {"stateMachineAliasArn": arn, "creationDate": alias.created}


def update_alias(region: Region, request: Request) -> Json:
    """UpdateStateMachineAlias."""
    alias = _alias(region, request["stateMachineAliasArn"])
    if request.get("description") is None and request.get("routingConfiguration") is None:
        message = "Either the description or the RoutingConfiguration must be specified"
        raise ApiError("ValidationException", message)
    if request.get("routingConfiguration") is not None:
        machine = _routed(region, request["routingConfiguration"])
        if f"{machine.arn}:{alias.name}" != alias.arn:
            message = "Routing configuration must contain versions of the alias's own state machine"
            raise ApiError("ValidationException", message)
        alias.routes = request["routingConfiguration"]
    if request.get("description") is not None:
        alias.description = request["description"]
    alias.updated = time.time()
    return {"updateDate": alias.updated}


def describe_alias(region: Region, request: Request) -> Json:
    """DescribeStateMachineAlias."""
    alias = _alias(region, request["stateMachineAliasArn"])
    answer: Json = {
        "stateMachineAliasArn": alias.arn,
        "name": alias.name,
        "routingConfiguration": alias.routes,
        "creationDate": alias.created,
        "updateDate": alias.updated,
    }
    if alias.description:
        answer["description"] = alias.description
    return answer


def delete_alias(region: Region, request: Request) -> Json:
    """DeleteStateMachineAlias."""
    alias = _alias(region, request["stateMachineAliasArn"])
    region.machines[alias.arn.rpartition(":")[0]].aliases.pop(alias.name)
    return {}


def list_aliases(region: Region, request: Request) -> Json:
    """ListStateMachineAliases, of a machine or of a version."""
    arn = request["stateMachineArn"]
    base, _, number = arn.rpartition(":")
    of_version = number.isdecimal() and base in region.machines
    machine = region.machines[base] if of_version else _machine(region, arn)
    entries = [
        {"stateMachineAliasArn": alias.arn, "creationDate": alias.created}
        for alias in machine.aliases.values()
        if not of_version or arn in _targets(alias.routes)
    ]
    return page(request, "stateMachineAliases", entries)


def routed(alias: Alias) -> str:
    """Return the ARN of the version that an alias leads to this time."""
    weights = [route.get("weight", 100) for route in alias.routes]
    route = random.choices(alias.routes, weights)[0]  # noqa: S311 - traffic, not secrets
    return str(route["stateMachineVersionArn"])


def _targets(routes: list[dict[str, Json]]) -> set[str]:
    return {route["stateMachineVersionArn"] for route in routes}


def _routed(region: Region, routes: list[dict[str, Json]]) -> StateMachine:
    """Return the machine that a routing leads to.

    Raises
    ------
    ApiError
        It leads to none, to several, or its weights are no hundred.
    """
    targets = [route["stateMachineVersionArn"] for route in routes]
    bases = {arn.rpartition(":")[0] for arn in targets}
    if sum(route["weight"] for route in routes) != 100:
        message = "Sum of routing configuration weights must equal 100"
        raise ApiError("ValidationException", message)
    if len(bases) != 1 or len(set(targets)) != len(targets):
        message = (
            "Routing configuration must contain distinct state machine version ARNs of one state machine"
        )
        raise ApiError("ValidationException", message)
    machine = region.machines.get(bases.pop())
    for arn in targets:
        number = arn.rpartition(":")[2]
        if not number.isdecimal():
            raise ApiError("ValidationException", f"Invalid version ARN: '{arn}'")
        if machine is None or int(number) not in machine.versions:
            raise ApiError("ResourceNotFound", f"Request references a resource that does not exist: '{arn}'")
    assert machine is not None
    return machine


def _machine(region: Region, arn: str) -> StateMachine:
    machine = region.machines.get(arn)
    if machine is None:
        if ":stateMachine:" not in arn:
            raise invalid_arn(arn)
        raise no_machine(arn)
    return machine


def _alias(region: Region, arn: str) -> Alias:
    base, _, name = arn.rpartition(":")
    machine = region.machines.get(base)
    alias = machine.aliases.get(name) if machine is not None else None
    if alias is None:
        raise ApiError("ResourceNotFound", f"Request references a resource that does not exist: '{arn}'")
    return alias
