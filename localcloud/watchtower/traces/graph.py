"""The service graph: who called whom how often, how long that took and how it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from localcloud.watchtower.traces.assembly import Trace
from localcloud.watchtower.traces.documents import JSON, Document, ended, started
from localcloud.watchtower.traces.services import CLIENT, ServiceId, calls_of, nodes_of, service_of


@dataclass
class Statistics:
    """What was measured at a service or along an edge."""

    documents: list[Document] = field(default_factory=list)

    def described(self) -> dict[str, JSON]:
        """Return the statistics, and how long it took how often."""
        ok = [document for document in self.documents if not (document.get("error") or document.get("fault"))]
        errors = [document for document in self.documents if document.get("error") is True]
        throttled = [document for document in errors if document.get("throttle") is True]
        faults = [document for document in self.documents if document.get("fault") is True]
        times = [round(ended(document) - started(document), 6) for document in self.documents]
        return {
            "SummaryStatistics": {
                "OkCount": len(ok),
                "ErrorStatistics": {
                    "ThrottleCount": len(throttled),
                    "OtherCount": len(errors) - len(throttled),
                    "TotalCount": len(errors),
                },
                "FaultStatistics": {"OtherCount": len(faults), "TotalCount": len(faults)},
                "TotalCount": len(self.documents),
                "TotalResponseTime": round(sum(times), 6),
            },
            "ResponseTimeHistogram": [
                {"Value": value, "Count": count} for value, count in sorted(Counter(times).items())
            ],
        }

    def times(self) -> dict[str, JSON]:
        """Return from when to when there was anything."""
        return {
            "StartTime": min(map(started, self.documents), default=0.0),
            "EndTime": max(map(ended, self.documents), default=0.0),
        }


@dataclass
class _Service:
    service: ServiceId
    inferred: bool
    root: bool = False
    at: Statistics = field(default_factory=Statistics)
    edges: dict[tuple[str, str], Statistics] = field(default_factory=dict)


def service_graph(traces: Iterable[Trace]) -> list[JSON]:
    """Return the services of some traces and the edges between them.

    Clients that called the first service of a trace are one node, ``client``, as on AWS.
    """
    services: dict[tuple[str, str], _Service] = {}
    for trace in traces:
        for node in nodes_of(trace):
            place = services.setdefault(node.service[:2], _Service(node.service, node.inferred))
            place.inferred = place.inferred and node.inferred
            place.at.documents += node.parts
        for call in calls_of(trace):
            edges = services[call.source[:2]].edges
            edges.setdefault(call.target[:2], Statistics()).documents.append(call.document)
        root = trace.root
        if root is not None and root.get("in_progress") is not True:
            entry = service_of(root)
            services[entry[:2]].root = True
            client = ServiceId(entry.name, CLIENT, entry.account)
            place = services.setdefault(client[:2], _Service(client, inferred=True))
            place.edges.setdefault(entry[:2], Statistics()).documents.append(root)
            place.at.documents.append(root)
    numbers = {key: number for number, key in enumerate(services)}
    return [_described(place, numbers) for place in services.values()]


def _described(place: _Service, numbers: dict[tuple[str, str], int]) -> JSON:
    edges: list[JSON] = [
        {
            "ReferenceId": numbers[target],
            **statistics.times(),
            **statistics.described(),
            "Aliases": [],
        }
        for target, statistics in place.edges.items()
        if target in numbers
    ]
    document: dict[str, JSON] = {
        "ReferenceId": numbers[place.service[:2]],
        **place.service.described(),
        **place.at.times(),
        "State": "unknown" if place.service.type == CLIENT else "active",
        "Edges": edges,
    }
    if place.root:
        document["Root"] = True
    if place.service.type != CLIENT:
        measured = place.at.described()
        document |= {**measured, "DurationHistogram": measured["ResponseTimeHistogram"]}
    return document
