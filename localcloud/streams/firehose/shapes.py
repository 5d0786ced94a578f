"""Requests against botocore's model of Firehose: types, required members, ranges, patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from localcloud.contracts.service_models import ModelShape, read_model
from localcloud.streams.firehose.errors import InvalidArgument

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (str, int, float),
    "blob": (str, bytes),
    "list": (list,),
    "map": (dict,),
    "structure": (dict,),
}


def _model() -> dict[str, Any]:
    """Return the model; read again each time, since few streams are created and it is large."""
    return read_model("firehose")


def check_request(operation: str, request: Mapping[str, object]) -> None:
    """Refuse a request that the model refuses.

    Raises
    ------
    InvalidArgument
        In AWS's words; the message names the first five members.
    """
    problems = list(_structure(ModelShape.of_input(_model(), operation), request, ""))
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
        raise InvalidArgument(count + "; ".join(problems[:5]))


def check_destination(document: object) -> None:
    """Refuse an ``ExtendedS3DestinationConfiguration`` that the model refuses.

    Raises
    ------
    InvalidArgument
    """
    shape = ModelShape(_model()["shapes"], "ExtendedS3DestinationConfiguration")
    problems = list(_value(shape, document, "extendedS3DestinationConfiguration"))
    if problems:
        raise InvalidArgument(problems[0])


def typed(name: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with numbers and flags as such, which a template may write as text.

    Parameters
    ----------
    name
        The operation whose request it is, or the shape.

    Examples
    --------
    >>> hints = {"BufferingHints": {"SizeInMBs": "64", "IntervalInSeconds": 60}}
    >>> typed("ExtendedS3DestinationConfiguration", hints)
    {'BufferingHints': {'SizeInMBs': 64, 'IntervalInSeconds': 60}}
    """
    model = _model()
    operation = name in model["operations"]
    shape = ModelShape.of_input(model, name) if operation else ModelShape(model["shapes"], name)
    return dict(_typed(shape, document))


def _typed(shape: ModelShape, value: Any) -> Any:
    match shape.type_name, value:
        case "structure", dict():
            return {
                name: _typed(shape.members[name], item) if name in shape.members else item
                for name, item in value.items()
            }
        case "list", list():
            return [_typed(shape.member, item) for item in value]
        case "map", dict():
            return {key: _typed(shape.value, item) for key, item in value.items()}
        case _, str() | int() | float():
            return _scalar(shape.type_name, value)
    return value


def _scalar(kind: str, value: str | float) -> str | float:
    match kind, value:
        case "boolean", str():
            return {"true": True, "false": False}.get(value.lower(), value)
        case "integer" | "long", str() if value.lstrip("-").isdigit():
            return int(value)
        case "string", bool():
            return str(value).lower()
        case "string", _:
            return str(value)
    return value


def _value(shape: ModelShape, value: object, path: str) -> Iterator[str]:
    kind = shape.type_name
    allowed = _TYPES[kind]
    if not isinstance(value, allowed) or (isinstance(value, bool) and kind != "boolean"):
        yield f"Value at '{path}' failed to satisfy constraint: Member must be a {kind}"
        return
    match value:
        case dict() if kind == "structure":
            yield from _structure(shape, value, path)
        case list():
            yield from _range(shape, len(value), path, "length ", len(value))
            for number, item in enumerate(value, 1):
                yield from _value(shape.member, item, f"{path}.{number}.member")
        case dict():
            for key, item in value.items():
                yield from _value(shape.value, item, f"{path}.{key}.member")
        case str() if kind == "string":
            yield from _text(shape, value, path)
        case int() | float() if kind != "boolean":
            yield from _range(shape, value, path, "value ", value)


def _structure(shape: ModelShape, value: Mapping[str, object], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            where = _lower(path, name)
            yield f"Value null at '{where}' failed to satisfy constraint: Member must not be null"
    for name, item in value.items():
        member = shape.members.get(name)
        if member is not None and item is not None:
            yield from _value(member, item, _lower(path, name))


def _lower(path: str, name: str) -> str:
    inner = name[:1].lower() + name[1:]
    return f"{path}.{inner}" if path else inner


def _text(shape: ModelShape, value: str, path: str) -> Iterator[str]:
    metadata = shape.metadata
    yield from _range(shape, len(value), path, "length ", value)
    if metadata.get("enum") and value not in metadata["enum"]:
        yield f"{_start(value, path)} satisfy enum value set: [{', '.join(metadata['enum'])}]"
    elif metadata.get("pattern") and not _matches(metadata["pattern"], value):
        yield f"{_start(value, path)} satisfy regular expression pattern: {metadata['pattern']}"


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:
        return True  # Java's classes of letters, in tags alone


def _range(shape: ModelShape, size: float, path: str, what: str, value: object) -> Iterator[str]:
    metadata = shape.metadata
    if "min" in metadata and size < metadata["min"]:
        yield f"{_start(value, path)} have {what}greater than or equal to {metadata['min']}"
    if "max" in metadata and size > metadata["max"]:
        yield f"{_start(value, path)} have {what}less than or equal to {metadata['max']}"


def _start(value: object, path: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: Member must"
