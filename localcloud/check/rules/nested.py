"""Nested stacks: whether what a template passes and reads agrees with the template that it nests.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html and
"CloudFormation quotas", https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from localcloud.check.finding import Finding, Severity
from localcloud.check.model import Located
from localcloud.stack.nested import Nested, nested, passed, values_below
from localcloud.stack.template import Json, TemplateError, read_template, resources

RESOURCES: Final = 500
SAM: Final = "AWS::Serverless-2016-10-31"
LANGUAGE: Final = "AWS::LanguageExtensions"
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_OUTPUT: Final = re.compile(r"\$\{([A-Za-z0-9]+)\.([^}]+)\}")


def check_nested(located: Located) -> Iterator[Finding]:
    """Find parameters and outputs that do not agree, and a template with more resources than AWS takes."""
    template, places = located.part.template, located.places
    count = len(resources(template))
    if count > RESOURCES:
        message = f"the template has {count} resources; CloudFormation takes {RESOURCES}: nest some of them"
        yield Finding(places.of(""), Severity.ERROR, "template-too-large", message)
    if _is_macro(template):
        return
    reads = list(_reads({name: template.get(name) for name in ("Resources", "Outputs", "Conditions")}))
    for nest in nested(template, located.part.base):
        try:
            child = read_template(nest.path, values_below(template, nest.logical_id))
        except TemplateError:
            continue  # a finding already
        if _is_macro(child):
            continue
        resource = resources(template)[nest.logical_id]
        place = places.of(nest.logical_id, "Parameters")
        for problem in _parameters(nest, passed(resource), _section(child, "Parameters")):
            yield Finding(place, Severity.ERROR, "nested-parameter", problem)
        outputs = _section(child, "Outputs")
        for attribute in sorted({attribute for name, attribute in reads if name == nest.logical_id}):
            unread = _output(nest, attribute, outputs)
            if unread is not None:
                yield Finding(places.of(nest.logical_id), Severity.ERROR, "nested-output", unread)


def _is_macro(template: dict[str, Json]) -> bool:
    """Say whether a macro makes something else of a template, unseen here.

    SAM adds resources alone, and loops are written out.
    """
    transform = template.get("Transform")
    transforms = transform if isinstance(transform, list) else [transform] if transform else []
    return any(name not in (SAM, LANGUAGE) for name in transforms)


def _section(template: dict[str, Json], name: str) -> dict[str, Json]:
    section = template.get(name)
    return section if isinstance(section, dict) else {}


def _parameters(nest: Nested, arguments: dict[str, Json], declared: dict[str, Json]) -> Iterator[str]:
    for name, value in arguments.items():
        body = declared.get(name)
        if name not in declared:
            listed = ", ".join(sorted(declared)) or "none"
            yield f"{nest.logical_id} passes {name}; {nest.path.name} has these parameters: {listed}"
        elif isinstance(value, list):
            yield f"{nest.logical_id} passes a list as {name}: CloudFormation takes a text, see Fn::Join"
        elif isinstance(body, dict) and isinstance(value, str | int | float):
            text = str(value).lower() if isinstance(value, bool) else str(value)
            constraint = _constraint(text, body)
            if constraint is not None:
                yield f"{nest.logical_id} passes {text!r} as {name}, {constraint}"
    for name, body in declared.items():
        if name not in arguments and not (isinstance(body, dict) and "Default" in body):
            yield f"{nest.logical_id} does not pass {name}, which has no default in {nest.path.name}"


def _constraint(text: str, body: dict[str, Json]) -> str | None:
    """Return what a parameter takes, where it does not take this text."""
    allowed, pattern = body.get("AllowedValues"), body.get("AllowedPattern")
    if isinstance(allowed, list) and text not in [str(item) for item in allowed]:
        return f"which allows: {', '.join(str(item) for item in allowed)}"
    if body.get("Type") == "Number" and _NUMBER.fullmatch(text) is None:
        return "which is a number"
    try:
        if isinstance(pattern, str) and re.fullmatch(pattern, text) is None:
            return f"which must match {pattern}"
    except re.error:  # it is Java's, of which Python reads most
        pass
    return None


def _output(nest: Nested, attribute: str, outputs: dict[str, Json]) -> str | None:
    kind, _, name = attribute.partition(".")
    if kind != "Outputs":
        return f"{nest.logical_id}.{attribute} is read: of a nested stack there are Outputs.NAME alone"
    if name not in outputs:
        listed = ", ".join(sorted(outputs)) or "none"
        return f"the output {name} of {nest.logical_id} is read; {nest.path.name} has these: {listed}"
    return None


def _reads(value: Json) -> Iterator[tuple[str, str]]:
    """Yield each attribute that is read of a resource: its logical id, and the attribute."""
    match value:
        case {"Fn::GetAtt": [str(name), *rest]}:
            yield name, ".".join(str(part) for part in rest)
        case {"Fn::GetAtt": str(text)}:
            name, _, attribute = text.partition(".")
            yield name, attribute
        case {"Fn::Sub": str(text)}:
            yield from _OUTPUT.findall(text)
        case {"Fn::Sub": [str(text), dict(own)]}:
            yield from _OUTPUT.findall(text)
            yield from _reads(own)
        case dict():
            for below in value.values():
                yield from _reads(below)
        case list():
            for below in value:
                yield from _reads(below)
