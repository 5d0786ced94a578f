"""MiniStack's records of topics and subscriptions, as deliveries see them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Final

from localcloud.deliveries.facade import (
    InvalidParameter,
    NotFound,
    Scope,
    Subscriber,
    Version,
    effective,
    of_subscription,
    of_topic,
    parse_filter_policy,
    parse_redrive_policy,
)
from localcloud.engine.ministack.sns import SNS
from localcloud.engine.patching import Record

# AWS's tokens are longer still.
TOKEN_BYTES: Final = 128


class Records:
    """Finds and reads what MiniStack keeps of SNS.

    Parameters
    ----------
    sns
        MiniStack's module.
    """

    def __init__(self, sns: SNS) -> None:
        self._topics = sns.topics
        self._topic_of = sns.sub_arn_to_topic
        self._any_scope = sns.topic_by_arn_any_scope
        self._normal = sns.normalize_arn
        self._count = sns.refresh_subscription_counts

    def topic(self, arn: str) -> Record:
        """Return a topic.

        Raises
        ------
        InvalidParameter, NotFound
        """
        parts = arn.split(":")
        if len(parts) < 6:
            raise InvalidParameter(f"TopicArn Reason: An ARN must have at least 6 elements, not {len(parts)}")
        topic: Record | None = self._any_scope(self._normal(arn))
        if topic is None:
            raise NotFound("Topic")
        return topic

    def subscription(self, arn: str) -> tuple[Record, Record]:
        """Return a subscription and its topic.

        Raises
        ------
        InvalidParameter, NotFound
        """
        parts = arn.split(":")
        if len(parts) < 6:
            reason = f"An ARN must have at least 6 elements, not {len(parts)}"
            raise InvalidParameter(f"SubscriptionArn Reason: {reason}")
        if len(parts) < 7:
            raise InvalidParameter("SubscriptionId")
        topic: Record | None = self._any_scope(self._topic_of.get(arn) or arn.rpartition(":")[0])
        for subscription in topic["subscriptions"] if topic is not None else ():
            if subscription["arn"] == arn and topic is not None:
                return subscription, topic
        raise NotFound("Subscription")

    def of_region(self) -> Iterator[Record]:
        """Yield the topics of the request's account and Region."""
        yield from list(self._topics.values())

    def add(self, topic: Record, subscription: Record) -> None:
        """Keep a subscription."""
        topic["subscriptions"].append(subscription)
        self._topic_of[subscription["arn"]] = topic["arn"]
        self._count(topic)

    def drop(self, topic: Record, subscription: Record) -> None:
        """Forget a subscription."""
        topic["subscriptions"] = [other for other in topic["subscriptions"] if other is not subscription]
        self._topic_of.pop(subscription["arn"], None)
        deleted = int(topic["attributes"].get("SubscriptionsDeleted") or 0)
        topic["attributes"]["SubscriptionsDeleted"] = str(deleted + 1)
        self._count(topic)

    def count(self, topic: Record) -> None:
        """Recount a topic's subscriptions."""
        self._count(topic)


def new_token() -> str:
    """Return a token that confirms a subscription."""
    return secrets.token_hex(TOKEN_BYTES)


def subscriber(topic: Record, subscription: Record) -> Subscriber:
    """Return a subscription as deliveries need it. Its policies were read when they were set."""
    attributes = subscription["attributes"]
    scope: Scope = (
        "MessageBody" if attributes.get("FilterPolicyScope") == "MessageBody" else "MessageAttributes"
    )
    filter_text = attributes.get("FilterPolicy")
    version: Version = "2" if topic["attributes"].get("SignatureVersion") == "2" else "1"
    return Subscriber(
        arn=subscription["arn"],
        topic=topic["arn"],
        protocol=subscription["protocol"],
        endpoint=subscription["endpoint"],
        raw=attributes.get("RawMessageDelivery") == "true",
        filter_policy=parse_filter_policy(filter_text, scope) if filter_text else None,
        policy=effective(
            of_topic(topic["attributes"].get("DeliveryPolicy")),
            of_subscription(attributes.get("DeliveryPolicy")),
        ),
        redrive=parse_redrive_policy(attributes.get("RedrivePolicy"), topic["arn"]),
        version=version,
    )
