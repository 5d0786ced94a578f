"""A trace in a few words, as GetTraceSummaries returns it."""

from __future__ import annotations

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
from localcloud.watchtower.traces.services import ServiceId, nodes_of, service_of


def summary(trace: Trace) -> dict[str, JSON]:
    """Return a trace's summary; of what its segments do not say, nothing is there."""
    root = trace.root
    document: dict[str, JSON] = {
        "Id": trace.id,
        "StartTime": trace.start,
        "Duration": round(trace.duration, 6),
        "HasFault": root is not None and root.get("fault") is True,
        "HasError": root is not None and root.get("error") is True,
        "HasThrottle": root is not None and root.get("throttle") is True,
        "IsPartial": trace.partial,
        "Http": _http(root),
        "Annotations": _annotations(trace),
        "Users": _users(trace),
        "ServiceIds": [node.service.described() for node in nodes_of(trace)],
        "ResourceARNs": [{"ARN": arn} for arn in _texts(trace, "resource_arn")],
        "InstanceIds": [{"Id": name} for name in _texts(trace, "instance_id")],
        "AvailabilityZones": [{"Name": name} for name in _texts(trace, "availability_zone")],
        "FaultRootCauses": [],
        "ErrorRootCauses": [],
        "ResponseTimeRootCauses": [],
        "Revision": len(trace.segments),
    }
    if root is not None:
        document["EntryPoint"] = service_of(root).described()
        if root.get("in_progress") is not True:
            document["ResponseTime"] = round(ended(root) - started(root), 6)
    return document


def _http(root: Document | None) -> dict[str, JSON]:
    if root is None:
        return {}
    names = {"url": "HttpURL", "method": "HttpMethod", "user_agent": "UserAgent", "client_ip": "ClientIp"}
    http: dict[str, JSON] = {
        member: value for name, member in names.items() if (value := text_of(root, "http", "request", name))
    }
    status = status_of(root)
    if status is not None:
        http["HttpStatus"] = status
    return http


def _annotations(trace: Trace) -> dict[str, JSON]:
    annotated: dict[str, dict[tuple[str, str], tuple[JSON, list[ServiceId]]]] = {}
    for segment in trace.segments:
        service = service_of(segment)
        for part in walk(segment):
            annotations = part.get("annotations")
            for name, value in annotations.items() if isinstance(annotations, dict) else ():
                kind = type(value).__name__
                _, services = annotated.setdefault(name, {}).setdefault((kind, str(value)), (value, []))
                if service not in services:
                    services.append(service)
    return {
        name: [
            {"AnnotationValue": _typed(value), "ServiceIds": [service.described() for service in services]}
            for value, services in values.values()
        ]
        for name, values in annotated.items()
    }


def _typed(value: JSON) -> dict[str, JSON]:
    if isinstance(value, bool):
        return {"BooleanValue": value}
    return {"StringValue" if isinstance(value, str) else "NumberValue": value}


def _users(trace: Trace) -> list[JSON]:
    users: dict[str, list[ServiceId]] = {}
    for segment in trace.segments:
        name = text_of(segment, "user")
        if name:
            users.setdefault(name, []).append(service_of(segment))
    return [
        {"UserName": name, "ServiceIds": [service.described() for service in dict.fromkeys(services)]}
        for name, services in users.items()
    ]


def _texts(trace: Trace, name: str) -> list[str]:
    listed = (text_of(part, "aws", name) for segment in trace.segments for part in walk(segment))
    return list(dict.fromkeys(filter(None, listed)))
