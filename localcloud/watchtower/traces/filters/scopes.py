"""What filter expressions are asked of: a trace, a service in it, an edge between two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from localcloud.watchtower.traces.assembly import Trace
from localcloud.watchtower.traces.documents import (
    JSON,
    Document,
    ended,
    started,
    status_of,
    text_of,
    walk,
)
from localcloud.watchtower.traces.filters.expressions import Scope, ServiceFilter, Value
from localcloud.watchtower.traces.services import ServiceId, calls_of, nodes_of, service_of

_HTTP: Final = {
    "http.url": "url",
    "http.method": "method",
    "http.useragent": "user_agent",
    "http.clientip": "client_ip",
}
_AWS: Final = {
    "resource.arn": "resource_arn",
    "instance.id": "instance_id",
    "availabilityzone": "availability_zone",
}


class DocumentsScope:
    """Segments of one service, or the subsegment that measured a call."""

    def __init__(self, trace: Trace, documents: Sequence[Document], *, inferred: bool = False) -> None:
        self._trace = trace
        self._documents = documents
        self._inferred = inferred

    def _parts(self) -> Iterator[Document]:
        return (part for document in self._documents for part in walk(document))

    def flag(self, keyword: str) -> bool:
        """See `Scope.flag`."""
        match keyword:
            case "ok":
                return not any(
                    document.get(name) is True for document in self._documents for name in _FAILURES
                )
            case "inferred":
                return self._inferred
            case "partial":
                return any(document.get("in_progress") is True for document in self._documents)
            case "root":
                return any(document is self._trace.root for document in self._documents)
        return any(document.get(keyword) is True for document in self._documents)

    def numbers(self, keyword: str) -> Sequence[float]:
        """See `Scope.numbers`."""
        if keyword == "http.status":
            return [status for document in self._documents if (status := status_of(document)) is not None]
        return [ended(document) - started(document) for document in self._documents]

    def texts(self, keyword: str) -> Sequence[str]:
        """See `Scope.texts`."""
        if keyword == "type":
            return [service_of(document).type for document in self._documents]
        if keyword == "message":
            return [text for part in self._parts() for text in _messages(part)]
        if keyword in _HTTP:
            values = (text_of(part, "http", "request", _HTTP[keyword]) for part in self._documents)
        elif keyword in _AWS:
            values = (text_of(part, "aws", _AWS[keyword]) for part in self._documents)
        else:
            values = (text_of(part, keyword) for part in self._documents)
        return [value for value in values if value]

    def annotations(self, key: str) -> Sequence[Value]:
        """See `Scope.annotations`."""
        values: list[Value] = []
        for part in self._parts():
            annotations = part.get("annotations")
            value: JSON = annotations.get(key) if isinstance(annotations, dict) else None
            if isinstance(value, str | int | float):
                values.append(value)
        return values

    def services(self, service: ServiceFilter) -> Iterator[Scope]:
        """See `Scope.services`."""
        for node in nodes_of(self._trace):
            if _is(node.service, service) and any(part in self._documents for part in node.parts):
                yield self

    def edges(self, _source: ServiceFilter, _target: ServiceFilter) -> Iterator[Scope]:
        """See `Scope.edges`: there are none within a service."""
        return iter(())


class TraceScope(DocumentsScope):
    """A whole trace."""

    def __init__(self, trace: Trace) -> None:
        super().__init__(trace, trace.segments)

    def flag(self, keyword: str) -> bool:
        """See `Scope.flag`: failures are those that the root answered with, as in a summary."""
        root = self._trace.root
        if keyword == "partial":
            return self._trace.partial
        return root is not None and DocumentsScope(self._trace, [root]).flag(keyword)

    def numbers(self, keyword: str) -> Sequence[float]:
        """See `Scope.numbers`: how long the root took, how long the whole, what the root answered."""
        root = self._trace.root
        if keyword == "duration" or root is None:
            return [self._trace.duration]
        if keyword == "responsetime":
            return [ended(root) - started(root)]
        return super().numbers(keyword)

    def services(self, service: ServiceFilter) -> Iterator[Scope]:
        """See `Scope.services`."""
        for node in nodes_of(self._trace):
            if _is(node.service, service):
                yield DocumentsScope(self._trace, node.parts, inferred=node.inferred)

    def edges(self, source: ServiceFilter, target: ServiceFilter) -> Iterator[Scope]:
        """See `Scope.edges`."""
        for call in calls_of(self._trace):
            if _is(call.source, source) and _is(call.target, target):
                yield DocumentsScope(self._trace, [call.document])


_FAILURES: Final = ("error", "fault", "throttle")


def _is(service: ServiceId, expected: ServiceFilter) -> bool:
    return (
        expected.name in {"", service.name}
        and expected.type in {"", service.type}
        and expected.account in {"", service.account}
    )


def _messages(part: Document) -> Iterator[str]:
    cause = part.get("cause")
    listed = cause.get("exceptions") if isinstance(cause, dict) else None
    for exception in listed if isinstance(listed, list) else []:
        if isinstance(exception, dict) and isinstance(exception.get("message"), str):
            yield str(exception["message"])
