"""Name what the local cloud does not do with a template, before anybody relies on it."""

from __future__ import annotations

from collections import defaultdict
from urllib.parse import urlsplit

from localcloud.stack.harmless import WITHOUT_EFFECT
from localcloud.stack.supported import HONOURED, HONOURED_ATTRIBUTES, UNDELIVERED
from localcloud.stack.template import Json, properties, resources
from localcloud.stack.unserved import unserved


def unsupported(template: dict[str, Json]) -> list[str]:
    """Return a sentence for each resource type or property that is not supported here.

    Resources that share a finding share the sentence, and everything that cannot matter on one
    machine (logs, encryption, backups) shares the last one. The deployment goes on.

    Examples
    --------
    >>> unsupported({"Resources": {"A": {"Type": "AWS::EC2::Instance"}}})
    ['AWS::EC2::Instance is not supported by the local cloud (A)']
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    harmless: set[str] = set()
    declared = resources(template)
    for logical_id, resource in declared.items():
        kind = str(resource["Type"])
        if kind.startswith("AWS::Serverless::"):
            continue  # the engine translates these; what they become is not seen here
        if kind not in HONOURED:
            found[f"{kind} is not supported by the local cloud"].append(logical_id)
            for problem in unserved(resource, declared):
                found[f"{kind}: {problem}"].append(logical_id)
            continue
        for attribute in resource.keys() - HONOURED_ATTRIBUTES:
            found[f"{kind}: the attribute {attribute} is ignored"].append(logical_id)
        for name in properties(resource).keys() - HONOURED[kind]:
            if name in WITHOUT_EFFECT.get(kind, {}):
                harmless.add(f"{kind.removeprefix('AWS::')} {name} ({WITHOUT_EFFECT[kind][name]})")
            else:
                found[f"{kind}: {name} is not supported"].append(logical_id)
        for problem in unserved(resource, declared):
            found[f"{kind}: {problem}"].append(logical_id)
        for place in undelivered(resource):
            found[f"{kind}: nothing is delivered {place}"].append(logical_id)
    sentences = [f"{sentence} ({', '.join(sorted(names))})" for sentence, names in sorted(found.items())]
    if harmless:
        sentences.append(f"without effect on one machine: {', '.join(sorted(harmless))}")
    return sentences


def undelivered(resource: dict[str, Json]) -> list[str]:
    """Return by what, or whereto, a resource sends something that nothing is delivered here.

    Examples
    --------
    >>> undelivered({"Type": "AWS::SNS::Subscription", "Properties": {"Protocol": "email"}})
    ['by email']
    """
    whole = properties(resource)
    inline = whole.get("Subscription")
    if resource["Type"] == "AWS::Events::ApiDestination":
        endpoint = whole.get("InvocationEndpoint")
        away = isinstance(endpoint, str) and not _here(endpoint)
        return [f"to {urlsplit(str(endpoint)).hostname}, which is not on this machine"] if away else []
    if resource["Type"] == "AWS::SNS::Subscription":
        subscriptions: list[Json] = [whole]
    elif resource["Type"] == "AWS::SNS::Topic" and isinstance(inline, list):
        subscriptions = inline
    else:
        return []
    places: set[str] = set()
    for subscription in subscriptions:
        if isinstance(subscription, dict):
            protocol, endpoint = subscription.get("Protocol"), subscription.get("Endpoint")
            if protocol in UNDELIVERED:
                places.add(f"by {protocol}")
            elif protocol in {"http", "https"} and isinstance(endpoint, str) and not _here(endpoint):
                places.add(f"to {urlsplit(endpoint).hostname}, which is not on this machine")
    return sorted(places)


def _here(address: str) -> bool:
    """Say whether an address is one of loopback; no name is looked up for it."""
    host = urlsplit(address).hostname or "localhost"
    if ".execute-api." in host:
        return True  # leads to the engine's APIs
    return host == "localhost" or host.endswith(".localhost") or host == "::1" or host.startswith("127.")
