"""Name what the local cloud does not do with a template, before anybody relies on it."""

from __future__ import annotations

from collections import defaultdict

from localcloud.stack.supported import HONOURED, HONOURED_ATTRIBUTES, UNDELIVERED, WITHOUT_EFFECT
from localcloud.stack.template import Json, properties, resources


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
    for logical_id, resource in resources(template).items():
        kind = str(resource["Type"])
        if kind.startswith("AWS::Serverless::"):
            continue  # the engine translates these; what they become is not seen here
        if kind not in HONOURED:
            found[f"{kind} is not supported by the local cloud"].append(logical_id)
            continue
        for attribute in resource.keys() - HONOURED_ATTRIBUTES:
            found[f"{kind}: the attribute {attribute} is ignored"].append(logical_id)
        for name in properties(resource).keys() - HONOURED[kind]:
            if name in WITHOUT_EFFECT.get(kind, {}):
                harmless.add(f"{kind.removeprefix('AWS::')} {name} ({WITHOUT_EFFECT[kind][name]})")
            else:
                found[f"{kind}: {name} is not supported"].append(logical_id)
        for protocol in undelivered(resource):
            found[f"{kind}: nothing is delivered by {protocol} here"].append(logical_id)
    sentences = [f"{sentence} ({', '.join(sorted(names))})" for sentence, names in sorted(found.items())]
    if harmless:
        sentences.append(f"without effect on one machine: {', '.join(sorted(harmless))}")
    return sentences


def undelivered(resource: dict[str, Json]) -> list[str]:
    """Return the protocols by which a resource subscribes to a topic, and nothing is delivered here.

    Examples
    --------
    >>> undelivered({"Type": "AWS::SNS::Subscription", "Properties": {"Protocol": "email"}})
    ['email']
    """
    whole = properties(resource)
    if resource["Type"] == "AWS::SNS::Subscription":
        subscriptions: list[Json] = [whole]
    elif resource["Type"] == "AWS::SNS::Topic" and isinstance(whole.get("Subscription"), list):
        subscriptions = [*whole["Subscription"]]  # type: ignore[misc] # a list, as was just asked
    else:
        return []
    protocols = {item.get("Protocol") for item in subscriptions if isinstance(item, dict)}
    return sorted(UNDELIVERED & {protocol for protocol in protocols if isinstance(protocol, str)})
