"""``Fn::ForEach``, written out.

CloudFormation does this before it looks at a template; here it is done before packaging, so that each
resource's own code is uploaded (``CodeUri: services/${Name}``, as ``sam build`` takes it) and checked.

Where an identifier is replaced: in the keys, in ``Fn::Sub`` and by ``Ref``. A plain text keeps its
``${Name}`` on AWS; only a local path is replaced by the tools that package it.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
and "CloudFormation language extensions support" of AWS SAM's developer guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from localcloud.stack.assets import ASSETS, places
from localcloud.stack.document import Json
from localcloud.stack.language.values import Literals, LoopError, Unresolved

TRANSFORM: Final = "AWS::LanguageExtensions"
SAM: Final = "AWS::Serverless-2016-10-31"
DEEPEST: Final = 5
_LOOP: Final = "Fn::ForEach::"
_SECTIONS: Final = ("Resources", "Outputs", "Conditions")
_PLACEHOLDER: Final = re.compile(r"([$&])\{([^!}]+)\}")
_NESTED: Final = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
_LOGICAL_ID: Final = re.compile(r"[A-Za-z0-9]+")

Bindings = Mapping[str, str]


def with_loops(template: dict[str, Json], values: Mapping[str, str]) -> dict[str, Json]:
    """Return a template without loops; one that has none is returned as it is.

    Parameters
    ----------
    values
        The parameters' values, where they are not the defaults.

    Raises
    ------
    LoopError
        CloudFormation would refuse a loop, or does not know yet what it goes over.

    Examples
    --------
    >>> queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "q-${Name}"}}}
    >>> loop = {"Fn::ForEach::Queues": ["Name", ["A", "B"], {"Queue${Name}": queue}]}
    >>> template = {"Transform": "AWS::LanguageExtensions", "Resources": loop}
    >>> {name: body["Properties"] for name, body in with_loops(template, {})["Resources"].items()}
    {'QueueA': {'QueueName': 'q-A'}, 'QueueB': {'QueueName': 'q-B'}}
    """
    loops = [(section, key) for section, value in template.items() for key in _keys(value)]
    if not loops:
        return template
    _look(template, loops)
    writer = _Writer(Literals(template, values))
    return {
        section: writer.section(section, value) if section in _SECTIONS else value
        for section, value in template.items()
    }


def _keys(value: Json) -> Iterator[str]:
    """Yield the key of each loop, however deep."""
    if isinstance(value, list):
        for item in value:
            yield from _keys(item)
    elif isinstance(value, dict):
        for name, below in value.items():
            if str(name).startswith(_LOOP):
                yield name
            yield from _keys(below)


def _look(template: Mapping[str, Json], loops: list[tuple[str, str]]) -> None:
    """Refuse what does not depend on values."""
    declared = template.get("Transform")
    transforms = declared if isinstance(declared, list) else [declared]
    first = loops[0][1]
    if TRANSFORM not in transforms:
        raise LoopError(first, f"a loop needs Transform: {TRANSFORM}")
    if SAM in transforms and transforms.index(SAM) < transforms.index(TRANSFORM):
        raise LoopError(first, f"{TRANSFORM} must come before {SAM} among the transforms")
    resources = template.get("Resources")
    names: set[str] = set()
    for section, key in loops:
        name = key.removeprefix(_LOOP)
        if section not in _SECTIONS:
            raise LoopError(key, f"a loop cannot be in {section}; it can be in {', '.join(_SECTIONS)}")
        if key in names:
            raise LoopError(key, "another loop has this name")
        if not name or (isinstance(resources, dict) and name in resources):
            raise LoopError(key, "a loop needs a name that no resource has")
        names.add(key)


class _Writer:
    """Writes loops out."""

    def __init__(self, literals: Literals) -> None:
        self._literals = literals

    def section(self, name: str, value: Json) -> Json:
        """Return a whole section; its keys are logical ids."""
        if not isinstance(value, dict):
            return value
        written: dict[str, Json] = {}
        for key, body, bindings, loop in self._members(value, {}, 0, ""):
            if loop and not _LOGICAL_ID.fullmatch(key):
                raise LoopError(loop, f"{key!r} is no logical id: those are letters and digits, see &{{…}}")
            if key in written:
                raise LoopError(loop or key, f"{key} is there more than once")
            whole = self.value(body, bindings)
            if name == "Resources" and bindings and isinstance(whole, dict):
                _local_paths(whole, bindings)
            written[key] = whole
        return written

    def value(self, node: Json, bindings: Bindings) -> Json:
        """Return a value below a loop, or one that has loops below it."""
        if isinstance(node, list):
            return [self.value(item, bindings) for item in node]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            name, argument = next(iter(node.items()))
            if name == "Ref":
                return self._reference(argument, bindings)
            if name == "Fn::Sub":
                return self._text(argument, bindings)
            if name == "Fn::GetAtt" and isinstance(argument, str):
                return {name: _replaced(argument, bindings)}
        return self._mapping(node, bindings)

    def _reference(self, argument: Json, bindings: Bindings) -> Json:
        name = self.value(argument, bindings)
        return bindings[name] if isinstance(name, str) and name in bindings else {"Ref": name}

    def _text(self, argument: Json, bindings: Bindings) -> Json:
        match argument:
            case str(text):
                return _filled(text, bindings)
            case [str(text), own]:
                return {"Fn::Sub": [_replaced(text, bindings), self.value(own, bindings)]}
        return {"Fn::Sub": self.value(argument, bindings)}

    def _mapping(self, node: dict[str, Json], bindings: Bindings) -> dict[str, Json]:
        written: dict[str, Json] = {}
        for key, body, inner, loop in self._members(node, bindings, 0, ""):
            if key in written and loop:
                raise LoopError(loop, f"{key} is there more than once")
            written[key] = self.value(body, inner)
        return written

    def _members(
        self, node: dict[str, Json], bindings: Bindings, depth: int, loop: str
    ) -> Iterator[tuple[str, Json, Bindings, str]]:
        """Yield the members that a mapping has once its loops are written out, and which loop wrote each."""
        for key, body in node.items():
            if not str(key).startswith(_LOOP):  # keys of a document in a template may be numbers
                yield _replaced(str(key), bindings), body, bindings, loop
                continue
            if depth == DEEPEST:
                raise LoopError(key, f"loops are nested {DEEPEST} deep at most")
            identifier, items, fragment = self._parts(key, body, bindings)
            for item in items:
                inner = {**bindings, identifier: item}
                yield from self._members(fragment, inner, depth + 1, key)

    def _parts(self, key: str, body: Json, bindings: Bindings) -> tuple[str, list[str], dict[str, Json]]:
        match body:
            case [str(identifier), collection, dict(fragment)] if fragment:
                pass
            case _:
                raise LoopError(key, "a loop is an identifier, a collection, and what it repeats")
        for name in fragment:
            identifiers = {match[2] for match in _PLACEHOLDER.finditer(str(name))}
            if not name.startswith(_LOOP) and identifier not in identifiers:
                raise LoopError(key, f"{name} has neither ${{{identifier}}} nor &{{{identifier}}} in it")
        try:
            return identifier, self._literals.items(collection, bindings), fragment
        except Unresolved:
            raise LoopError(
                key,
                "what it goes over is not known before the stack is there: "
                "a list, a parameter with a value (--parameter), or a mapping of them is",
            ) from None


def _replaced(text: str, bindings: Bindings) -> str:
    def value(match: re.Match[str]) -> str:
        form, name = match[1], match[2].strip()
        if name not in bindings:
            return match[0]
        return re.sub(r"[^0-9A-Za-z]", "", bindings[name]) if form == "&" else bindings[name]

    return _PLACEHOLDER.sub(value, text) if bindings else text


def _filled(text: str, bindings: Bindings) -> Json:
    """Return ``Fn::Sub`` with the identifiers in place: a plain text when nothing is left to be replaced."""
    replaced = _replaced(text, bindings)
    return {"Fn::Sub": replaced} if "${" in replaced or not bindings else replaced


def _local_paths(resource: dict[str, Json], bindings: Bindings) -> None:
    """Put the identifiers into the local paths of a resource."""
    kind, values = str(resource.get("Type")), resource.get("Properties")
    patterns = [*ASSETS.get(kind, ()), *([_NESTED[kind]] if kind in _NESTED else ())]
    for pattern in patterns if isinstance(values, dict) else ():
        for owner, name in places(values, pattern):  # type: ignore[arg-type]
            path = owner.get(name)
            if isinstance(path, str):
                owner[name] = _replaced(path, bindings)
