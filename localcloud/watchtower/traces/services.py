"""The services of a trace: who recorded segments, and who was only called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from localcloud.watchtower.traces.assembly import Trace
from localcloud.watchtower.traces.documents import JSON, Document, children, text_of, walk

CLIENT: Final = "client"


class ServiceId(NamedTuple):
    """A node of a service graph."""

    name: str
    type: str
    account: str = ""
    names: tuple[str, ...] = ()

    def described(self) -> dict[str, JSON]:
        """Return it as X-Ray's API does."""
        document: dict[str, JSON] = {"Name": self.name, "Names": [*(self.names or (self.name,))]}
        if self.account:
            document["AccountId"] = self.account
        if self.type:
            document["Type"] = self.type
        return document


@dataclass
class Node:
    """A service in one trace: its segments, or the subsegments that stand for it.

    Attributes
    ----------
    inferred
        Whether it recorded nothing itself: a table, or a server that knows nothing of X-Ray.
    """

    service: ServiceId
    parts: list[Document] = field(default_factory=list)
    inferred: bool = False


class ServiceCall(NamedTuple):
    """A call from one service to another; the document is the one that measured it."""

    source: ServiceId
    target: ServiceId
    document: Document


def service_of(segment: Mapping[str, JSON]) -> ServiceId:
    """Return the service that recorded a segment."""
    account = text_of(segment, "aws", "account_id")
    return ServiceId(text_of(segment, "name"), text_of(segment, "origin"), account)


def inferred_service(subsegment: Mapping[str, JSON]) -> ServiceId:
    """Return the service that a call went to, where that one recorded nothing."""
    name = text_of(subsegment, "name")
    if subsegment.get("namespace") != "aws":
        return ServiceId(name, "remote")
    table, queue = text_of(subsegment, "aws", "table_name"), text_of(subsegment, "aws", "queue_url")
    kind = f"AWS::{name}" if "::" not in name else name
    if table:
        return ServiceId(table, "AWS::DynamoDB::Table")
    if queue:
        return ServiceId(queue, "AWS::SQS::Queue")
    return ServiceId(name, kind)


def nodes_of(trace: Trace) -> list[Node]:
    """Return a trace's services, in the order in which they first appear."""
    nodes: dict[tuple[str, str], Node] = {}

    def node(service: ServiceId, *, inferred: bool) -> Node:
        return nodes.setdefault(service[:2], Node(service, inferred=inferred))

    for segment in trace.segments:
        node(service_of(segment), inferred=False).parts.append(segment)
    for call in calls_of(trace):
        target = node(call.target, inferred=True)
        if target.inferred:
            target.parts.append(call.document)
    return list(nodes.values())


def calls_of(trace: Trace) -> Iterator[ServiceCall]:
    """Yield the calls between a trace's services."""
    owners = {str(part["id"]): segment for segment in trace.segments for part in walk(segment)}
    parts = {str(part["id"]): part for segment in trace.segments for part in walk(segment)}
    callers = {str(segment.get("parent_id")) for segment in trace.segments}
    for segment in trace.segments:
        parent = str(segment.get("parent_id"))
        if parent in owners:
            yield ServiceCall(service_of(owners[parent]), service_of(segment), parts[parent])
        for part in _remote(children(segment)):
            # A called service's own segment names the subsegment that called it.
            if not callers & {str(inner["id"]) for inner in walk(part)}:
                yield ServiceCall(service_of(segment), inferred_service(part), part)


def _remote(subsegments: Iterable[Document]) -> Iterator[Document]:
    for subsegment in subsegments:
        if subsegment.get("namespace") in {"aws", "remote"}:
            yield subsegment
        else:
            yield from _remote(children(subsegment))
