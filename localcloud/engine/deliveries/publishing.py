"""Publications: what SNS checks, FIFO topics' order and deduplication, and the way to subscribers."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from uuid import uuid4

from localcloud.deliveries.facade import Attribute, InvalidParameter, Message, SnsError, timestamp
from localcloud.engine.deliveries.attributes import maximum_size
from localcloud.engine.patching import Record

# "Messages with the same deduplication ID are delivered once within 5 minutes."
DEDUPLICATION_SECONDS: Final = 300
MOST_SUBJECT: Final = 100
_NAME: Final = re.compile(r"(?!\.)(?!.*\.$)(?!.*\.\.)[\w.-]{1,256}", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_TYPES: Final = ("String", "Number", "Binary")


class InvalidAttribute(SnsError):
    """A message attribute that SNS does not take; its message begins with no "Invalid parameter"."""

    code, status = "ParameterValueInvalid", 400


@dataclass(frozen=True)
class Publication:
    """What a publisher hands over.

    Attributes
    ----------
    structure
        ``json`` when the text holds one text for each protocol.
    """

    body: str
    subject: str | None = None
    structure: str | None = None
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    group: str | None = None
    deduplication: str | None = None

    @property
    def size(self) -> int:
        """Bytes that count against the topic's limit: text and attributes, with names and types."""
        parts = [(name, item.data_type, item.value) for name, item in self.attributes.items()]
        return len(self.body.encode()) + sum(len(text.encode()) for part in parts for text in part)

    def text_for(self, protocol: str) -> str:
        """Return the text that subscribers of a protocol get."""
        if self.structure != "json":
            return self.body
        texts = json.loads(self.body)
        return str(texts.get(protocol, texts["default"]))


@dataclass(frozen=True)
class PublishReceipt:
    """What a publisher gets back.

    Attributes
    ----------
    duplicate
        Whether the message had been published before, and so is not delivered.
    """

    message: str
    sequence: str | None = None
    duplicate: bool = False


class Publishing:
    """Takes publications and hands messages to subscribers.

    Parameters
    ----------
    send
        Sends one topic's message: the topic, and the message for each protocol.
    measure
        Takes a topic's ARN and the size of a message that was published.
    """

    def __init__(
        self, send: Callable[[Record, Callable[[str], Message]], None], measure: Callable[[str, int], None]
    ) -> None:
        self._send = send
        self._measure = measure
        # Rules, alarms and functions publish on threads of their own.
        self._lock = threading.Lock()

    def publish(self, topic: Record, publication: Publication) -> PublishReceipt:
        """Publish a message.

        Raises
        ------
        SnsError
        """
        check(topic, publication)
        fifo = topic["arn"].endswith(".fifo")
        receipt = self._sequenced(topic, publication) if fifo else PublishReceipt(str(uuid4()))
        if not receipt.duplicate:
            self._measure(topic["arn"], publication.size)
            self.send(topic, publication, receipt)
        return receipt

    def send(self, topic: Record, publication: Publication, receipt: PublishReceipt) -> None:
        """Hand a message to the topic's subscribers."""
        moment = timestamp(time.time())

        def message_for(protocol: str) -> Message:
            return Message(
                receipt.message,
                topic["arn"],
                publication.text_for(protocol),
                moment,
                subject=publication.subject,
                attributes=publication.attributes,
                sequence=receipt.sequence,
                group=publication.group,
                deduplication=publication.deduplication,
            )

        self._send(topic, message_for)

    def _sequenced(self, topic: Record, publication: Publication) -> PublishReceipt:
        key = publication.deduplication or sha256(publication.body.encode()).hexdigest()
        now = time.time()
        with self._lock:
            cache: dict[str, Any] = topic.setdefault("dedup_cache", {})
            for stale in [name for name, entry in cache.items() if entry["expire"] <= now]:
                del cache[stale]
            if key in cache:
                return PublishReceipt(cache[key]["message_id"], cache[key]["sequence_number"], duplicate=True)
            topic["fifo_seq"] = topic.get("fifo_seq", 0) + 1
            # AWS's sequence numbers have twenty digits and do not begin with zeros.
            receipt = PublishReceipt(str(uuid4()), str(10**19 + topic["fifo_seq"]))
            cache[key] = {
                "expire": now + DEDUPLICATION_SECONDS,
                "message_id": receipt.message,
                "sequence_number": receipt.sequence,
            }
            return receipt


def check(topic: Record, publication: Publication) -> None:
    """Refuse what SNS refuses.

    Raises
    ------
    SnsError
    """
    if not publication.body:
        raise InvalidParameter("Empty message")
    subject = publication.subject
    if subject is not None and not (0 < len(subject) <= MOST_SUBJECT and subject.isprintable()):
        raise InvalidParameter("Subject")
    for name, attribute in publication.attributes.items():
        _check_attribute(name, attribute)
    if publication.size > maximum_size(topic):
        raise InvalidParameter("Message too long")
    if publication.structure == "json":
        _check_texts(publication.body)
    elif publication.structure:
        raise InvalidParameter("MessageStructure")
    if not topic["arn"].endswith(".fifo"):
        if publication.deduplication:
            problem = "includes MessageDeduplicationId parameter that is not valid for this topic type"
            raise InvalidParameter(f"MessageDeduplicationId Reason: The request {problem}")
        return
    if not publication.group:
        raise InvalidParameter("The MessageGroupId parameter is required for FIFO topics")
    if not publication.deduplication and topic["attributes"].get("ContentBasedDeduplication") != "true":
        raise InvalidParameter(
            "The topic should either have ContentBasedDeduplication enabled or "
            "MessageDeduplicationId provided explicitly"
        )


def _check_texts(body: str) -> None:
    try:
        texts = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidParameter("Message Structure - JSON message body failed to parse") from None
    if not isinstance(texts, dict) or "default" not in texts:
        raise InvalidParameter("Message Structure - No default entry in JSON message body")


def _check_attribute(name: str, attribute: Attribute) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidAttribute(f"Invalid message attribute name: {name}")
    prefix = attribute.data_type.partition(".")[0]
    if prefix not in _TYPES:
        types = "the set of supported type prefixes is Binary, Number, and String."
        raise InvalidAttribute(
            f"The message attribute '{name}' has an invalid message attribute type, {types}"
        )
    if not attribute.value:
        kind = "must contain non-empty message attribute value for message attribute type"
        raise InvalidAttribute(f"The message attribute '{name}' {kind} '{attribute.data_type}'.")
    if prefix == "Number" and not _NUMBER.fullmatch(attribute.value):
        raise InvalidAttribute(f"Could not cast message attribute '{name}' value to number.")
