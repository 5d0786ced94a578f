"""Plain texts in loops: CloudFormation leaves ``${Name}`` in them as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import yaml

from localcloud.check.finding import Finding, Severity, SourcePlace
from localcloud.check.positions import Positions
from localcloud.stack.assets import ASSETS

RULE: Final = "loop-placeholder"
_LOOP: Final = "Fn::ForEach::"
_REPLACING: Final = {"Fn::Sub", "Fn::GetAtt", "Ref"}
_PATHS: Final = {pattern.rpartition(".")[2] for patterns in ASSETS.values() for pattern in patterns}
_PLACEHOLDER: Final = re.compile(r"[$&]\{([^!}]+)\}")
_NESTED: Final = {"TemplateURL", "Location"}


def check_loops(places: Positions) -> Iterator[Finding]:
    """Find texts that name a loop's identifier and are not replaced, neither here nor on AWS."""
    for source in places.sources:
        for text, node in _plain(source.root, frozenset()):
            message = f"{text!r} is not replaced in a loop: only keys, Fn::Sub and Ref are replaced"
            yield Finding(SourcePlace(source.path, node.start_mark.line + 1), Severity.WARNING, RULE, message)


def _plain(node: yaml.Node | None, identifiers: frozenset[str]) -> Iterator[tuple[str, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            if name.startswith(_LOOP):
                yield from _loop(value, identifiers)
            elif name not in _REPLACING | _PATHS | _NESTED:
                yield from _plain(value, identifiers)
    elif isinstance(node, yaml.SequenceNode) and node.tag != "!Sub":
        for item in node.value:
            yield from _plain(item, identifiers)
    elif isinstance(node, yaml.ScalarNode) and not node.tag.startswith("!"):
        placeholders = {name.strip() for name in _PLACEHOLDER.findall(node.value)} if identifiers else set()
        if placeholders & identifiers:
            yield node.value, node


def _loop(node: yaml.Node, identifiers: frozenset[str]) -> Iterator[tuple[str, yaml.Node]]:
    match node.value if isinstance(node, yaml.SequenceNode) else None:
        case [yaml.ScalarNode(value=str(identifier)), _, fragment]:
            yield from _plain(fragment, identifiers | {identifier})
