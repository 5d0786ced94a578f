"""Parts of an API that the template does not create: of AppSync's own ids nobody knows one before a start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from localcloud.check.finding import Finding, Severity
from localcloud.check.positions import Positions
from localcloud.check.values import Values, with_values
from localcloud.stack.language import Literals, Unresolved, stored
from localcloud.stack.parameter_types import LOOKED_UP, kind_of
from localcloud.stack.parameters import declared
from localcloud.stack.template import Json, properties, resources

RULE: Final = "api-elsewhere"
_KIND: Final = "AWS::AppSync::"


def apis_elsewhere(template: dict[str, Json], values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the first resource of each API that cannot be here, and a sentence.

    An id that a template of the same start stores or exports is looked up, and can be right.

    Parameters
    ----------
    values
        The parameters' values, where they are not the defaults, and what ``--ssm`` named.

    Examples
    --------
    >>> source = {"Type": "AWS::AppSync::DataSource", "Properties": {"ApiId": {"Ref": "Id"}}}
    >>> template = {"Parameters": {"Id": {"Type": "String"}}, "Resources": {"Source": source}}
    >>> [logical_id for logical_id, _ in apis_elsewhere(template, {})]
    ['Source']
    """
    parts: dict[str, list[str]] = {}
    read = Values(with_values(template, values))
    for logical_id, resource in resources(template).items():
        named = str(resource["Type"]).startswith(_KIND) and "ApiId" in properties(resource)
        if named and not read.is_left_out(resource):
            owner = _owner(properties(resource)["ApiId"], template, values)
            if owner is not None:
                parts.setdefault(owner, []).append(logical_id)
    for owner, names in parts.items():
        others = len(names) - 1
        belong = f"{names[0]} and {others} more belong" if others else f"{names[0]} belongs"
        yield (
            names[0],
            f"{belong} to an API that this template does not create ({owner}): start the template that nests "
            "this one, or name first the one that creates the API and exports its id",
        )


def check_apis(template: dict[str, Json], places: Positions, values: Mapping[str, str]) -> Iterator[Finding]:
    """Find parts of APIs that cannot be here."""
    for logical_id, sentence in apis_elsewhere(template, values):
        yield Finding(places.of(logical_id, "ApiId"), Severity.ERROR, RULE, sentence)


def _owner(value: Json, template: dict[str, Json], values: Mapping[str, str]) -> str | None:
    """Return what names an API of somewhere else; None for one of the template, and where it may be right."""
    match value:
        case {"Ref": str(name)} if name in declared(template):
            kind = kind_of(declared(template)[name])
            return None if kind.startswith(LOOKED_UP) and not _literal(value, template, values) else name
        case {"Fn::ImportValue": name}:
            export = _literal(name, template, values)
            return export if export is not None and stored(export) in values else None
    return _literal(value, template, values)


def _literal(value: Json, template: dict[str, Json], values: Mapping[str, str]) -> str | None:
    try:
        return Literals(template, values).text(value, {})
    except Unresolved:
        return None
