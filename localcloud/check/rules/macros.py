"""Macros that run elsewhere: their functions, or what they include, are not on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from localcloud.check.finding import Finding, Severity
from localcloud.check.positions import Positions
from localcloud.stack.template import Json, resources

RULE: Final = "macro-unserved"
_SAM: Final = "AWS::Serverless-2016-10-31"
_SERVED: Final = {_SAM, "AWS::LanguageExtensions"}


def unserved_macros(template: dict[str, Json]) -> Iterator[tuple[str, str]]:
    """Yield the macros of a template that do not run here: the resource, empty for none, and a sentence.

    Snippets of local files are in their places by now.

    Examples
    --------
    >>> list(unserved_macros({"Transform": ["AWS::LanguageExtensions", "Own"], "Resources": {}}))
    [('', 'the macro Own is not served: it is a function of the account that it was created in')]
    """
    declared = template.get("Transform")
    entries = declared if isinstance(declared, list) else [declared]
    if _SAM not in entries:
        for logical_id, resource in resources(template).items():
            kind = str(resource["Type"])
            if kind.startswith("AWS::Serverless::"):
                yield logical_id, f"{logical_id}: {kind} is SAM's, and the template has no Transform: {_SAM}"
    for entry in entries:
        if entry is not None and not (isinstance(entry, str) and entry in _SERVED):
            yield "", _sentence(entry)
    for section, value in template.items():
        bodies = value.items() if isinstance(value, dict) and section == "Resources" else [("", value)]
        for logical_id, body in bodies:
            for transform in _embedded(body):
                yield str(logical_id), _sentence(transform)


def check_macros(template: dict[str, Json], places: Positions) -> Iterator[Finding]:
    """Find the macros that do not run here."""
    for logical_id, sentence in unserved_macros(template):
        yield Finding(places.of(logical_id), Severity.ERROR, RULE, sentence)


def _embedded(whole: Json) -> Iterator[Json]:
    pending = [whole]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            if "Fn::Transform" in value:
                yield value["Fn::Transform"]
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)


def _sentence(transform: Json) -> str:
    match transform:
        case {"Name": "AWS::Include", "Parameters": {"Location": location}}:
            where = location if isinstance(location, str) else "an address that only a deployment knows"
            return f"AWS::Include of {where}: it is not on this machine, name a local file instead"
        case {"Name": str(name)} | str(name):
            return f"the macro {name} is not served: it is a function of the account that it was created in"
    return "a transform has a Name"
