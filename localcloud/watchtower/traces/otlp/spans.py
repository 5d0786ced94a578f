"""Segments as OpenTelemetry's spans, in OTLP's JSON.

Sources: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding and the semantic conventions of
HTTP, exceptions and cloud resources.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from localcloud.watchtower.traces.documents import (
    JSON,
    Document,
    children,
    ended,
    started,
    status_of,
    text_of,
    walk,
)

INTERNAL, SERVER, CLIENT = 1, 2, 3
ERROR: Final = 2
UNKNOWN: Final = "unknown_service"
REMEMBERED: Final = 10_000
_REQUEST: Final = {
    "method": "http.request.method",
    "url": "url.full",
    "user_agent": "user_agent.original",
    "client_ip": "client.address",
}
_AWS: Final = {
    "operation": "rpc.method",
    "request_id": "aws.request_id",
    "table_name": "aws.dynamodb.table_names",
    "function_arn": "faas.invoked_name",
    "execution_arn": "aws.step_functions.execution.arn",
    "queue_url": "messaging.destination.name",
}
_PLATFORMS: Final = {"AWS::Lambda::Function": "aws_lambda", "AWS::Lambda": "aws_lambda"}


class Resource(NamedTuple):
    """The service that recorded a segment."""

    name: str
    origin: str = ""
    account: str = ""
    region: str = ""

    def described(self) -> Document:
        """Return it as OTLP's resource."""
        attributes = {
            "service.name": self.name,
            "cloud.provider": "aws" if self.origin.startswith("AWS::") else "",
            "cloud.platform": _PLATFORMS.get(self.origin, ""),
            "cloud.account.id": self.account,
            "cloud.region": self.region,
            "aws.xray.origin": self.origin,
        }
        return {"attributes": [*_attributes((key, value) for key, value in attributes.items() if value)]}


class Spans:
    """Turns documents into requests for a collector.

    Remembers whose segment each part belongs to, for subsegments that come apart: within a bound.
    """

    def __init__(self) -> None:
        self._owners: OrderedDict[str, Resource] = OrderedDict()

    def request(self, documents: Iterable[Document]) -> Document:
        """Return the body of one export; what is in progress is left out, for it comes again."""
        groups: dict[Resource, list[JSON]] = {}
        for document in documents:
            if document.get("in_progress") is True:
                self._remember(document, _resource(document))
                continue
            apart = document.get("type") == "subsegment"
            owner = self._owners.get(str(document.get("parent_id"))) if apart else _resource(document)
            resource = owner or Resource(UNKNOWN)
            self._remember(document, resource)
            groups.setdefault(resource, []).extend(_spans(document))
        return {
            "resourceSpans": [
                {
                    "resource": resource.described(),
                    "scopeSpans": [{"scope": {"name": "localcloud.xray"}, "spans": spans}],
                }
                for resource, spans in groups.items()
            ]
        }

    def _remember(self, document: Document, resource: Resource) -> None:
        for part in walk(document):
            self._owners[str(part["id"])] = resource
        while len(self._owners) > REMEMBERED:
            self._owners.popitem(last=False)


def _resource(segment: Document) -> Resource:
    account, region = text_of(segment, "aws", "account_id"), text_of(segment, "aws", "region")
    return Resource(text_of(segment, "name"), text_of(segment, "origin"), account, region)


def otlp_trace_id(trace_id: str) -> str:
    """Return a trace's id in OpenTelemetry's form: the same digits.

    Examples
    --------
    >>> otlp_trace_id("1-5759e988-bd862e3fe1be46a994272793")
    '5759e988bd862e3fe1be46a994272793'
    """
    return trace_id[2:].replace("-", "")


def _spans(document: Document) -> Iterator[Document]:
    trace = otlp_trace_id(str(document["trace_id"]))
    apart = document.get("type") == "subsegment"
    yield from _span(document, trace, text_of(document, "parent_id"), top=not apart)


def _span(part: Document, trace: str, parent: str, *, top: bool) -> Iterator[Document]:
    remote = part.get("namespace") in {"aws", "remote"}
    span: Document = {
        "traceId": trace,
        "spanId": part["id"],
        "name": part["name"],
        "kind": SERVER if top else CLIENT if remote else INTERNAL,
        "startTimeUnixNano": _nanoseconds(started(part)),
        "endTimeUnixNano": _nanoseconds(ended(part)),
        "attributes": [*_attributes(_facts(part))],
    }
    if parent:
        span["parentSpanId"] = parent
    exceptions = _exceptions(part)
    if exceptions:
        span["events"] = [*exceptions]
    if part.get("fault") is True or part.get("error") is True:
        span["status"] = {"code": ERROR, "message": _message(part)}
    links = part.get("links")
    if isinstance(links, list):
        span["links"] = [
            {"traceId": otlp_trace_id(text_of(link, "trace_id")), "spanId": text_of(link, "id")}
            for link in links
            if isinstance(link, dict)
        ]
    yield span
    for child in children(part):
        yield from _span(child, trace, str(part["id"]), top=False)


def _facts(part: Document) -> Iterator[tuple[str, JSON]]:
    for member, name in _REQUEST.items():
        yield name, text_of(part, "http", "request", member) or None
    yield "http.response.status_code", status_of(part)
    for member, name in _AWS.items():
        yield name, text_of(part, "aws", member) or None
    yield "cloud.resource_id", text_of(part, "resource_arn") or None
    yield "enduser.id", text_of(part, "user") or None
    for flag in ("fault", "error", "throttle"):
        yield f"aws.xray.{flag}", True if part.get(flag) is True else None
    annotations = part.get("annotations")
    if isinstance(annotations, dict):
        yield from annotations.items()


def _attributes(pairs: Iterable[tuple[str, JSON]]) -> Iterator[Document]:
    for key, value in pairs:
        match value:
            case bool():
                yield {"key": key, "value": {"boolValue": value}}
            case int():
                yield {"key": key, "value": {"intValue": str(value)}}
            case float():
                yield {"key": key, "value": {"doubleValue": value}}
            case str():
                yield {"key": key, "value": {"stringValue": value}}


def _causes(part: Document) -> list[Document]:
    cause = part.get("cause")
    listed = cause.get("exceptions") if isinstance(cause, dict) else None
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def _exceptions(part: Document) -> list[Document]:
    moment = _nanoseconds(ended(part))
    return [
        {
            "name": "exception",
            "timeUnixNano": moment,
            "attributes": [
                *_attributes([(f"exception.{name}", text_of(cause, name)) for name in ("type", "message")])
            ],
        }
        for cause in _causes(part)
    ]


def _message(part: Document) -> str:
    return next((text_of(cause, "message") for cause in _causes(part)), "")


def _nanoseconds(seconds: float) -> str:
    # By microseconds: a float of these seconds has no more digits.
    return str(round(seconds * 1_000_000) * 1000)
