"""What to do with one request to a webhook: verify it, answer it, hand on its change."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from clients.model import Change
from clients.webhooks.certificates import HOST, Certificates
from clients.webhooks.envelope import Challenge, Envelope, Secret, open_envelope, parse
from clients.webhooks.errors import Expired, Malformed, WrongTopic
from clients.webhooks.replays import Replays
from clients.webhooks.sns import CONFIRMATION, NOTIFICATION, SnsMessage, SnsVerifier

MAX_AGE = 900.0
"""Seconds: SNS tries for some five minutes, and clocks differ."""

AHEAD = 120.0
"""Seconds that a message may come from the future."""

LARGEST = 262_144
"""Bytes of a body: SNS's own limit of a message."""

VISIBLE = re.compile(r"[!-~]+")

MOST = 10_000
"""Messages whose ids are remembered."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer, always with status 200; ``change`` is the request's, when it had one.

    Attributes
    ----------
    kind
        ``change``, ``challenge``, ``confirmation`` or ``unsubscribed``.
    message_id
        For ``Receiver.forget``.
    """

    kind: str
    body: bytes = b""
    change: Change | None = None
    message_id: str = ""


def visit(url: str) -> None:
    """Fetch ``url``, which confirms a subscription. Raises ``OSError``."""
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - checked by the receiver
        answer.read(LARGEST)


class Receiver:
    """Receives for one webhook. Threads may share it.

    Parameters
    ----------
    secret
        The webhook's, as its registration showed it.
    topics
        The ARNs of SNS topics that may deliver here. Without, the topic of Orderwire's own challenge is
        taken, which is signed with the secret; after a restart it has to be given (``Webhook.topicArn``).
    sns
        Verifies SNS's signature; by the system's trusted roots without.
    sns_address
        Where subscriptions are confirmed instead of at AWS's own host, such as a local cloud's address.
    max_age
        Seconds after which a message is refused.
    confirm
        Visits the address that confirms a subscription; raises ``OSError``.
    now
        The time, aware.

    Examples
    --------
    >>> receiver = Receiver("whsec_bXlzZWNyZXQ=")
    >>> receiver.receive({}, b"{}")
    Traceback (most recent call last):
    ...
    clients.webhooks.errors.Malformed: The message is none of Orderwire's.
    """

    def __init__(
        self,
        secret: str,
        *,
        topics: Collection[str] = (),
        sns: SnsVerifier | None = None,
        sns_address: str | None = None,
        max_age: float = MAX_AGE,
        most: int = MOST,
        confirm: Callable[[str], None] = visit,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._secret = Secret(secret)
        self._fixed = bool(topics)
        self._topics = set(topics)
        self._sns = sns or SnsVerifier(Certificates())
        self._address = sns_address
        self._max_age = max_age
        self._confirm = confirm
        self._now = now
        self._replays = Replays(max_age + AHEAD, most)

    @property
    def topics(self) -> frozenset[str]:
        """The topics that may deliver here."""
        return frozenset(self._topics)

    def receive(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """Return the answer to a request.

        Parameters
        ----------
        headers
            In any case. None of them is signed, so none is believed; one that contradicts is refused.

        Raises
        ------
        WebhookRefused
            As the package's tree says. ``Replayed`` deserves an answer of success without effect: SNS
            repeats what it got no answer to.
        OSError
            The subscription could not be confirmed; SNS will ask again.
        """
        if len(body) > LARGEST:
            raise Malformed("The message is larger than SNS's are.")
        document = parse(body)
        if "Type" in document or "SigningCertURL" in document:
            return self._wrapped(self._sns.verify(document))
        return self._opened(open_envelope(_text(body), self._secret), _header(headers, "x-amz-sns-topic-arn"))

    def forget(self, message_id: str) -> None:
        """Let a message come again, that could not be dealt with."""
        self._replays.forget(message_id)

    def _wrapped(self, message: SnsMessage) -> Reply:
        self._expect(message.topic)
        self._check_time(message.at)
        if message.kind == NOTIFICATION:
            return self._opened(open_envelope(message.message, self._secret), message.topic)
        self._replays.add(message.message_id, self._now().timestamp())
        if message.kind != CONFIRMATION:
            return Reply("unsubscribed", message_id=message.message_id)
        try:
            self._confirm(self._checked(message.subscribe_url))
        except BaseException:
            self._replays.forget(message.message_id)
            raise
        return Reply("confirmation", message_id=message.message_id)

    def _opened(self, envelope: Envelope, topic: str | None) -> Reply:
        if topic is not None:
            self._expect(topic)
        self._check_time(envelope.at)
        match envelope.content:
            case Challenge() as challenge:
                if self._fixed:
                    self._expect(challenge.topic)
                self._replays.add(envelope.message_id, self._now().timestamp())
                self._topics.add(challenge.topic)
                answer = {"answer": self._secret.answer(challenge.challenge)}
                return Reply("challenge", json.dumps(answer).encode(), message_id=envelope.message_id)
            case Change() as change:
                self._replays.add(envelope.message_id, self._now().timestamp())
                return Reply("change", change=change, message_id=envelope.message_id)

    def _expect(self, topic: str) -> None:
        if topic not in self._topics:
            raise WrongTopic("The message is of a topic that was not agreed to.")

    def _check_time(self, at: datetime) -> None:
        age = (self._now() - at).total_seconds()
        if age > self._max_age:
            raise Expired(f"The message is {age:.0f} s old; {self._max_age:.0f} s are taken.")
        if age < -AHEAD:
            raise Expired("The message is from the future: one of the clocks is wrong.")

    def _checked(self, url: str | None) -> str:
        """Return the address that confirms, if it is one of SNS's: no other is visited."""
        try:
            parts = urlsplit(url or "")
        except ValueError:
            raise Malformed("The message's SubscribeURL is none.") from None
        base = urlsplit(self._address or "")
        aws = parts.scheme == "https" and HOST.fullmatch(parts.netloc)
        local = self._address is not None and (parts.scheme, parts.netloc) == (base.scheme, base.netloc)
        # A parser leaves out line feeds and the like; an HTTP client may not.
        if url is None or not VISIBLE.fullmatch(url) or not (aws or local):
            raise Malformed("The subscription would be confirmed at an address that is not SNS's.")
        return url


def _header(headers: Mapping[str, str], name: str) -> str | None:
    return next((value for key, value in headers.items() if key.lower() == name), None)


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Malformed("The message is not UTF-8.") from None
