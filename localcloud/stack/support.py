"""Name what the local cloud does not do with a template, before anybody relies on it."""

from __future__ import annotations

from collections import defaultdict

from localcloud.stack.supported import HONOURED, HONOURED_ATTRIBUTES, WITHOUT_EFFECT
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
    sentences = [f"{sentence} ({', '.join(sorted(names))})" for sentence, names in sorted(found.items())]
    if harmless:
        sentences.append(f"without effect on one machine: {', '.join(sorted(harmless))}")
    return sentences
