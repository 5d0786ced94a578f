"""SNS's messages: what is published, and the documents that subscribers are sent.

Fields and their order follow "Parsing Amazon SNS message formats" and "Using AWS Lambda with Amazon SNS".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

Document = dict[str, Any]

NOTIFICATION: Final = "Notification"
SUBSCRIPTION_CONFIRMATION: Final = "SubscriptionConfirmation"
UNSUBSCRIBE_CONFIRMATION: Final = "UnsubscribeConfirmation"


@dataclass(frozen=True)
class Attribute:
    """A message attribute.

    Attributes
    ----------
    data_type
        ``String``, ``String.Array``, ``Number`` or ``Binary``, perhaps with a label of the publisher's.
    value
        The text; base64 of a binary value.
    """

    data_type: str
    value: str


@dataclass(frozen=True)
class Message:
    """A message as one protocol's subscribers get it.

    Attributes
    ----------
    id
        The publication's id, the same for all subscribers.
    topic
        The topic's ARN.
    body
        The text, of this protocol where the publisher gave one for each (``MessageStructure: json``).
    timestamp
        When it was published, as in ``2026-01-31T12:00:00.000Z``.
    sequence, group, deduplication
        Of messages of FIFO topics; a group may also come with messages of standard topics (fair queues).
    """

    id: str
    topic: str
    body: str
    timestamp: str
    subject: str | None = None
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    sequence: str | None = None
    group: str | None = None
    deduplication: str | None = None

    @property
    def fifo(self) -> bool:
        """Whether the topic is a FIFO topic, whose notifications carry no signature."""
        return self.topic.endswith(".fifo")


@dataclass(frozen=True)
class Confirmation:
    """A message that asks an endpoint to confirm its subscription, or the end of it.

    Attributes
    ----------
    kind
        ``SubscriptionConfirmation`` or ``UnsubscribeConfirmation``.
    subscribe_url
        Where a GET confirms.
    """

    kind: str
    id: str
    topic: str
    subscription: str
    token: str
    subscribe_url: str
    timestamp: str

    @property
    def text(self) -> str:
        """The sentences for people."""
        if self.kind == SUBSCRIPTION_CONFIRMATION:
            return (
                f"You have chosen to subscribe to the topic {self.topic}.\n"
                "To confirm the subscription, visit the SubscribeURL included in this message."
            )
        return (
            f"You have chosen to deactivate subscription {self.subscription}.\n"
            "To cancel this operation and restore the subscription, "
            "visit the SubscribeURL included in this message."
        )

    def document(self) -> Document:
        """Return the document, without a signature."""
        return {
            "Type": self.kind,
            "MessageId": self.id,
            "Token": self.token,
            "TopicArn": self.topic,
            "Message": self.text,
            "SubscribeURL": self.subscribe_url,
            "Timestamp": self.timestamp,
        }


def notification(message: Message) -> Document:
    """Return a message's envelope, without signature and address to unsubscribe.

    Examples
    --------
    >>> notification(Message("m", "arn:aws:sns:us-east-1:1:t", "hi", "2026-01-31T12:00:00.000Z"))["Message"]
    'hi'
    """
    document: Document = {"Type": NOTIFICATION, "MessageId": message.id}
    if message.sequence is not None:
        document["SequenceNumber"] = message.sequence
    document["TopicArn"] = message.topic
    if message.subject is not None:
        document["Subject"] = message.subject
    return document | {"Message": message.body, "Timestamp": message.timestamp}


def attributes_document(attributes: Mapping[str, Attribute]) -> Document:
    """Return message attributes as envelopes carry them."""
    return {name: {"Type": item.data_type, "Value": item.value} for name, item in attributes.items()}


def lambda_event(envelope: Document, subscription: str) -> Document:
    """Return a notification as Lambda gets it: other spellings, and no field left out.

    Parameters
    ----------
    envelope
        The signed notification.
    """
    record = dict(envelope)
    notice: Document = {
        "SignatureVersion": record.get("SignatureVersion"),
        "Timestamp": record["Timestamp"],
        "Signature": record.get("Signature"),
        "SigningCertUrl": record.get("SigningCertURL"),
        "MessageId": record["MessageId"],
        "Message": record["Message"],
        "MessageAttributes": record.get("MessageAttributes", {}),
        "Type": record["Type"],
        "UnsubscribeUrl": record.get("UnsubscribeURL"),
        "TopicArn": record["TopicArn"],
        "Subject": record.get("Subject"),
    }
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscription,
                "Sns": notice,
            }
        ]
    }


def archived(document: Document) -> str:
    """Return an envelope as delivery streams get it: one line, and no signature.

    Examples
    --------
    >>> archived({"Type": "Notification", "Message": "hi", "Signature": "..."}).rstrip()
    '{"Type":"Notification","Message":"hi"}'
    """
    unsigned = {name: value for name, value in document.items() if not name.startswith("Sign")}
    return json.dumps(unsigned, separators=(",", ":"), ensure_ascii=False) + "\n"


def written(document: Document) -> str:
    """Return a document as SNS writes it: indented, in UTF-8.

    Examples
    --------
    >>> print(written({"Type": "Notification", "Message": "ß"}))
    {
      "Type" : "Notification",
      "Message" : "ß"
    }
    """
    return json.dumps(document, indent=2, separators=(",", " : "), ensure_ascii=False)


def timestamp(seconds: float) -> str:
    """Return a moment, in seconds since 1970, as SNS writes it.

    Examples
    --------
    >>> timestamp(0.25)
    '1970-01-01T00:00:00.250Z'
    """
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
