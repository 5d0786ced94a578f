"""CloudFormation's topics and subscriptions: properties that MiniStack leaves out, and confirmation."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from localcloud.deliveries.facade import SnsError
from localcloud.engine.deliveries.attributes import check_room, check_subscription, set_topic
from localcloud.engine.deliveries.records import Records
from localcloud.engine.deliveries.subscribing import REASON, Subscribing
from localcloud.engine.ministack.provisioners import provisioners
from localcloud.engine.patching import Function, Record, replace_handlers, wrap_handler

TOPIC: Final = "AWS::SNS::Topic"
SUBSCRIPTION: Final = "AWS::SNS::Subscription"
INLINE: Final = "_cfn_inline"

Created = tuple[str, dict[str, Any]]
# Topic property -> attribute; all of them can be changed in place.
_OF_TOPICS: Final = (
    *("DeliveryPolicy", "SignatureVersion", "ContentBasedDeduplication", "KmsMasterKeyId", "TracingConfig"),
    *("MaximumMessageSize", "ArchivePolicy", "FifoThroughputScope"),
)
_OF_SUBSCRIPTIONS: Final = (
    *("DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy"),
    *("SubscriptionRoleArn", "ReplayPolicy"),
)
_IDENTITY: Final = ("TopicArn", "Protocol", "Endpoint")


class SnsFormation:
    """Carries out what CloudFormation asks for."""

    def __init__(self, records: Records, subscribing: Subscribing, account: Callable[[], str]) -> None:
        self._records, self._subscribing, self._account = records, subscribing, account

    def install(self) -> None:
        """Put the handlers in their place."""
        name = provisioners.physical_name

        @wrap_handler(TOPIC, "create")
        def _(before: Function) -> Function:
            def create(logical_id: str, props: Record, stack: str) -> Created:
                props = with_name(props, lambda: str(name(stack, logical_id, max_len=251)))
                arn, attributes = before(logical_id, without_subscriptions(props), stack)
                self._finish(arn, {}, props)
                return arn, attributes

            return create

        @wrap_handler(TOPIC, "update")
        def _(before: Function) -> Function:
            def update(
                physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None
            ) -> Created:
                made_up = physical_id.rpartition(":")[2].removesuffix(".fifo")
                old, new = (with_name(props, lambda: made_up) for props in (old, new))
                bare = without_subscriptions(old), without_subscriptions(new)
                arn, attributes = before(physical_id, *bare, stack, logical_id)
                self._finish(arn, old if arn == physical_id else {}, new)
                return arn, attributes

            return update

        replace_handlers(SUBSCRIPTION, create=self.create, update=self.update, delete=self.delete)

    def _finish(self, arn: str, old: Record, new: Record) -> None:
        """Give a topic its attributes and its subscriptions."""
        topic = self._records.topic(arn)
        attributes = {key: text_of(new[key]) for key in _OF_TOPICS if new.get(key) is not None}
        if text_of(new.get("FifoTopic", "false")) == "true":
            attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "false", **attributes}
            topic.setdefault("dedup_cache", {})
            topic.setdefault("fifo_seq", 0)
        for key in _OF_TOPICS:
            if key in old and key not in attributes:
                topic["attributes"].pop(key, None)
        try:
            set_topic(topic, attributes, REASON)
        except SnsError as error:
            raise refusal(error) from error
        pairs, dropped = endpoints(new), endpoints(old)
        for subscription in list(topic["subscriptions"]):
            pair = (subscription["protocol"], subscription["endpoint"])
            if subscription.get(INLINE) and pair in dropped and pair not in pairs:
                self._records.drop(topic, subscription)
        existing = {(item["protocol"], item["endpoint"]) for item in topic["subscriptions"]}
        for protocol, endpoint in pairs:
            if (protocol, endpoint) not in existing:
                self._subscribe(topic, protocol, endpoint, {})[INLINE] = True

    def _subscribe(self, topic: Record, protocol: str, endpoint: str, attributes: dict[str, str]) -> Record:
        try:
            return self._subscribing.subscribe(topic, protocol, endpoint, attributes, self._account())
        except SnsError as error:
            raise refusal(error) from error

    def create(self, _logical_id: str, props: Record, _stack: str) -> Created:
        """Subscribe; what must confirm is pending, and its resource complete, as on AWS."""
        try:
            topic = self._records.topic(props.get("TopicArn", ""))
        except SnsError as error:
            raise refusal(error) from error
        subscription = self._subscribe(
            topic, props.get("Protocol", ""), props.get("Endpoint", ""), subscription_attributes(props)
        )
        return subscription["arn"], {"Arn": subscription["arn"]}

    def update(
        self, physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> Created:
        """Set attributes in place; another topic, protocol or endpoint is another subscription."""
        try:
            subscription, topic = self._records.subscription(physical_id)
        except SnsError:
            return self.create(logical_id or "", new, stack)
        if any(old.get(name) != new.get(name) for name in _IDENTITY):
            created = self.create(logical_id or "", new, stack)
            self.delete(physical_id, old)
            return created
        attributes = subscription_attributes(new)
        try:
            check_subscription(attributes, topic["arn"])
            if attributes.get("FilterPolicy"):
                check_room(self._records, topic, besides=subscription)
        except SnsError as error:
            raise refusal(error) from error
        stored = subscription["attributes"]
        for name in _OF_SUBSCRIPTIONS:
            stored.pop(name, None)
        stored.update({"RawMessageDelivery": "false", **attributes})
        return physical_id, {"Arn": physical_id}

    def delete(self, physical_id: str, _props: Record) -> None:
        """Unsubscribe on the owner's behalf: the endpoint is not notified."""
        try:
            subscription, topic = self._records.subscription(physical_id)
        except SnsError:
            return
        self._records.drop(topic, subscription)


def refusal(error: SnsError) -> ValueError:
    """Return an error as CloudFormation's events show it."""
    code = f"Status Code: {error.status}, Error Code: {error.code}"
    return ValueError(f"{error.message} (Service: Sns, {code})")


def with_name(props: Record, name: Callable[[], str]) -> Record:
    """Return a topic's properties, a FIFO topic's with the name that it would be given.

    Examples
    --------
    >>> with_name({"FifoTopic": True}, lambda: "stack-Topic-1")["TopicName"]
    'stack-Topic-1.fifo'
    """
    if text_of(props.get("FifoTopic", "false")) != "true" or props.get("TopicName"):
        return props
    return {**props, "TopicName": f"{name()}.fifo"}


def without_subscriptions(props: Record) -> Record:
    """Return a topic's properties without those that MiniStack would take amiss."""
    return {key: value for key, value in props.items() if key != "Subscription"}


def endpoints(props: Record) -> list[tuple[str, str]]:
    """Return protocol and endpoint of a topic's own subscriptions, each once."""
    pairs = [(item.get("Protocol", ""), item.get("Endpoint", "")) for item in props.get("Subscription") or ()]
    return list(dict.fromkeys(pairs))


def subscription_attributes(props: Record) -> dict[str, str]:
    """Return the attributes that a subscription's properties ask for.

    Examples
    --------
    >>> subscription_attributes({"RawMessageDelivery": True, "FilterPolicy": {"a": ["b"]}, "Protocol": "sqs"})
    {'FilterPolicy': '{"a": ["b"]}', 'RawMessageDelivery': 'true'}
    """
    return {name: text_of(props[name]) for name in _OF_SUBSCRIPTIONS if props.get(name) not in (None, "", {})}


def text_of(value: Any) -> str:
    """Return a property as the API's attributes are written."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return json.dumps(value)
    text = str(value)
    return text.lower() if text in {"True", "False"} else text
