"""References to resources and parameters that a template does not have; CloudFormation refuses them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from localcloud.check.finding import Finding, Severity
from localcloud.check.positions import Positions
from localcloud.stack.template import Json, resources

_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


def check_references(template: dict[str, Json], places: Positions) -> Iterator[Finding]:
    """Find references to what is not there. A template with a transform gets resources unknown here."""
    if "Transform" in template:
        return
    parameters = template.get("Parameters")
    declared = {*resources(template), *(parameters if isinstance(parameters, dict) else ())}
    for logical_id, resource in resources(template).items():
        referenced = {name for name in names_in(resource) if not name.startswith("AWS::")}
        for name in sorted(referenced - declared):
            message = f"{logical_id} refers to {name}, which is neither a resource nor a parameter"
            yield Finding(places.of(logical_id), Severity.ERROR, "reference-unknown", message)


def names_in(value: Json) -> Iterator[str]:
    """Yield every name that intrinsic functions in a value refer to."""
    match value:
        case {"Ref": str(name), **rest} if not rest:
            yield name
        case {"Fn::GetAtt": [str(name), *_], **rest} if not rest:
            yield name
        case {"Fn::GetAtt": str(text), **rest} if not rest:
            yield text.partition(".")[0]
        case {"Fn::Sub": str(text), **rest} if not rest:
            yield from (name.partition(".")[0] for name in _VARIABLE.findall(text))
        case {"Fn::Sub": [str(text), dict(own)], **rest} if not rest:
            names = {name.partition(".")[0] for name in _VARIABLE.findall(text)}
            yield from names - own.keys()
            yield from names_in(own)
        case dict():
            for below in value.values():
                yield from names_in(below)
        case list():
            for below in value:
                yield from names_in(below)
