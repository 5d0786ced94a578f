"""What a template reads that it does not hold itself: stored parameters, secrets, other stacks' exports.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from localcloud.stack.cdk import checks_bootstrap
from localcloud.stack.language import Literals, Unresolved
from localcloud.stack.nested import Nested, Part, parts
from localcloud.stack.parameter_types import LOOKED_UP, is_list, kind_of, plain
from localcloud.stack.parameters import declared
from localcloud.stack.template import Json, TemplateError, properties, resources

_REFERENCE: Final = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^}]+)\}\}")
_KINDS: Final = {"AWS::SSM::Parameter": "parameters", "AWS::SecretsManager::Secret": "secrets"}


@dataclass
class Lookups:
    """Names that are looked up when a stack is created; those that only then are known are left out.

    Attributes
    ----------
    parameters
        Of the parameter store, with whether each is a list.
    secrets
        Of Secrets Manager.
    exports
        Of other stacks' outputs.
    """

    parameters: dict[str, bool] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    exports: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.parameters or self.secrets or self.exports)


def lookups(template: dict[str, Json], base: Path, values: Mapping[str, str]) -> Lookups:
    """Return what a template and those that it nests look up, except what they create themselves.

    Parameters
    ----------
    base
        The folder that local paths start from.
    values
        The parameters' values, where they are not the defaults.

    Examples
    --------
    >>> image = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/images/latest"}
    >>> lookups({"Parameters": {"Image": image}, "Resources": {}}, Path(), {}).parameters
    {'/images/latest': False}
    """
    whole = Lookups()
    own: set[tuple[str, str]] = set()
    for part in parts(template, base, problem=_left_out, values=values):
        literals = Literals(part.template, part.values)
        _stored(part, whole)
        own |= set(_created(part.template, literals))
        for kind, name in _read(part.template, literals):
            if (kind, name) in own:
                continue
            if kind == "exports":
                whole.exports.add(name)
            elif kind == "secrets":
                whole.secrets.add(name)
            else:
                whole.parameters.setdefault(name, False)
    # One may be created below what reads it.
    whole.secrets -= {name for kind, name in own if kind == "secrets"}
    return whole


def _left_out(_part: Part, _nest: Nested, _error: TemplateError) -> None:
    """Go on: packaging and checking say it."""


def _stored(part: Part, whole: Lookups) -> None:
    """Add what the types of parameters look up: before the stack is created, so its own are not there."""
    for name, body in declared(part.template).items():
        if checks_bootstrap(name, body):  # packaging leaves it out
            continue
        kind = kind_of(body)
        value = part.values.get(name, plain(body.get("Default", "")))
        if kind.startswith(LOOKED_UP) and value:
            whole.parameters[value] = is_list(kind)


def _created(template: dict[str, Json], literals: Literals) -> Iterator[tuple[str, str]]:
    for resource in resources(template).values():
        kind = _KINDS.get(str(resource["Type"]))
        if kind is not None:
            try:
                yield kind, literals.text(properties(resource).get("Name"), {})
            except Unresolved:
                continue


def _read(template: dict[str, Json], literals: Literals) -> Iterator[tuple[str, str]]:
    """Yield each name that is looked up, with its kind."""
    pending: list[Json] = [template]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, dict):
            if "Fn::ImportValue" in value:
                name = _text(value["Fn::ImportValue"], literals)
                if name is not None:
                    yield "exports", name
            elif "Fn::Sub" in value or "Fn::Join" in value:
                text = _text(value, literals)
                pending.extend(value.values() if text is None else [text])
            else:
                pending.extend(value.values())
        elif isinstance(value, str) and "{{resolve:" in value:
            for service, rest in _REFERENCE.findall(value):
                if "${" not in rest:
                    yield _reference(service, rest)


def _reference(service: str, rest: str) -> tuple[str, str]:
    """Return the kind and the name of a dynamic reference: what follows the name is its version or key."""
    if service != "secretsmanager":
        return "parameters", rest.partition(":")[0]
    fields = rest.split(":")
    return "secrets", ":".join(fields[:7]) if fields[0] == "arn" else fields[0]


def _text(value: Json, literals: Literals) -> str | None:
    try:
        return literals.text(value, {})
    except Unresolved:
        return None
