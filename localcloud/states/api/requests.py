"""Requests are checked against AWS's own model of the API before an operation sees them."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from localcloud.states.api.errors import ApiError
from localcloud.states.language.scope import Json

# Yields what a value at a place fails to satisfy.
Check = Callable[[Json, str], Iterator[str]]


Shape = dict[str, Any]


@lru_cache(maxsize=1)
def model() -> dict[str, Json]:
    """Return botocore's model of Step Functions: its ``operations`` and ``shapes``.

    Reading the file takes a tenth of the memory that botocore's own classes take.
    """
    package = find_spec("botocore")
    assert package is not None and package.origin is not None
    (file,) = Path(package.origin).parent.glob("data/stepfunctions/*/service-2.json.gz")
    with gzip.open(file) as content:
        parsed: dict[str, Json] = json.load(content)
    return {name: parsed[name] for name in ("operations", "shapes")}


@lru_cache(maxsize=64)
def _checker(operation: str) -> Check:
    definition = model()["operations"].get(operation) or {}
    name = (definition.get("input") or {}).get("shape")
    return _check(name) if name is not None else (lambda _value, _place: iter(()))


def check(operation: str, request: Json) -> dict[str, Json]:
    """Return a request that has its operation's form.

    Raises
    ------
    ApiError
        ValidationException or SerializationException, in AWS's words.

    Examples
    --------
    >>> check("DescribeExecution", {"executionArn": "arn"})
    {'executionArn': 'arn'}
    """
    if not isinstance(request, dict):
        raise ApiError("SerializationException", "Start of structure or map found where not expected.")
    problems = list(_checker(operation)(request, ""))
    if problems:
        plural = "error" if len(problems) == 1 else "errors"
        raise ApiError(
            "ValidationException", f"{len(problems)} validation {plural} detected: {'; '.join(problems)}"
        )
    return request


def _unsatisfied(value: Json, place: str, constraint: str) -> str:
    printed = "null" if value is None else f"'{value}'"
    return f"Value {printed} at '{place}' failed to satisfy constraint: {constraint}"


def _check(name: str) -> Check:
    shape: Shape = model()["shapes"][name]
    match shape["type"]:
        case "structure":
            return _structure(shape)
        case "list":
            return _list(shape)
        case "string":
            return _string(shape)
        case "integer" | "long":
            return _number(shape, int)
        case "float" | "double":
            return _number(shape, (int, float))
        case kind:
            return _typed(bool) if kind == "boolean" else lambda _value, _place: iter(())


def _wrong_type(value: Json) -> ApiError:
    names: dict[type[Any], str] = {
        str: "STRING_VALUE",
        bool: "TRUE_VALUE" if value is True else "FALSE_VALUE",
        int: "NUMBER_VALUE",
        float: "DECIMAL_VALUE",
        list: "START_ARRAY",
        dict: "START_OBJECT",
    }
    return ApiError("SerializationException", f"{names.get(type(value), 'NULL')} cannot be converted")


def _typed(kind: type[Any]) -> Check:
    def check_value(value: Json, _place: str) -> Iterator[str]:
        if not isinstance(value, kind):
            raise _wrong_type(value)
        return iter(())

    return check_value


def _structure(shape: Shape) -> Check:
    members = {name: _check(member["shape"]) for name, member in shape["members"].items()}
    required: list[str] = shape.get("required", [])

    def check_value(value: Json, place: str) -> Iterator[str]:
        if not isinstance(value, dict):
            raise _wrong_type(value)
        prefix = f"{place}." if place else ""
        for name in required:
            if value.get(name) is None:
                yield _unsatisfied(None, prefix + name, "Member must not be null")
        for name, member in value.items():
            # A member that the model does not know is one of a newer client: AWS ignores it as well.
            if member is not None and name in members:
                yield from members[name](member, prefix + name)

    return check_value


def _list(shape: Shape) -> Check:
    member = _check(shape["member"]["shape"])
    most = shape.get("max")

    def check_value(value: Json, place: str) -> Iterator[str]:
        if not isinstance(value, list):
            raise _wrong_type(value)
        if most is not None and len(value) > most:
            constraint = f"Member must have length less than or equal to {most}"
            yield _unsatisfied(value, place, constraint)
        for number, item in enumerate(value, 1):
            yield from member(item, f"{place}.{number}.member")

    return check_value


def _string(shape: Shape) -> Check:
    least, most = shape.get("min"), shape.get("max")
    choices = shape.get("enum")
    text = shape.get("pattern")
    # Some of AWS's patterns are Java's.
    pattern = _pattern(text) if text else None

    def check_value(value: Json, place: str) -> Iterator[str]:
        if not isinstance(value, str):
            raise _wrong_type(value)
        if choices and value not in choices:
            allowed = ", ".join(choices)
            yield _unsatisfied(value, place, f"Member must satisfy enum value set: [{allowed}]")
        if most is not None and len(value) > most:
            constraint = f"Member must have length less than or equal to {most}"
            yield _unsatisfied(value, place, constraint)
        if least is not None and len(value) < least:
            constraint = f"Member must have length greater than or equal to {least}"
            yield _unsatisfied(value, place, constraint)
        if pattern is not None and not pattern.fullmatch(value):
            yield _unsatisfied(value, place, f"Member must satisfy regular expression pattern: {text}")

    return check_value


def _pattern(text: str) -> re.Pattern[str] | None:
    try:
        return re.compile(text)
    except re.error:
        return None


def _number(shape: Shape, kind: type[int] | tuple[type[int], type[float]]) -> Check:
    least, most = shape.get("min"), shape.get("max")

    def check_value(value: Json, place: str) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, kind):
            raise _wrong_type(value)
        if most is not None and value > most:
            yield _unsatisfied(value, place, f"Member must have value less than or equal to {most}")
        if least is not None and value < least:
            yield _unsatisfied(value, place, f"Member must have value greater than or equal to {least}")

    return check_value
