"""Mocked results are held to the shapes of the API that they stand for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, cast

from localcloud.states.integrations import naming
from localcloud.states.language.scope import Json

if TYPE_CHECKING:
    from botocore.model import ListShape, MapShape, Shape, StructureShape

# What JSON a shape's values are, and what refusals call it. A blob is text, a date is in ISO 8601.
_KINDS: Final[dict[str, tuple[tuple[type[Any], ...], str]]] = {
    "structure": ((dict,), "an object"),
    "map": ((dict,), "an object"),
    "list": ((list,), "an array"),
    "string": ((str,), "a string"),
    "character": ((str,), "a string"),
    "blob": ((str,), "a string"),
    "timestamp": ((str,), "a string"),
    "boolean": ((bool,), "a boolean"),
    "integer": ((int,), "a number"),
    "long": ((int,), "a number"),
    "float": ((int, float), "a number"),
    "double": ((int, float), "a number"),
}


def misfits(shape: Shape | None, value: Json, *, required: bool) -> Iterator[str]:
    """Yield why a result is not what an API answers; members that the API does not have are let be.

    Parameters
    ----------
    shape
        The operation's output; None for an operation that answers nothing.
    required
        Whether members that the API always has must be there.

    Examples
    --------
    >>> from localcloud.states.integrations.models import operation_model
    >>> shape = operation_model("dynamodb", "PutItem").output_shape
    >>> list(misfits(shape, {"Attributes": {"id": {"S": 1}}}, required=True))
    ["Field 'Attributes.id.S' must be a string"]
    """
    if shape is None:
        if not isinstance(value, dict):
            yield "The result must be an object"
        return
    yield from _misfits(shape, value, "", required)


def _misfits(shape: Shape, value: Json, place: str, required: bool) -> Iterator[str]:
    kind = shape.type_name
    if getattr(shape, "is_document_type", False):
        return  # any JSON
    types, word = _KINDS.get(kind, ((object,), ""))
    if not isinstance(value, types) or (isinstance(value, bool) and kind != "boolean"):
        yield f"Field '{place}' must be {word}" if place else f"The result must be {word}"
        return
    yield from _size(shape, value, place)
    match kind:
        case "structure":
            yield from _structure(cast("StructureShape", shape), value, place, required)
        case "list":
            member = cast("ListShape", shape).member
            for number, item in enumerate(value):
                yield from _misfits(member, item, f"{place}[{number}]", required)
        case "map":
            member = cast("MapShape", shape).value
            for name, item in value.items():
                yield from _misfits(member, item, f"{place}.{name}" if place else name, required)


def _structure(shape: StructureShape, value: dict[str, Json], place: str, required: bool) -> Iterator[str]:
    prefix = f"{place}." if place else ""
    for name, member in shape.members.items():
        spellings = dict.fromkeys((naming.member(name), name[:1].upper() + name[1:]))
        present = [spelling for spelling in spellings if spelling in value]
        for spelling in present:
            yield from _misfits(member, value[spelling], prefix + spelling, required)
        if required and not present and name in shape.required_members:
            yield f"Required field '{prefix}{next(iter(spellings))}' is missing"


def _size(shape: Shape, value: Json, place: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    sized = isinstance(value, str | list | dict)
    size = len(value) if sized else value
    what = "length" if sized else "value"
    if most is not None and size > most:
        yield f"Field '{place}' must have {what} less than or equal to {most}"
    if least is not None and size < least:
        yield f"Field '{place}' must have {what} greater than or equal to {least}"
