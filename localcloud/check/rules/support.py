"""Resource types and properties that the local cloud does not have, or that have no effect here."""

from __future__ import annotations

from collections.abc import Iterator

from localcloud.check.finding import Finding, Severity
from localcloud.check.positions import Positions
from localcloud.stack.harmless import WITHOUT_EFFECT
from localcloud.stack.support import undelivered
from localcloud.stack.supported import HONOURED, HONOURED_ATTRIBUTES
from localcloud.stack.template import Json, properties, resources
from localcloud.stack.unserved import is_custom, unserved


def check_support(template: dict[str, Json], places: Positions) -> Iterator[Finding]:
    """Find what works on AWS and not here."""
    declared = resources(template)
    for logical_id, resource in declared.items():
        kind = str(resource["Type"])
        place = places.of(logical_id)
        for problem in unserved(resource, declared):
            message = f"{kind}: {problem}"
            yield Finding(place, Severity.ERROR, "unserved", message)
        if kind.startswith(("AWS::Serverless::", "AWS::CDK::")) or is_custom(kind):
            continue  # the engine translates SAM's, what they become is not seen here; CDK's do nothing
        if kind not in HONOURED:
            message = f"{kind} is not supported by the local cloud"
            yield Finding(place, Severity.WARNING, "unsupported-type", message)
            continue
        for attribute in sorted(resource.keys() - HONOURED_ATTRIBUTES):
            message = f"{kind}: the attribute {attribute} is ignored"
            yield Finding(place, Severity.WARNING, "unsupported-property", message)
        for where in undelivered(resource):
            message = f"{kind}: nothing is delivered {where}"
            yield Finding(place, Severity.WARNING, "undelivered", message)
        for name in sorted(properties(resource).keys() - HONOURED[kind]):
            at = places.of(logical_id, name)
            reason = WITHOUT_EFFECT.get(kind, {}).get(name)
            if reason is None:
                message = f"{kind}: {name} is not supported by the local cloud"
                yield Finding(at, Severity.WARNING, "unsupported-property", message)
            else:
                message = f"{kind}: {name} has no effect on one machine: {reason}"
                yield Finding(at, Severity.NOTE, "without-effect", message)
