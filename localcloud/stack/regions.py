"""Regions that a template holds for its own user pools and tables: theirs is the region of the start."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Final

from localcloud.stack.document import Json
from localcloud.stack.language import Literals, Unresolved
from localcloud.stack.template import properties, resources

_APPSYNC: Final = ("AWS::AppSync::", "AWS::Serverless::GraphQLApi")
_REGION: Final = "AwsRegion"
_KEY: Final = "regions"


def with_local_regions(template: dict[str, Json], values: Mapping[str, str]) -> dict[str, Json]:
    """Return a template whose APIs look for its own user pools and tables in the region of the start.

    A region that is written out is its author's. Where none is, the template is returned as it is.

    Parameters
    ----------
    values
        The parameters' values, where they are not the defaults, and those of pseudo parameters.
    """
    if not any(_elsewhere(template, values)):
        return template
    local = copy.deepcopy(template)
    for logical_id, owner, region in list(_elsewhere(local, values)):
        owner[_REGION] = {"Ref": "AWS::Region"}
        metadata = resources(local)[logical_id].setdefault("Metadata", {})
        if isinstance(metadata, dict):
            own = metadata.setdefault("localcloud", {})
            noted = own.setdefault(_KEY, []) if isinstance(own, dict) else None
            if isinstance(noted, list) and region not in noted:
                noted.append(region)
    return local


def replaced_regions(template: dict[str, Json]) -> Iterator[tuple[str, str]]:
    """Yield each resource whose regions :func:`with_local_regions` has replaced, and a sentence."""
    for logical_id, resource in resources(template).items():
        match resource.get("Metadata"):
            case {"localcloud": {"regions": [*regions]}}:
                names = ", ".join(str(region) for region in regions)
                yield (
                    logical_id,
                    f"{logical_id} is written for {names}, where AWS would look for a resource of this "
                    "template; here it is found in the region of the start (--region)",
                )


def _elsewhere(
    template: dict[str, Json], values: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, Json], str]]:
    literals = Literals(template, values)
    here = literals.text({"Ref": "AWS::Region"}, {})
    declared = resources(template)
    for logical_id, resource in declared.items():
        if str(resource["Type"]).startswith(_APPSYNC):
            for owner in _owners(properties(resource)):
                region = _region(owner[_REGION], literals)
                own = any(_referred(value) in declared for name, value in owner.items() if name != _REGION)
                if own and region is not None and region != here:
                    yield logical_id, owner, region


def _owners(value: Json) -> Iterator[dict[str, Json]]:
    if isinstance(value, dict):
        if _REGION in value:
            yield value
        for below in value.values():
            yield from _owners(below)
    elif isinstance(value, list):
        for below in value:
            yield from _owners(below)


def _region(value: Json, literals: Literals) -> str | None:
    try:
        return literals.text(value, {})
    except Unresolved:
        return None


def _referred(value: Json) -> str:
    """Return the resource that a function is of; empty for anything else."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            return name
    return ""
