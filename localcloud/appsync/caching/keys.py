"""Under which key something is cached.

Source: AppSync's guide, "Configuring server-side caching and API payload compression".
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from typing import Final

from localcloud.appsync.api import Prepared
from localcloud.appsync.calls import FieldCall
from localcloud.appsync.definition import JSON

WHOLE_MAPS: Final = ("context.arguments", "context.source", "context.identity")
"""The key of a resolver that names none.

The guide leaves ``source`` out where it describes full request caching, and has it where it says that a
resolver without keys behaves the same. Without it every object of a list would get the first one's field.
"""
RESERVED_HEADERS: Final = frozenset(
    (
        *("authorization", "content-length", "host", "priority", "via", "x-forwarded-for"),
        *("sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform"),
        *("x-amz-cf-id", "x-amz-date", "x-amz-security-token", "x-amzn-requestid", "x-amzn-trace-id"),
        *("x-amzn-appsync-is-vpce-request", "x-amzn-remote-ip"),
        *("cloudfront-forwarded-proto", "cloudfront-viewer-asn", "cloudfront-viewer-country"),
        *(f"cloudfront-is-{kind}-viewer" for kind in ("desktop", "mobile", "smarttv", "tablet")),
    )
)
"""Request headers that are not part of an operation's key: they differ from request to request."""
_SHORT: Final = {"ctx": "context", "args": "arguments"}


def normal(name: str) -> str:
    """Return a caching key's name in its one form.

    Examples
    --------
    >>> normal("$context.arguments.id"), normal("ctx.args.id"), normal("context.identity.sub")
    ('context.arguments.id', 'context.arguments.id', 'context.identity.sub')
    """
    parts = name.removeprefix("$").removeprefix("{").removesuffix("}").split(".")
    head = [_SHORT.get(part, part) for part in parts[:2]]
    return ".".join(head + parts[2:])


def _text(value: JSON) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def value_of(call: FieldCall, name: str) -> JSON:
    """Return what a caching key (in its normal form) stands for in a call; null for what is not there."""
    _context, *path = name.split(".")
    values: JSON = {"arguments": call.arguments, "source": call.source, "identity": call.identity}
    for part in path:
        values = values.get(part) if isinstance(values, dict) else None
    return values


def field_key(type_name: str, field_name: str, values: Sequence[tuple[str, JSON]]) -> Hashable:
    """Return the key of a field's value; what each key stands for is in the order of the caching keys."""
    return (type_name, field_name, tuple((name, _text(value)) for name, value in values))


def call_key(call: FieldCall, names: Sequence[str]) -> Hashable:
    """Return the key of a call whose resolver has these caching keys."""
    return field_key(call.type_name, call.field_name, [(name, value_of(call, name)) for name in names])


def evicted_key(type_name: str, field_name: str, pairs: Mapping[str, JSON]) -> Hashable:
    """Return the key that ``extensions.evictFromApiCache`` names: its pairs are in the order of the keys."""
    return field_key(type_name, field_name, [(normal(name), value) for name, value in pairs.items()])


def operation_key(prepared: Prepared) -> Hashable:
    """Return the key of a whole answer."""
    context = prepared.context
    identity = context.caller.identity
    if isinstance(identity, dict):
        identity = {name: value for name, value in identity.items() if name != "sourceIp"}
    name = prepared.operation.node.name
    headers = sorted((n, v) for n, v in context.headers.items() if n not in RESERVED_HEADERS)
    return (
        prepared.document.text,
        name.value if name is not None else None,
        _text(context.given_variables),
        context.caller.field_class,
        _text(identity),
        tuple(headers),
    )
