"""What a mapping template calls of ``$util`` and ``$extensions`` that they do not have.

Velocity writes such a reference as it stands in the template, so the request or the response becomes what
nobody meant; AppSync takes the template all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Final

from localcloud.appsync.js.libraries import EXTENSIONS, UTIL
from localcloud.appsync.vtl.nodes import Block, Index, Property, Reference

_DYNAMODB: Final = UTIL["dynamodb"]
_GROUPS: Final = {
    **{name: members for name, members in UTIL.items() if name != "Util"},
    # Each that gives an object has a second form that gives it as JSON.
    "dynamodb": _DYNAMODB | {f"{name}Json" for name in _DYNAMODB},
    "rds": UTIL["rds"] | {"toJsonString"},
    "list": frozenset({"copyAndRetainAll", "copyAndRemoveAll", "sortList"}),
    "map": frozenset({"copyAndRetainAllKeys", "copyAndRemoveAllKeys"}),
    "log": frozenset({"info", "debug", "error"}),
}
_UTIL: Final = UTIL["Util"] | _GROUPS.keys() | {"qr", "quiet", "validate", "toJson", "parseJson"}
_ROOTS: Final = {"util": _UTIL, "utils": _UTIL, "extensions": EXTENSIONS}


def unknown_members(block: Block) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of each member that does not exist, such as ``$util.qrr``."""
    for reference in _references(block):
        members = _ROOTS.get(reference.name)
        path = reference.name
        for modifier in reference.modifiers:
            if members is None or isinstance(modifier, Index):
                break
            path += f".{modifier.name}"
            if modifier.name not in members:
                yield modifier.line, f"${path}"
                break
            # A result has members of its own; what they are is not known.
            members = _GROUPS.get(modifier.name) if isinstance(modifier, Property) else None


def _references(value: object) -> Iterator[Reference]:
    """Yield every reference below a node, in the order of the text."""
    if isinstance(value, Reference):
        yield value
    if isinstance(value, tuple):
        for part in value:
            yield from _references(part)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _references(getattr(value, field.name))
