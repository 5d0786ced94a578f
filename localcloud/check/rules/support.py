"""Resource types and properties that the local cloud does not have, or that have no effect here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from localcloud.check.finding import Finding, Severity
from localcloud.check.positions import Positions
from localcloud.check.values import Values, with_values
from localcloud.contracts.supported import HONOURED, HONOURED_ATTRIBUTES
from localcloud.contracts.supported_additions import SHARED_TENANTS
from localcloud.stack.harmless import WITHOUT_EFFECT
from localcloud.stack.own_code import shared_of_functions
from localcloud.stack.support import undelivered, without_layers
from localcloud.stack.template import Json, properties, resources
from localcloud.stack.unserved import is_custom, unserved
from localcloud.stack.verdicts import TypeVerdict, judge, refusal


class UnservedResource(NamedTuple):
    """A resource that is refused."""

    logical_id: str
    message: str
    whole: bool
    """It is refused for its type."""


def unserved_resources(
    template: dict[str, Json], values: Mapping[str, str] | None = None
) -> Iterator[UnservedResource]:
    """Yield the resources that are refused, for their type or what they ask for.

    One that a condition leaves out does not count. A rule is not refused for a target: its other targets get
    their events, and those of this one go to its dead letters.

    Parameters
    ----------
    values
        The parameters' values, where they are not the defaults.

    Examples
    --------
    >>> server = {"Type": "AWS::EC2::Instanze"}
    >>> [resource.message for resource in unserved_resources({"Resources": {"Server": server}})]
    ['Server: AWS::EC2::Instanze is not served by the local cloud: AWS has no such type']
    """
    read = Values(with_values(template, values or {}))
    declared = resources(template)
    for logical_id, resource in declared.items():
        if read.is_left_out(resource):
            continue
        kind = str(resource["Type"])
        problem = refusal(kind)
        if problem is not None:
            yield UnservedResource(logical_id, f"{logical_id}: {problem}", whole=True)
        else:
            for problem in unserved(resource, declared):
                if not _starts(kind, problem):
                    yield UnservedResource(logical_id, f"{kind}: {problem}", whole=False)


def _starts(kind: str, problem: str) -> bool:
    """Say whether a start goes on after a problem: the other targets of a rule get their events."""
    return kind == "AWS::Events::Rule" or problem == SHARED_TENANTS


def check_support(
    template: dict[str, Json], places: Positions, values: Mapping[str, str] | None = None
) -> Iterator[Finding]:
    """Find what works on AWS and not here."""
    declared, shared = resources(template), shared_of_functions(template)
    for unserved_resource in unserved_resources(template, values):
        if unserved_resource.whole:
            yield Finding(
                places.of(unserved_resource.logical_id),
                Severity.ERROR,
                "unknown-type",
                unserved_resource.message,
            )
    for logical_id, resource in declared.items():
        kind = str(resource["Type"])
        place = places.of(logical_id)
        yield from _unserved_or_elsewhere(logical_id, resource, declared, shared, places)
        if kind.startswith("AWS::Serverless::") or is_custom(kind):
            continue  # the engine translates SAM's, what they become is not seen here
        judgement = judge(kind)
        if judgement.verdict is TypeVerdict.ACCEPTED:
            message = f"{kind} has no effect on one machine: {judgement.reason}"
            yield Finding(place, Severity.NOTE, "without-effect", message)
        if judgement.verdict is not TypeVerdict.SERVED:
            continue
        for attribute in sorted(resource.keys() - HONOURED_ATTRIBUTES):
            message = f"{kind}: the attribute {attribute} is ignored"
            yield Finding(place, Severity.WARNING, "unsupported-property", message)
        for where in undelivered(resource):
            message = f"{kind}: nothing is delivered {where}"
            yield Finding(place, Severity.WARNING, "undelivered", message)
        for name in sorted(properties(resource).keys() - HONOURED[kind]):
            at = places.of(logical_id, name)
            reason = WITHOUT_EFFECT.get(kind, {}).get(name)
            if reason is None:
                message = f"{kind}: {name} is not supported by the local cloud"
                yield Finding(at, Severity.WARNING, "unsupported-property", message)
            else:
                message = f"{kind}: {name} has no effect on one machine: {reason}"
                yield Finding(at, Severity.NOTE, "without-effect", message)


def _unserved_or_elsewhere(
    logical_id: str,
    resource: dict[str, Json],
    declared: dict[str, dict[str, Json]],
    shared: dict[str, Json],
    places: Positions,
) -> Iterator[Finding]:
    kind = str(resource["Type"])
    for problem in unserved(resource, declared):
        severity = Severity.WARNING if _starts(kind, problem) else Severity.ERROR
        yield Finding(places.of(logical_id), severity, "unserved", f"{kind}: {problem}")
    for problem in without_layers(resource, shared):
        message = f"{kind}: {problem}, whose files are there alone"
        yield Finding(places.of(logical_id, "Layers"), Severity.WARNING, "layer-elsewhere", message)
