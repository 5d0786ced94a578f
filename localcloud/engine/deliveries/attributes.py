"""Attributes of topics and subscriptions: what SNS takes, and how it shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from localcloud.deliveries.facade import (
    FilterPolicyLimitExceeded,
    InvalidParameter,
    PolicyError,
    Scope,
    effective,
    of_subscription,
    of_topic,
    parse_filter_policy,
    parse_redrive_policy,
    subscription_document,
    topic_document,
)
from localcloud.engine.deliveries.records import Records
from localcloud.engine.patching import Record

OF_SUBSCRIPTIONS: Final = frozenset(
    {
        *("DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy"),
        *("SubscriptionRoleArn", "ReplayPolicy"),
    }
)
FILTER_POLICIES_OF_A_TOPIC: Final = 200
FILTER_POLICIES_OF_AN_ACCOUNT: Final = 10_000
SMALLEST, USUAL, LARGEST = 1024, 262_144, 1_048_576
# "A topic with a MaximumMessageSize above 256 KiB must have 100 or fewer subscriptions", all of these kinds.
LARGE_PROTOCOLS: Final = frozenset({"sqs", "lambda", "firehose"})
LARGE_SUBSCRIPTIONS: Final = 100
_SCOPES: Final[dict[str, Scope]] = {"MessageBody": "MessageBody", "MessageAttributes": "MessageAttributes"}


def check_subscription(attributes: Mapping[str, str], topic: str, prefix: str = "") -> None:
    """Read the attributes that a subscription is to have.

    Parameters
    ----------
    topic
        The topic's ARN.
    prefix
        What refusals begin with: ``Attributes Reason: `` where the attributes came with a request for more.

    Raises
    ------
    InvalidParameter

    Examples
    --------
    >>> check_subscription({"RawMessageDelivery": "yes"}, "arn:aws:sns:us-east-1:000000000000:t")
    ... # doctest: +ELLIPSIS
    Traceback (most recent call last):
    localcloud.deliveries.errors.InvalidParameter: ...: Invalid value [yes]. Must be true or false.
    """
    raw = attributes.get("RawMessageDelivery")
    if raw is not None and raw not in {"true", "false"}:
        raise InvalidParameter(f"{prefix}RawMessageDelivery: Invalid value [{raw}]. Must be true or false.")
    scope = _SCOPES.get(attributes.get("FilterPolicyScope") or "MessageAttributes")
    if scope is None:
        value, choice = attributes["FilterPolicyScope"], "Please use either MessageBody or MessageAttributes"
        raise InvalidParameter(f"{prefix}FilterPolicyScope: Invalid value [{value}]. {choice}")
    try:
        if attributes.get("FilterPolicy"):
            parse_filter_policy(attributes["FilterPolicy"], scope)
        of_subscription(attributes.get("DeliveryPolicy"))
        parse_redrive_policy(attributes.get("RedrivePolicy"), topic)
    except PolicyError as error:
        raise InvalidParameter(prefix + error.reason) from error


def check_room(records: Records, topic: Record, besides: Record | None = None) -> None:
    """Make sure that a topic and its account may have one more filter policy.

    Parameters
    ----------
    besides
        The subscription that gets it.

    Raises
    ------
    FilterPolicyLimitExceeded
    """
    if sum(_filtered(topic, besides)) >= FILTER_POLICIES_OF_A_TOPIC:
        raise FilterPolicyLimitExceeded(
            f"Filter policy limit exceeded: a topic has at most {FILTER_POLICIES_OF_A_TOPIC} filter policies"
        )
    if sum(sum(_filtered(other, besides)) for other in records.of_region()) >= FILTER_POLICIES_OF_AN_ACCOUNT:
        raise FilterPolicyLimitExceeded(
            f"Filter policy limit exceeded: an account has at most {FILTER_POLICIES_OF_AN_ACCOUNT}"
        )


def _filtered(topic: Record, besides: Record | None) -> Iterator[bool]:
    for subscription in topic["subscriptions"]:
        yield subscription is not besides and bool(subscription["attributes"].get("FilterPolicy"))


def check_large(topic: Record, protocol: str) -> None:
    """Make sure that a topic for large messages may have one more subscription of a protocol.

    Raises
    ------
    InvalidParameter
    """
    if maximum_size(topic) <= USUAL:
        return
    if protocol not in LARGE_PROTOCOLS or len(topic["subscriptions"]) >= LARGE_SUBSCRIPTIONS:
        raise InvalidParameter(f"Protocol Reason: {_LARGE}")


_LARGE: Final = (
    f"a topic with a MaximumMessageSize above {USUAL} has at most {LARGE_SUBSCRIPTIONS} subscriptions, "
    "all of Amazon SQS, Amazon Data Firehose or Lambda"
)


def maximum_size(topic: Record) -> int:
    """Return how many bytes a topic's messages may have."""
    return int(topic["attributes"].get("MaximumMessageSize") or USUAL)


def set_topic(topic: Record, attributes: Mapping[str, str], prefix: str = "") -> None:
    """Give a topic attributes, once all of them are right; an empty delivery policy takes it away.

    Raises
    ------
    InvalidParameter
    """
    version = attributes.get("SignatureVersion")
    if version not in {None, "1", "2"}:
        raise InvalidParameter(f"{prefix}SignatureVersion: Invalid value [{version}]. Must be 1 or 2.")
    size = attributes.get("MaximumMessageSize")
    if size is not None:
        if not (size.isdecimal() and SMALLEST <= int(size) <= LARGEST):
            limits = f"Must be between {SMALLEST} and {LARGEST}."
            raise InvalidParameter(f"{prefix}MaximumMessageSize: Invalid value [{size}]. {limits}")
        subscriptions = topic["subscriptions"]
        others = any(item["protocol"] not in LARGE_PROTOCOLS for item in subscriptions)
        if int(size) > USUAL and (others or len(subscriptions) > LARGE_SUBSCRIPTIONS):
            raise InvalidParameter(f"{prefix}MaximumMessageSize: {_LARGE}")
    try:
        policy = of_topic(attributes.get("DeliveryPolicy", topic["attributes"].get("DeliveryPolicy")))
    except PolicyError as error:
        raise InvalidParameter(prefix + error.reason) from error
    topic["attributes"].update(attributes)
    topic["attributes"]["EffectiveDeliveryPolicy"] = json.dumps(topic_document(policy))
    if not topic["attributes"].get("DeliveryPolicy"):
        topic["attributes"].pop("DeliveryPolicy", None)


def attributes_of(topic: Record, subscription: Record) -> dict[str, str]:
    """Return a subscription's attributes as GetSubscriptionAttributes shows them."""
    stored = subscription["attributes"]
    confirmed = subscription.get("confirmed", False)
    attributes = {
        "SubscriptionArn": subscription["arn"],
        "TopicArn": topic["arn"],
        "Protocol": subscription["protocol"],
        "Endpoint": subscription["endpoint"],
        "Owner": subscription["owner"],
        "ConfirmationWasAuthenticated": stored.get("ConfirmationWasAuthenticated", str(confirmed).lower()),
        "PendingConfirmation": str(not confirmed).lower(),
        "RawMessageDelivery": stored.get("RawMessageDelivery") or "false",
    }
    if stored.get("FilterPolicy"):
        attributes["FilterPolicy"] = stored["FilterPolicy"]
    if stored.get("FilterPolicy") or stored.get("FilterPolicyScope") == "MessageBody":
        attributes["FilterPolicyScope"] = stored.get("FilterPolicyScope") or "MessageAttributes"
    for name in ("RedrivePolicy", "SubscriptionRoleArn"):
        if stored.get(name):
            attributes[name] = stored[name]
    if subscription["protocol"] in {"http", "https"}:
        own = of_subscription(stored.get("DeliveryPolicy"))
        if stored.get("DeliveryPolicy"):
            attributes["DeliveryPolicy"] = json.dumps(subscription_document(own))
        whole = effective(of_topic(topic["attributes"].get("DeliveryPolicy")), own)
        attributes["EffectiveDeliveryPolicy"] = json.dumps(subscription_document(whole))
    return attributes
