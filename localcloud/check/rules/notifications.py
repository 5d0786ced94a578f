"""SNS subscriptions that SNS refuses, and AWS IoT's authorizers that may not be invoked.

What SNS refuses is found, and said in AWS's words, by the very code that reads policies when they arrive.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from localcloud.check.finding import Finding, Severity
from localcloud.check.positions import Positions
from localcloud.check.rules.references import names_in
from localcloud.deliveries.facade import PolicyError, Scope, SnsError, of_subscription, parse_filter_policy
from localcloud.stack.template import Json, properties, resources

PROTOCOLS: Final = frozenset(
    {"http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"}
)
SCOPES: Final[Mapping[str, Scope]] = {
    "MessageAttributes": "MessageAttributes",
    "MessageBody": "MessageBody",
}
IOT: Final = "iot.amazonaws.com"


def check_notifications(template: dict[str, Json], places: Positions) -> Iterator[Finding]:
    """Find what SNS refuses, and authorizers whose function AWS IoT may not invoke."""
    declared = resources(template)
    for logical_id, resource in declared.items():
        values = properties(resource)
        match resource["Type"]:
            case "AWS::SNS::Subscription":
                for name, message in (*_address(values), *_policies(values)):
                    at = places.of(logical_id, name)
                    yield Finding(at, Severity.ERROR, "sns-subscription", f"{logical_id}: {message}")
            case "AWS::SNS::Topic":
                several = values.get("Subscription")
                for each in several if isinstance(several, list) else ():
                    for _, message in _address(each) if isinstance(each, dict) else ():
                        at = places.of(logical_id, "Subscription")
                        yield Finding(at, Severity.ERROR, "sns-subscription", f"{logical_id}: {message}")
            case "AWS::IoT::Authorizer" if not _may_be_asked(values, declared):
                message = (
                    f"{logical_id}: no AWS::Lambda::Permission lets {IOT} invoke its function: every client "
                    "that names this authorizer is refused"
                )
                yield Finding(places.of(logical_id), Severity.WARNING, "iot-authorizer-forbidden", message)


def _address(values: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    protocol, endpoint = values.get("Protocol"), values.get("Endpoint")
    if not isinstance(protocol, str):
        return
    if protocol == "firehose" and not values.get("SubscriptionRoleArn"):
        yield "Protocol", "SubscriptionRoleArn is required for a subscription of Firehose"
    if protocol not in PROTOCOLS:
        yield "Protocol", f"Amazon SNS does not support this protocol string: {protocol}"
    elif protocol in {"http", "https"} and isinstance(endpoint, str):
        parts = urlsplit(endpoint)
        if parts.scheme != protocol or not parts.hostname:
            yield "Endpoint", "Endpoint must match the specified protocol"


def _policies(values: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    scope = values.get("FilterPolicyScope", "MessageAttributes")
    if isinstance(scope, str) and scope not in SCOPES:
        yield "FilterPolicyScope", f"FilterPolicyScope is {scope!r}, and may be {' or '.join(SCOPES)}"
    filters, delivery = _text(values.get("FilterPolicy")), _text(values.get("DeliveryPolicy"))
    try:
        if filters is not None and isinstance(scope, str) and scope in SCOPES:
            parse_filter_policy(filters, SCOPES[scope])
    except (PolicyError, SnsError) as problem:
        yield "FilterPolicy", str(problem)
    try:
        of_subscription(delivery)
    except PolicyError as problem:
        yield "DeliveryPolicy", str(problem)


def _text(policy: Json) -> str | None:
    """Return a policy as SNS gets it; None for none, and for one that is known only when it is deployed."""
    if not policy or _computed(policy):
        return None
    return policy if isinstance(policy, str) else json.dumps(policy)


def _computed(value: Json) -> bool:
    if isinstance(value, dict):
        return any(name == "Ref" or name.startswith("Fn::") or _computed(v) for name, v in value.items())
    return isinstance(value, list) and any(map(_computed, value))


def _may_be_asked(authorizer: Mapping[str, Json], declared: Mapping[str, dict[str, Json]]) -> bool:
    """Return whether AWS IoT may invoke an authorizer's function; one that is not in sight may be."""
    targets = set(names_in(authorizer.get("AuthorizerFunctionArn"))) & declared.keys()
    return not targets or any(
        resource["Type"] == "AWS::Lambda::Permission"
        and properties(resource).get("Principal") == IOT
        and targets & set(names_in(properties(resource).get("FunctionName")))
        for resource in declared.values()
    )
