"""Stand-ins: resources that a start creates in name alone, since nothing here can run them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from localcloud.check.finding import Finding, Severity
from localcloud.check.positions import Positions
from localcloud.check.rules.runtimes import RULE as RUNTIME
from localcloud.check.rules.runtimes import unrunnable
from localcloud.check.values import Values, with_values
from localcloud.stack.nested import Part
from localcloud.stack.template import Json, resources
from localcloud.stack.verdicts import stand_in

RULE: Final = "unserved-type"


class StandInResource(NamedTuple):
    """A resource that is created as a stand-in."""

    logical_id: str
    names: tuple[str, ...]
    """Where in the resource it is said, as names of properties."""
    rule: str
    sentence: str
    """What it is, why, and what fails; resources may share it."""


def stand_ins(
    template: dict[str, Json], values: Mapping[str, str] | None = None, base: Path | None = None
) -> Iterator[StandInResource]:
    """Yield the stand-ins of a template; a resource that a condition excludes does not count.

    Functions that cannot run are among them.

    Parameters
    ----------
    values
        The parameters' values, where they are not the defaults.
    base
        The template's folder.

    Examples
    --------
    >>> template = {"Resources": {"Jobs": {"Type": "AWS::Batch::JobQueue"}}}
    >>> [resource.logical_id for resource in stand_ins(template)]
    ['Jobs']
    """
    read: Values | None = None
    for logical_id, resource in resources(template).items():
        sentence = stand_in(str(resource["Type"]))
        if sentence is None:
            continue
        read = read or Values(with_values(template, values or {}))
        if not read.is_left_out(resource):
            yield StandInResource(logical_id, (), RULE, sentence)
    for function in unrunnable(template, values, base):
        sentence = f"AWS::Lambda::Function: {function.problem}; each invocation of it fails"
        yield StandInResource(function.logical_id, (function.property,), RUNTIME, sentence)


def check_stand_ins(part: Part, places: Positions) -> Iterator[Finding]:
    """Find the stand-ins."""
    for each in stand_ins(part.template, part.values, part.base):
        place = places.of(each.logical_id, *each.names)
        yield Finding(place, Severity.WARNING, each.rule, f"{each.logical_id}: {each.sentence}")
