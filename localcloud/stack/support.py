"""Name what the local cloud does not do with a template, before anybody relies on it."""

from __future__ import annotations

from collections import defaultdict

from localcloud.stack.supported import HONOURED, HONOURED_ATTRIBUTES, WITHOUT_EFFECT
from localcloud.stack.template import Json, properties, resources


def unsupported(template: dict[str, Json]) -> list[str]:
    """Return one sentence for each resource type or property that has no, or no known, effect here.

    Resources that share the finding share the sentence. The deployment goes on: most templates
    hold something that only matters in AWS.

    Examples
    --------
    >>> unsupported({"Resources": {"A": {"Type": "AWS::EC2::Instance"}}})
    ['AWS::EC2::Instance is not supported by the local cloud (A)']
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    for logical_id, resource in resources(template).items():
        kind = str(resource["Type"])
        if kind.startswith("AWS::Serverless::"):
            continue  # the engine translates these; what they become is not seen here
        if kind not in HONOURED:
            found[f"{kind} is not supported by the local cloud"].append(logical_id)
            continue
        for attribute in resource.keys() - HONOURED_ATTRIBUTES:
            found[f"{kind}: the attribute {attribute} is ignored"].append(logical_id)
        reasons = WITHOUT_EFFECT.get(kind, {})
        for name in properties(resource).keys() - HONOURED[kind]:
            why = reasons.get(name)
            sentence = (
                f"{kind}: {name} has no effect here: {why}" if why else f"{kind}: {name} is not supported"
            )
            found[sentence].append(logical_id)
    return [f"{sentence} ({', '.join(sorted(names))})" for sentence, names in sorted(found.items())]
