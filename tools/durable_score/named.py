"""All suites' templates as one, whose functions bear their logical names.

A runner that calls each function by the name of its template, without the suite's stacks, finds them so,
with the logging and the tables that the templates ask for. Such a runner looks logs up in a stack of a name
of its own: ``STACK`` is what the runners that we know of take.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from localcloud.stack.template import Json, properties, read_template, resources
from tools.durable_score.judging import assemble
from tools.durable_score.parts import Sdk

STACK: Final = "none"
_FUNCTION: Final = "AWS::Serverless::Function"


def write(handlers: Path, sdks: Mapping[str, Sdk], folder: Path) -> Path:
    """Write the template and the functions' code into a folder; return the template."""
    merged: dict[str, Json] = {}
    for suite, sdk in sdks.items():
        own = folder / suite
        shutil.rmtree(own, ignore_errors=True)
        own.mkdir(parents=True)
        merged |= _named(read_template(assemble(handlers, suite, sdk, own)), suite)
    template = folder / "template.json"
    document = {"Transform": "AWS::Serverless-2016-10-31", "Resources": merged}
    template.write_text(json.dumps(document, indent=1), encoding="utf-8")
    return template


def _named(document: dict[str, Json], suite: str) -> dict[str, Json]:
    """Return a template's resources as they can stand beside those of others."""
    usual = _mapping(_mapping(document.get("Globals")).get("Function"))
    prefix = "".join(part.capitalize() for part in suite.split("_"))
    roles = {
        name: f"{prefix}{name}"
        for name, body in resources(document).items()
        if body["Type"] == "AWS::IAM::Role"
    }
    kept: dict[str, Json] = {}
    for name, body in resources(document).items():
        if body["Type"] == _FUNCTION:
            own = {**usual, **properties(body), "FunctionName": name}
            body["Properties"] = own | {"CodeUri": f"{suite}/{own.get('CodeUri')}"}
        kept[roles.get(name, name)] = _renamed(body, roles)
    return kept


def _renamed(value: Json, names: Mapping[str, str]) -> Json:
    """Return a document in which every name of a resource is renamed."""
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    copy = {key: _renamed(item, names) for key, item in value.items()}
    reference, attribute = copy.get("Ref"), copy.get("Fn::GetAtt")
    if isinstance(reference, str):
        copy["Ref"] = names.get(reference, reference)
    if isinstance(attribute, list) and isinstance(attribute[0], str):
        copy["Fn::GetAtt"] = [names.get(attribute[0], attribute[0]), *attribute[1:]]
    return copy


def _mapping(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
