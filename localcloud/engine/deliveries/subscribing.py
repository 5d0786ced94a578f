"""How subscriptions come to be, are confirmed, and end; from the API and from templates."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final
from uuid import uuid4

from localcloud.deliveries.facade import (
    SUBSCRIPTION_CONFIRMATION,
    UNSUBSCRIBE_CONFIRMATION,
    AuthorizationError,
    InvalidParameter,
    InvalidToken,
    parse_endpoint,
)
from localcloud.engine.deliveries.attributes import (
    OF_SUBSCRIPTIONS,
    check_large,
    check_room,
    check_subscription,
)
from localcloud.engine.deliveries.records import Records, new_token
from localcloud.engine.patching import Record

PROTOCOLS: Final = frozenset(
    {"http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"}
)
# The mail that AWS would send does not exist here: such a subscription stays pending, as there.
CONFIRMED_BY_ENDPOINT: Final = frozenset({"http", "https", "email", "email-json"})
# "Confirmation tokens are valid for two days."
TOKEN_SECONDS: Final = 2 * 24 * 3600
REASON: Final = "Attributes Reason: "

Confirm = Callable[[str, Record, Record, str], None]


class Subscribing:
    """Changes subscriptions.

    Parameters
    ----------
    confirm
        Sends a request to confirm: its kind, topic, subscription and token.
    prepare
        Begins to make the key that messages are signed with.
    """

    def __init__(self, records: Records, confirm: Confirm, prepare: Callable[[], None]) -> None:
        self._records, self._confirm, self._prepare = records, confirm, prepare
        # What was unsubscribed by its endpoint may be restored with the token that it was sent.
        self._ended: dict[str, tuple[float, str, Record]] = {}

    def subscribe(
        self, topic: Record, protocol: str, endpoint: str, attributes: Mapping[str, str], owner: str
    ) -> Record:
        """Subscribe an endpoint, or return the subscription that it has.

        Raises
        ------
        SnsError
        """
        check_endpoint(topic["arn"], protocol, endpoint)
        for name in attributes:
            if name not in OF_SUBSCRIPTIONS:
                raise InvalidParameter(f"{REASON}Invalid attribute name: {name}")
        check_subscription(attributes, topic["arn"], REASON)
        existing = self._existing(topic, protocol, endpoint, attributes)
        if existing is not None:
            return existing
        check_large(topic, protocol)
        if attributes.get("FilterPolicy"):
            check_room(self._records, topic)
        subscription = self._new(topic, protocol, endpoint, attributes, owner)
        self._records.add(topic, subscription)
        if attributes.get("RawMessageDelivery") != "true":
            self._prepare()
        self.request_confirmation(topic, subscription)
        return subscription

    def _existing(
        self, topic: Record, protocol: str, endpoint: str, attributes: Mapping[str, str]
    ) -> Record | None:
        for subscription in topic["subscriptions"]:
            if (subscription["protocol"], subscription["endpoint"]) == (protocol, endpoint):
                existing: Record = subscription
                stored: Record = existing["attributes"]
                if any(stored.get(name, "") != value for name, value in attributes.items()):
                    raise InvalidParameter(f"{REASON}Subscription already exists with different attributes")
                self.request_confirmation(topic, existing)
                return existing
        return None

    @staticmethod
    def _new(
        topic: Record, protocol: str, endpoint: str, attributes: Mapping[str, str], owner: str
    ) -> Record:
        arn = f"{topic['arn']}:{uuid4()}"
        confirmed = protocol not in CONFIRMED_BY_ENDPOINT
        return {
            "arn": arn,
            "protocol": protocol,
            "endpoint": endpoint,
            "confirmed": confirmed,
            "topic_arn": topic["arn"],
            "owner": owner,
            "token": None if confirmed else new_token(),
            "token_at": time.time(),
            "attributes": {
                "SubscriptionArn": arn,
                "TopicArn": topic["arn"],
                "Protocol": protocol,
                "Endpoint": endpoint,
                "Owner": owner,
                "ConfirmationWasAuthenticated": str(confirmed).lower(),
                "PendingConfirmation": str(not confirmed).lower(),
                "RawMessageDelivery": "false",
                **attributes,
            },
        }

    def request_confirmation(self, topic: Record, subscription: Record) -> None:
        """Send a pending subscription's endpoint the request to confirm."""
        if subscription.get("confirmed") or subscription["protocol"] not in {"http", "https"}:
            return
        subscription["token"] = subscription.get("token") or new_token()
        subscription["token_at"] = time.time()
        self._confirm(SUBSCRIPTION_CONFIRMATION, topic, subscription, subscription["token"])

    def confirm(self, token: str, *, signed: bool, lock: bool) -> Record:
        """Confirm the subscription that a token belongs to, or restore one; a second time changes nothing.

        Parameters
        ----------
        signed
            Whether the request was signed.
        lock
            Whether only signed requests may unsubscribe it (``AuthenticateOnUnsubscribe``).

        Raises
        ------
        InvalidParameter, InvalidToken
        """
        if not token or set(token) - set("0123456789abcdef"):
            raise InvalidParameter("Token")
        for topic in self._records.of_region():
            for subscription in topic["subscriptions"]:
                if subscription.get("token") == token:
                    return self._confirmed(topic, subscription, signed=signed, lock=lock)
        moment, topic_arn, subscription = self._ended.get(token, (0.0, "", {}))
        if not subscription or time.time() - moment > TOKEN_SECONDS:
            raise InvalidToken
        topic = self._records.topic(topic_arn)
        del self._ended[token]
        subscription["token"] = token
        self._records.add(topic, subscription)
        return self._confirmed(topic, subscription, signed=signed, lock=lock)

    def _confirmed(self, topic: Record, subscription: Record, *, signed: bool, lock: bool) -> Record:
        if not subscription["confirmed"]:
            if time.time() - subscription.get("token_at", time.time()) > TOKEN_SECONDS:
                raise InvalidToken
            subscription["confirmed"] = True
            subscription["locked"] = signed and lock
            subscription["attributes"]["PendingConfirmation"] = "false"
            subscription["attributes"]["ConfirmationWasAuthenticated"] = str(signed).lower()
            self._records.count(topic)
        return subscription

    def unsubscribe(self, topic: Record, subscription: Record, caller: str | None) -> None:
        """End a subscription. An endpoint that did not request it is notified, and may restore it.

        Parameters
        ----------
        caller
            The account that signed the request; None for the unsigned one of an UnsubscribeURL.

        Raises
        ------
        AuthorizationError
        """
        owner = subscription["owner"]
        topic_owner = topic["arn"].split(":")[4]
        if subscription.get("locked") and caller not in {owner, topic_owner}:
            raise AuthorizationError("User is not authorized to unsubscribe this endpoint")
        self._records.drop(topic, subscription)
        if subscription["protocol"] in {"http", "https"} and subscription["confirmed"] and caller != owner:
            token = new_token()
            now = time.time()
            self._ended = {
                key: value for key, value in self._ended.items() if now - value[0] <= TOKEN_SECONDS
            }
            self._ended[token] = (now, topic["arn"], subscription)
            self._confirm(UNSUBSCRIBE_CONFIRMATION, topic, subscription, token)


def check_endpoint(topic: str, protocol: str, endpoint: str) -> None:
    """Make sure that an endpoint is one of its protocol.

    Raises
    ------
    InvalidParameter

    Examples
    --------
    >>> check_endpoint("arn:aws:sns:us-east-1:000000000000:t", "fax", "1")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    localcloud.deliveries.errors.InvalidParameter: ... does not support this protocol string: fax
    """
    if protocol not in PROTOCOLS:
        raise InvalidParameter(f"Amazon SNS does not support this protocol string: {protocol}")
    fifo = topic.endswith(".fifo")
    if protocol in {"http", "https"}:
        try:
            parsed = parse_endpoint(endpoint)
        except ValueError:
            raise InvalidParameter("Endpoint must match the specified protocol") from None
        if parsed.scheme != protocol:
            raise InvalidParameter("Endpoint must match the specified protocol")
    elif protocol in {"sqs", "lambda", "firehose"}:
        parts = endpoint.split(":")
        if len(parts) < 6 or parts[0] != "arn" or parts[2] != protocol or not all(parts[3:6]):
            name = {"sqs": "SQS", "lambda": "Lambda", "firehose": "Firehose"}[protocol]
            raise InvalidParameter(f"{name} endpoint ARN")
    if fifo and protocol != "sqs":
        raise InvalidParameter(f"Protocol Reason: FIFO topics do not deliver to {protocol} endpoints")
    if protocol == "sqs" and endpoint.endswith(".fifo") and not fifo:
        reason = "FIFO SQS Queues can not be subscribed to standard SNS topics"
        raise InvalidParameter(f"Invalid parameter: Endpoint Reason: {reason}")
