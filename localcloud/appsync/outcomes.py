"""What a resolver's run came to, read from what ``runtime/run.js`` reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Final

from localcloud.appsync.definition import JSON
from localcloud.appsync.filters import FilterGroups, FilterInvalid, FilterLimitExceeded, parse_filter
from localcloud.appsync.js.runtime import own_frames, own_line

MAX_INVALIDATIONS: Final = 5
"""AppSync's limit of ``extensions.invalidateSubscriptions`` in a request."""


@dataclass(frozen=True)
class FieldError:
    """An error of a field; the caller adds its path and locations.

    Attributes
    ----------
    where
        The file and line that it came from, for logs: clients get no more than from AWS.
    trace
        How a handler that crashed came there, the innermost function first: ``total (Query.order.js:7)``.
    """

    message: str
    error_type: str | None = None
    data: JSON = None
    error_info: JSON = None
    where: str = field(default="", compare=False)
    trace: tuple[str, ...] = field(default=(), compare=False)

    def description(self) -> str:
        """Return the message with its place, for logs."""
        return (
            f"{self.message} ({self.where})"
            if self.where and self.where not in self.message
            else self.message
        )


@dataclass(frozen=True)
class Invalidation:
    """``extensions.invalidateSubscriptions``: which subscriptions end, by their invalidation filters."""

    subscription_field: str
    payload: dict[str, JSON]


@dataclass(frozen=True)
class CacheEviction:
    """``extensions.evictFromApiCache``."""

    type_name: str
    field_name: str
    keys: dict[str, JSON]


@dataclass(frozen=True)
class LogLine:
    """What ``console.log`` or ``console.error`` wrote."""

    level: str
    text: str


@dataclass
class FieldOutcome:
    """How a resolver ended. ``value`` is null when it failed, but not for ``util.appendError``.

    ``entries_deleted`` is how many entries of the cache its evictions came to.
    """

    value: JSON = None
    errors: list[FieldError] = field(default_factory=list)
    subscription_filter: FilterGroups | None = None
    invalidation_filter: FilterGroups | None = None
    invalidations: list[Invalidation] = field(default_factory=list)
    evictions: list[CacheEviction] = field(default_factory=list)
    response_headers: dict[str, str] = field(default_factory=dict)
    entries_deleted: int = 0
    logs: list[LogLine] = field(default_factory=list)


def _dict(value: JSON) -> dict[str, JSON]:
    return value if isinstance(value, dict) else {}


def _dicts(value: JSON) -> list[dict[str, JSON]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def selected(data: JSON, selection: Set[str], path: str = "") -> JSON:
    """Return the part of an error's data that the query selects, as AppSync shows it.

    Examples
    --------
    >>> selected({"id": "7", "secret": 1, "item": {"sku": "a"}}, {"id", "item", "item/sku"})
    {'id': '7', 'item': {'sku': 'a'}}
    """
    if isinstance(data, list):
        return [selected(item, selection, path) for item in data]
    if not isinstance(data, dict) or not any(name.startswith(path) for name in selection):
        # A scalar, or a field of a scalar type: nothing is selected inside.
        return data
    return {
        name: selected(value, selection, f"{path}{name}/")
        for name, value in data.items()
        if path + name in selection
    }


def _error(report: Mapping[str, JSON], selection: Set[str]) -> FieldError:
    message, kind = report.get("message"), report.get("type")
    return FieldError(
        str(message) if message is not None else "",
        str(kind) if kind is not None else None,
        selected(report.get("data"), selection),
        report.get("info"),
        _place(str(report.get("module") or ""), str(report.get("stack") or "")),
    )


def read_outcome(document: Mapping[str, JSON], selected_names: Iterable[str] = ()) -> FieldOutcome:
    """Read what ``runtime/run.js`` reports at the end of a run; errors show the selected data alone."""
    if len(document) == 1 and "value" in document:  # nearly always: nothing but a value
        return FieldOutcome(document["value"])
    selection = frozenset(selected_names)
    outcome = FieldOutcome(
        document.get("value"),
        [_error(error, selection) for error in _dicts(document.get("errors"))],
        response_headers={name: str(value) for name, value in _dict(document.get("headers")).items()},
        logs=[LogLine(str(line["level"]), str(line["text"])) for line in _dicts(document.get("logs"))],
        evictions=[
            CacheEviction(
                str(eviction.get("typeName")), str(eviction.get("fieldName")), _dict(eviction.get("keys"))
            )
            for eviction in _dicts(document.get("evictions"))
        ],
    )
    if crash := _dict(document.get("crash")):
        text, stack = str(crash.get("text")), str(crash.get("stack"))
        explicit = crash.get("said") is True
        outcome.errors.append(crash_error(str(crash.get("module")), text, stack, explicit=explicit))
    try:
        outcome.subscription_filter = parse_filter(document.get("filter"))
        outcome.invalidation_filter = parse_filter(document.get("invalidationFilter"))
        outcome.invalidations = _invalidations(document.get("invalidations"))
    except FilterInvalid as error:
        outcome.value = None
        outcome.errors.append(FieldError(str(error), type(error).__name__))
    return outcome


def _invalidations(value: JSON) -> list[Invalidation]:
    documents = _dicts(value)
    if len(documents) > MAX_INVALIDATIONS:
        raise FilterLimitExceeded("invalidations in a request", MAX_INVALIDATIONS, len(documents))
    return [
        Invalidation(str(document.get("subscriptionField")), _dict(document.get("payload")))
        for document in documents
    ]


def _place(module: str, stack: str) -> str:
    line = own_line(stack)
    return f"{module}:{line}" if line else module


def crash_error(module: str, text: str, stack: str, *, explicit: bool = False) -> FieldError:
    """Return the error of a handler that crashed: with its file and line, if the stack has them.

    With ``explicit``, the text is what a function of AWS's reports of wrong arguments.
    """
    where = _place(module, stack)
    trace = tuple(f"{name} ({module}:{line})" for name, line in own_frames(stack))
    # AWS says "Runtime Error" and no more; here a person is to find the line.
    if module.endswith(".vtl"):
        return FieldError(f"{text} ({where})", "MappingTemplate", where=where)
    return FieldError(
        f"{'' if explicit else 'Runtime Error: '}{text} ({where})", "Code", where=where, trace=trace
    )
