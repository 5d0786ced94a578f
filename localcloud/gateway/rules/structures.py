"""JSON Schema draft 4's keywords of arrays, of objects and of schemas within schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from localcloud.contracts.mapping_templates import JSON
from localcloud.gateway.rules.values import Check, Judge, matches, printed


def _whole(value: JSON) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _few_items(_: Judge, limit: JSON, value: JSON, __: Mapping[str, JSON]) -> Iterator[str]:
    least = _whole(limit)
    if isinstance(value, list) and least is not None and len(value) < least:
        has = f"instance has {len(value)} elements"
        yield f"array is too short: must have at least {least} elements but {has}"


def _many_items(_: Judge, limit: JSON, value: JSON, __: Mapping[str, JSON]) -> Iterator[str]:
    most = _whole(limit)
    if isinstance(value, list) and most is not None and len(value) > most:
        has = f"instance has {len(value)} elements"
        yield f"array is too long: must have at most {most} elements but {has}"


def _unique(_: Judge, required: JSON, value: JSON, __: Mapping[str, JSON]) -> Iterator[str]:
    if required is True and isinstance(value, list) and len({printed(item) for item in value}) < len(value):
        yield "array must not contain duplicate elements"


def _items(schemas: Judge, items: JSON, value: JSON, schema: Mapping[str, JSON]) -> Iterator[str]:
    if not isinstance(value, list):
        return
    root = schema["$root"]
    more = schema.get("additionalItems")
    if isinstance(items, list):
        if more is False and len(value) > len(items):
            yield f"array is not allowed to contain more than {len(items)} elements (found: {len(value)})"
        rest = more if isinstance(more, Mapping) else {}
        for number, item in enumerate(value):
            yield from schemas.judge(items[number] if number < len(items) else rest, item, root)
        return
    for item in value:
        yield from schemas.judge(items, item, root)


def _few_members(_: Judge, limit: JSON, value: JSON, __: Mapping[str, JSON]) -> Iterator[str]:
    least = _whole(limit)
    if isinstance(value, Mapping) and least is not None and len(value) < least:
        yield f"object has too few properties (found {len(value)} but schema requires at least {least})"


def _many_members(_: Judge, limit: JSON, value: JSON, __: Mapping[str, JSON]) -> Iterator[str]:
    most = _whole(limit)
    if isinstance(value, Mapping) and most is not None and len(value) > most:
        yield f"object has too many properties (found {len(value)} but schema requires at most {most})"


def _required(_: Judge, names: JSON, value: JSON, __: Mapping[str, JSON]) -> Iterator[str]:
    if isinstance(value, Mapping) and isinstance(names, list):
        missing = sorted(str(name) for name in names if name not in value)
        if missing:
            yield f"object has missing required properties ({printed([*missing])})"


def _additional(schemas: Judge, more: JSON, value: JSON, schema: Mapping[str, JSON]) -> Iterator[str]:
    if not isinstance(value, Mapping):
        return
    properties, patterns = _mapping(schema.get("properties")), _mapping(schema.get("patternProperties"))
    extra = sorted(
        name for name in value if name not in properties and not any(matches(each, name) for each in patterns)
    )
    if more is False and extra:
        yield f"object instance has properties which are not allowed by the schema: {printed([*extra])}"
    elif isinstance(more, Mapping):
        for name in extra:
            yield from schemas.judge(more, value[name], schema["$root"])


def _properties(schemas: Judge, properties: JSON, value: JSON, schema: Mapping[str, JSON]) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in _mapping(properties).items():
            if name in value:
                yield from schemas.judge(inner, value[name], schema["$root"])


def _pattern_properties(
    schemas: Judge, patterns: JSON, value: JSON, schema: Mapping[str, JSON]
) -> Iterator[str]:
    for pattern, inner in _mapping(patterns).items():
        for name, member in _mapping(value).items():
            if matches(pattern, name):
                yield from schemas.judge(inner, member, schema["$root"])


def _dependencies(
    schemas: Judge, dependencies: JSON, value: JSON, schema: Mapping[str, JSON]
) -> Iterator[str]:
    members = _mapping(value)
    for name, dependency in _mapping(dependencies).items():
        if name not in members:
            continue
        if isinstance(dependency, Mapping):
            yield from schemas.judge(dependency, value, schema["$root"])
            continue
        names: list[JSON] = (
            [dependency]
            if isinstance(dependency, str)
            else [*dependency]
            if isinstance(dependency, list)
            else []
        )
        missing = [each for each in names if each not in members]
        if missing:
            yield (
                f"property {printed(name)} of object has missing property dependencies (schema requires "
                f"{printed(names)}; missing: {printed(missing)})"
            )


def _all(schemas: Judge, inner: JSON, value: JSON, schema: Mapping[str, JSON]) -> Iterator[str]:
    total, valid = _counted(schemas, inner, value, schema)
    if valid < total:
        yield f"instance failed to match all required schemas (matched only {valid} out of {total})"


def _any(schemas: Judge, inner: JSON, value: JSON, schema: Mapping[str, JSON]) -> Iterator[str]:
    total, valid = _counted(schemas, inner, value, schema)
    if total and not valid:
        yield f"instance failed to match at least one required schema among {total}"


def _exactly(schemas: Judge, inner: JSON, value: JSON, schema: Mapping[str, JSON]) -> Iterator[str]:
    total, valid = _counted(schemas, inner, value, schema)
    if total and valid != 1:
        yield f"instance failed to match exactly one schema (matched {valid} out of {total})"


def _never(schemas: Judge, inner: JSON, value: JSON, schema: Mapping[str, JSON]) -> Iterator[str]:
    if isinstance(inner, Mapping) and schemas.holds(inner, value, schema["$root"]):
        yield "instance matched a schema which it should not have"


def _counted(schemas: Judge, inner: JSON, value: JSON, schema: Mapping[str, JSON]) -> tuple[int, int]:
    listed = inner if isinstance(inner, list) else []
    return len(listed), sum(schemas.holds(each, value, schema["$root"]) for each in listed)


def _mapping(value: JSON) -> Mapping[str, JSON]:
    return value if isinstance(value, Mapping) else {}


STRUCTURES: Final[dict[str, Check]] = {
    "maxItems": _many_items,
    "minItems": _few_items,
    "uniqueItems": _unique,
    "items": _items,
    "additionalProperties": _additional,
    "maxProperties": _many_members,
    "minProperties": _few_members,
    "required": _required,
    "dependencies": _dependencies,
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "allOf": _all,
    "anyOf": _any,
    "oneOf": _exactly,
    "not": _never,
}
