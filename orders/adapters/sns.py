"""SNS by signed POSTs of its Query protocol: what fan-out and registration need, without boto3.

Source of the protocol: https://docs.aws.amazon.com/sns/latest/api/API_Operations.html (form in, XML out).
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

from orders.adapters.endpoints import service_endpoint
from orders.adapters.http import HttpPool
from orders.adapters.signing import Role, Signer
from orders.errors import PublishError, PublishFailed, TryAgain, WebhookQuotaExceeded
from orders.webhooks.model import POLICIES_PER_TOPIC, Delivery, Webhook
from orders.webhooks.ports import Subscription

SECONDS = 2.5
"""For one request of registration."""

_VERSION = "2010-03-31"
_SPACE = "{http://sns.amazonaws.com/doc/2010-03-31/}"
_FULL = frozenset({"FilterPolicyLimitExceeded", "SubscriptionLimitExceeded"})
_GONE = frozenset({"NotFound"})

RETRIES = {
    # Some five minutes: what comes later a client has read from the history. docs/webhooks.md says so.
    "healthyRetryPolicy": {
        "numRetries": 12,
        "numNoDelayRetries": 1,
        "numMinDelayRetries": 2,
        "minDelayTarget": 2,
        "maxDelayTarget": 60,
        "numMaxDelayRetries": 3,
        "backoffFunction": "exponential",
    }
}


class SnsRefused(Exception):
    """SNS answered with an error; ``code`` is its name."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class SnsPosts:
    """Signed POSTs to a region's SNS, each sent once, over connections that are kept.

    Parameters
    ----------
    region : str
        Where the topics are; ``AWS_ENDPOINT_URL`` leads elsewhere.
    role : Role, optional
        Who signs.
    """

    def __init__(self, region: str, role: Role | None = None, *, endpoint: str | None = None) -> None:
        self._pool = HttpPool(endpoint or service_endpoint("sns", region), largest=1024 * 1024)
        self._url = f"{self._pool.origin}{self._pool.path}"
        self._signer = Signer("sns", region, role)

    def prepare(self) -> None:
        """Find the role's credentials."""
        self._signer.prepare()

    def call(self, action: str, fields: Mapping[str, str], *, deadline: float) -> ElementTree.Element:
        """Return the answer to an action before ``deadline``, a reading of ``time.monotonic()``.

        Raises
        ------
        SnsRefused, PublishFailed, PublishLate
        """
        body = urlencode({"Action": action, "Version": _VERSION, **fields}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        answer = self._pool.post(body, self._signer.sign(self._url, body, headers), deadline=deadline)
        try:
            document = ElementTree.fromstring(answer.body)  # noqa: S314 - AWS's own words
        except ElementTree.ParseError:
            raise PublishFailed(f"SNS answered {answer.status} without XML") from None
        if answer.status != 200:
            code = _text(document, "Error/Code") or str(answer.status)
            raise SnsRefused(code, _text(document, "Error/Message")[:200])
        return document

    def close(self) -> None:
        """Close the connections that are kept."""
        self._pool.close()


def publish(
    posts: SnsPosts, topic: str, message: str, attributes: Mapping[str, str], *, deadline: float
) -> None:
    """Publish a message with attributes, which filter policies go by.

    Raises
    ------
    PublishFailed, PublishLate
    """
    fields = {"TopicArn": topic, "Message": message}
    for number, (name, value) in enumerate(attributes.items(), 1):
        entry = f"MessageAttributes.entry.{number}"
        fields |= {
            f"{entry}.Name": name,
            f"{entry}.Value.DataType": "String",
            f"{entry}.Value.StringValue": value,
        }
    try:
        posts.call("Publish", fields, deadline=deadline)
    except SnsRefused as error:
        raise PublishFailed(f"SNS answered {error}") from error


class SnsTopics:
    """Keeps ``orders.webhooks.ports.Topics``.

    Parameters
    ----------
    posts : SnsPosts
        Sends.
    dead_letters : str
        The ARN of the queue for what could not be delivered.
    """

    def __init__(self, posts: SnsPosts, dead_letters: str) -> None:
        self._posts = posts
        self._dead_letters = dead_letters

    def subscribe(self, webhook: Webhook) -> None:
        """Subscribe an endpoint; SNS asks it for its confirmation."""
        policy: dict[str, list[str]] = {"customerId": [webhook.customer_id]}
        if webhook.statuses:
            policy["status"] = [status.value for status in webhook.statuses]
        attributes = {
            "FilterPolicy": _compact(policy),
            "RawMessageDelivery": "true" if webhook.delivery is Delivery.RAW else "false",
            "RedrivePolicy": _compact({"deadLetterTargetArn": self._dead_letters}),
            "DeliveryPolicy": _compact(RETRIES),
        }
        fields = {
            "TopicArn": webhook.topic,
            "Protocol": urlsplit(webhook.url).scheme,
            "Endpoint": webhook.target,
            "ReturnSubscriptionArn": "true",
        }
        for number, (key, value) in enumerate(attributes.items(), 1):
            fields |= {f"Attributes.entry.{number}.key": key, f"Attributes.entry.{number}.value": value}
        try:
            self._call("Subscribe", fields)
        except SnsRefused as error:
            if error.code in _FULL:
                raise WebhookQuotaExceeded("TOPIC", POLICIES_PER_TOPIC) from error
            raise

    def subscription(self, webhook: Webhook) -> Subscription | None:
        """Find the endpoint's subscription among the topic's, at most 200 and so on two pages."""
        fields = {"TopicArn": webhook.topic}
        while True:
            answer = self._call("ListSubscriptionsByTopic", fields)
            for member in answer.iter(f"{_SPACE}member"):
                if _text(member, "Endpoint") == webhook.target:
                    return self._state_of(_text(member, "SubscriptionArn"))
            after = _text(answer, "ListSubscriptionsByTopicResult/NextToken")
            if not after:
                return None
            fields["NextToken"] = after

    def unsubscribe(self, arn: str) -> None:
        """End a subscription. One that is not confirmed cannot be ended: SNS drops it after two days."""
        if not arn.startswith("arn:"):
            return
        try:
            self._call("Unsubscribe", {"SubscriptionArn": arn})
        except SnsRefused as error:
            if error.code not in _GONE:
                raise

    def _state_of(self, arn: str) -> Subscription | None:
        if not arn.startswith("arn:"):  # PendingConfirmation, or Deleted
            return None if arn == "Deleted" else Subscription(arn, confirmed=False)
        try:
            answer = self._call("GetSubscriptionAttributes", {"SubscriptionArn": arn})
        except SnsRefused as error:
            if error.code in _GONE:
                return None
            raise
        attributes = {_text(entry, "key"): _text(entry, "value") for entry in answer.iter(f"{_SPACE}entry")}
        return Subscription(arn, confirmed=attributes.get("PendingConfirmation") == "false")

    def _call(self, action: str, fields: Mapping[str, str]) -> ElementTree.Element:
        try:
            return self._posts.call(action, fields, deadline=time.monotonic() + SECONDS)
        except PublishError as error:
            raise TryAgain(f"SNS {action}: {error}") from error
        except SnsRefused as error:
            if error.code in {"Throttled", "Throttling", "InternalError", "ServiceUnavailable"}:
                raise TryAgain(f"SNS {action}: {error}") from error
            raise


def _text(element: ElementTree.Element, path: str) -> str:
    below = element.find("/".join(f"{_SPACE}{name}" for name in path.split("/")))
    return "" if below is None or below.text is None else below.text


def _compact(document: object) -> str:
    return json.dumps(document, separators=(",", ":"))
