"""Arguments and results of the SDK in Step Functions' spelling, by the shapes of botocore's models."""

from __future__ import annotations

import base64
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from localcloud.states.integrations import naming, text
from localcloud.states.integrations.arguments import fold
from localcloud.states.language.scope import Json

if TYPE_CHECKING:
    from botocore.model import ListShape, MapShape, Shape, StructureShape

_NUMBERS: Final = {"integer", "long", "float", "double"}
_COMPOUND: Final[dict[str, tuple[type[Any], str]]] = {
    "structure": (dict, "an OBJECT"),
    "list": (list, "an ARRAY"),
    "map": (dict, "an OBJECT"),
}
_ABSENT = object()


@cache
def _members(shape: StructureShape) -> dict[str, tuple[str, Shape]]:
    """Return a structure's members by what their names have in common."""
    return {
        fold(spelling): (name, member)
        for name, member in shape.members.items()
        for spelling in (name, naming.member(name))
    }


@cache
def _spellings(shape: StructureShape) -> dict[str, tuple[str, Shape]]:
    return {name: (naming.member(name), member) for name, member in shape.members.items()}


class ArgumentReading:
    """Turns a state's arguments into an operation's; notes what does not fit.

    Attributes
    ----------
    faults
        In AWS's words.
    """

    def __init__(self) -> None:
        self.faults: list[str] = []

    def structure(self, shape: StructureShape, value: dict[str, Json]) -> dict[str, Any]:
        """Return a structure with the model's names and without nulls."""
        members = _members(shape)
        result: dict[str, Any] = {}
        for key, item in value.items():
            name, member = members.get(fold(key), (None, None))
            # "executionArn" is refused: Step Functions wants a capital, whatever the API has.
            if name is None or member is None or key[:1].islower():
                self.faults.append(f'The field "{key}" is not supported by Step Functions')
            elif item is not None:
                converted = self._value(member, key, item)
                if converted is not _ABSENT:
                    result[name] = converted
        return result

    def _value(self, shape: Shape, field: str, value: Json) -> Any:
        kind = shape.type_name
        if kind not in _COMPOUND:
            return self._scalar(kind, field, value)
        json_type, word = _COMPOUND[kind]
        if type(value) is not json_type:
            return self._fault(field, word)
        if kind == "list":
            member = cast("ListShape", shape).member
            return [self._value(member, field, item) for item in value if item is not None]
        if kind == "map":
            member = cast("MapShape", shape).value
            return {key: self._value(member, key, item) for key, item in value.items() if item is not None}
        structure = cast("StructureShape", shape)
        # A structure without members is a document: any JSON.
        return self.structure(structure, value) if structure.members else value

    def _scalar(self, kind: str, field: str, value: Json) -> Any:
        if kind == "blob":
            return text.text_of(value).encode()
        if kind in {"string", "character"} and not isinstance(value, str):
            return self._fault(field, "a STRING")
        if kind == "boolean" and not isinstance(value, bool):
            return self._fault(field, "a BOOLEAN")
        if kind in _NUMBERS and (isinstance(value, bool) or not isinstance(value, int | float)):
            return self._fault(field, "a NUMBER")
        if kind in {"integer", "long"}:
            return int(value)
        return value

    def _fault(self, field: str, kind: str) -> Any:
        self.faults.append(f"The value for the field '{field}' must be {kind}")
        return _ABSENT


def result_of(shape: Shape, value: Any) -> Json:
    """Return what a service answered, in Step Functions' spelling and as JSON."""
    read = _RESULTS.get(shape.type_name)
    if read is not None:
        return read(shape, value)
    if isinstance(value, datetime):
        return text.instant(value)
    return _blob(value) if isinstance(value, bytes) else value


def _structure(shape: Shape, value: Any) -> Json:
    spellings = _spellings(cast("StructureShape", shape))
    if not spellings or not isinstance(value, dict):
        return value
    return {
        spellings[name][0]: result_of(spellings[name][1], item)
        for name, item in value.items()
        if name in spellings
    }


def _list(shape: Shape, value: Any) -> Json:
    member = cast("ListShape", shape).member
    return [result_of(member, item) for item in value]


def _map(shape: Shape, value: Any) -> Json:
    member = cast("MapShape", shape).value
    return {key: result_of(member, item) for key, item in value.items()}


_RESULTS = {"structure": _structure, "list": _list, "map": _map}


def _blob(value: bytes) -> str:
    """Return bytes as the text that they are; base64 of those that are none."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()
