"""SNS's operations on subscriptions and topics, in the place of MiniStack's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from localcloud.deliveries.facade import InvalidParameter, SnsError
from localcloud.engine.deliveries.attributes import (
    OF_SUBSCRIPTIONS,
    attributes_of,
    check_room,
    check_subscription,
    set_topic,
)
from localcloud.engine.deliveries.batches import publish_entries
from localcloud.engine.deliveries.forms import Form, Parameters, element
from localcloud.engine.deliveries.publishing import Publishing
from localcloud.engine.deliveries.records import Records
from localcloud.engine.deliveries.subscribing import Subscribing
from localcloud.engine.ministack.facade import Patch
from localcloud.engine.ministack.sns import SNS
from localcloud.engine.patching import Record, Response

PAGE: Final = 100
# What SetTopicAttributes sets; the roles and rates of delivery status have a name for each protocol.
SETTABLE: Final = re.compile(
    "DeliveryPolicy|DisplayName|MaximumMessageSize|Policy|TracingConfig|KmsMasterKeyId|SignatureVersion"
    "|ArchivePolicy|ContentBasedDeduplication|FifoThroughputScope"
    "|(HTTP|Firehose|Lambda|Application|SQS)(SuccessFeedback(RoleArn|SampleRate)|FailureFeedbackRoleArn)"
)
PENDING: Final = "PendingConfirmation"
Operation = Callable[["Api", Form], str]
Answering = Callable[[Parameters], Response]
OPERATIONS: dict[Patch[Answering], tuple[str, Operation]] = {}


@dataclass(frozen=True)
class SnsCaller:
    """Who sends a request.

    Attributes
    ----------
    account
        The account that unsigned requests are taken for as well.
    """

    account: str
    signed: bool


def operation(function: Patch[Answering]) -> Callable[[Operation], Operation]:
    """Put the decorated method in the place of MiniStack's ``function``; its name is the operation's."""

    def register(method: Operation) -> Operation:
        name = "".join(part.capitalize() for part in method.__name__.split("_"))
        OPERATIONS[function] = (name, method)
        return method

    return register


class Api:
    """Carries operations out; each returns the inside of its result."""

    def __init__(
        self,
        sns: SNS,
        records: Records,
        subscribing: Subscribing,
        publishing: Publishing,
        caller: Callable[[], SnsCaller],
    ) -> None:
        self._sns, self._records, self._caller = sns, records, caller
        self._subscribing, self._publishing = subscribing, publishing

    def install(self) -> None:
        """Put the operations in the place of MiniStack's."""
        answer, refuse = self._sns.xml, self._sns.error

        def bound(name: str, method: Operation) -> Callable[[Parameters], Response]:
            def handle(parameters: Parameters) -> Response:
                try:
                    inside = method(self, Form(parameters))
                except SnsError as error:
                    response: Response = refuse(error.code, error.message, error.status)
                else:
                    result = f"<{name}Result>{inside}</{name}Result>" if inside else ""
                    response = answer(200, f"{name}Response", result)
                return response

            return handle

        for function, (name, method) in OPERATIONS.items():
            function.replace(bound(name, method))

    @operation(SNS.subscribe)
    def subscribe(self, form: Form) -> str:
        """Subscribe: endpoints that must confirm have no ARN yet, unless it is wanted."""
        topic = self._records.topic(form.text("TopicArn"))
        subscription = self._subscribing.subscribe(
            topic,
            form.text("Protocol"),
            form.text("Endpoint"),
            form.pairs("Attributes"),
            self._caller().account,
        )
        visible = subscription["confirmed"] or form.text("ReturnSubscriptionArn") == "true"
        return element("SubscriptionArn", subscription["arn"] if visible else "pending confirmation")

    @operation(SNS.confirm_subscription)
    def confirm_subscription(self, form: Form) -> str:
        """Confirm. AWS looks at the token alone, so long as the topic's ARN is one of this Region."""
        parts = form.text("TopicArn").split(":")
        if len(parts) != 6 or parts[2] != "sns" or parts[3] != self._sns.get_region():
            raise InvalidParameter("Topic")
        subscription = self._subscribing.confirm(
            form.text("Token"),
            signed=self._caller().signed,
            lock=form.text("AuthenticateOnUnsubscribe").lower() == "true",
        )
        return element("SubscriptionArn", subscription["arn"])

    @operation(SNS.unsubscribe)
    def unsubscribe(self, form: Form) -> str:
        """Unsubscribe; what is not there needs no more unsubscribing."""
        arn = form.get("SubscriptionArn")
        if arn is None:
            raise InvalidParameter("SubscriptionArn Reason: no value for required parameter")
        caller = self._caller()
        try:
            subscription, topic = self._records.subscription(arn)
        except InvalidParameter:
            raise
        except SnsError:
            return ""
        self._subscribing.unsubscribe(topic, subscription, caller.account if caller.signed else None)
        return ""

    @operation(SNS.get_subscription_attributes)
    def get_subscription_attributes(self, form: Form) -> str:
        """Show a subscription."""
        subscription, topic = self._records.subscription(form.text("SubscriptionArn"))
        entries = (
            f"<entry>{element('key', name)}{element('value', value)}</entry>"
            for name, value in attributes_of(topic, subscription).items()
        )
        return f"<Attributes>{''.join(entries)}</Attributes>"

    @operation(SNS.set_subscription_attributes)
    def set_subscription_attributes(self, form: Form) -> str:
        """Set one attribute; an empty policy takes it away."""
        subscription, topic = self._records.subscription(form.text("SubscriptionArn"))
        name, value = form.text("AttributeName"), form.text("AttributeValue")
        if name not in OF_SUBSCRIPTIONS:
            raise InvalidParameter("AttributeName")
        stored = subscription["attributes"]
        whole = {key: stored[key] for key in OF_SUBSCRIPTIONS & stored.keys()} | {name: value}
        check_subscription(whole, topic["arn"])
        if name == "FilterPolicy" and value:
            check_room(self._records, topic, besides=subscription)
        stored[name] = value
        return ""

    @operation(SNS.set_topic_attributes)
    def set_topic_attributes(self, form: Form) -> str:
        """Set one attribute of a topic."""
        topic = self._records.topic(form.text("TopicArn"))
        name = form.text("AttributeName")
        if not SETTABLE.fullmatch(name):
            raise InvalidParameter("AttributeName")
        set_topic(topic, {name: form.text("AttributeValue")})
        return ""

    @operation(SNS.list_subscriptions)
    def list_subscriptions(self, form: Form) -> str:
        """List all subscriptions, a hundred at a time."""
        listed = (item for topic in self._records.of_region() for item in topic["subscriptions"])
        return _listed(list(listed), form.text("NextToken"))

    @operation(SNS.list_subscriptions_by_topic)
    def list_subscriptions_by_topic(self, form: Form) -> str:
        """List a topic's subscriptions, a hundred at a time."""
        topic = self._records.topic(form.text("TopicArn"))
        return _listed(topic["subscriptions"], form.text("NextToken"))

    @operation(SNS.publish_batch)
    def publish_batch(self, form: Form) -> str:
        """Publish up to ten messages; each succeeds or fails on its own."""
        return publish_entries(self._records.topic(form.text("TopicArn")), form, self._publishing)


def _listed(subscriptions: list[Record], token: str) -> str:
    start = int(token) if token.isdecimal() else 0
    following = element("NextToken", str(start + PAGE)) if start + PAGE < len(subscriptions) else ""
    members = "".join(_members(subscriptions[start : start + PAGE]))
    return f"<Subscriptions>{members}</Subscriptions>{following}"


def _members(subscriptions: list[Record]) -> Iterator[str]:
    for subscription in subscriptions:
        arn = subscription["arn"] if subscription["confirmed"] else PENDING
        yield (
            f"<member>{element('SubscriptionArn', arn)}{element('Owner', subscription['owner'])}"
            f"{element('TopicArn', subscription['topic_arn'])}"
            f"{element('Protocol', subscription['protocol'])}"
            f"{element('Endpoint', subscription['endpoint'])}</member>"
        )
