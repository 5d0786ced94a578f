"""What a receiver takes, what it answers, and each way of being refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients import OrderwireError, Status
from clients.errors import BadSettings
from clients.webhooks import (
    BadSignature,
    Certificates,
    Expired,
    Malformed,
    Receiver,
    Replayed,
    SnsVerifier,
    UntrustedCertificate,
    WebhookRefused,
    WrongTopic,
)
from clients.webhooks.envelope import Secret
from clients.webhooks.receiver import AHEAD, LARGEST, MAX_AGE
from clients.webhooks.replays import Replays
from tests.clients.webhooks.pki import ADDRESS, NOW, TOPIC, Sns, Web, issue, root

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()
CHANGE: dict[str, object] = {
    "orderId": "3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b",
    "customerId": "ada",
    "version": 2,
    "status": "VALIDATED",
    "at": "2026-11-30T11:59:59.000Z",
    "reason": None,
}


def message(
    payload: object = None, *, secret: str = SECRET, at: datetime = NOW, identity: str = "3f2b:2"
) -> str:
    seconds = int(at.timestamp())
    text = json.dumps({"type": "change", "change": CHANGE} if payload is None else payload)
    signature = Secret(secret).sign(f"{identity}.{seconds}.{text}")
    return json.dumps(
        {"id": identity, "time": seconds, "payload": text, "signatures": {"x": "v1,AAAA", "w": signature}}
    )


def challenge(topic: str = TOPIC) -> dict[str, str]:
    return {"type": "challenge", "challenge": "abc", "webhookId": "w", "topicArn": topic, "delivery": "RAW"}


class World:
    """A receiver, an SNS, and the time."""

    def __init__(self, folder: Path, version: str = "2") -> None:
        trusted = root()
        leaf = issue("sns", 1, trusted, names=("sns.amazonaws.com",))
        (folder / "roots.pem").write_bytes(trusted.pem)
        self.web = Web({ADDRESS: leaf.pem})
        self.sns = Sns(leaf.key, version)
        self.now = NOW
        self.visited: list[str] = []
        self.down = False
        certificates = Certificates(folder / "roots.pem", fetch=self.web.fetch, now=lambda: self.now)
        self.receiver = self.open(SnsVerifier(certificates))

    def open(self, verifier: SnsVerifier, **options: Any) -> Receiver:
        options.setdefault("topics", [TOPIC])
        self.verifier = verifier
        return Receiver(SECRET, sns=verifier, confirm=self.visit, now=lambda: self.now, **options)

    def visit(self, url: str) -> None:
        if self.down:
            raise OSError("no answer")
        self.visited.append(url)

    def refused(self, body: bytes | str, kind: type[WebhookRefused], headers: Mapping[str, str] = {}) -> None:
        with pytest.raises(WebhookRefused) as error:
            self.receiver.receive(headers, body if isinstance(body, bytes) else body.encode())
        assert type(error.value) is kind, error.value


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.mark.parametrize("version", ["1", "2"])
def test_wrapped_change_is_accepted_by_either_signature(tmp_path: Path, version: str) -> None:
    world = World(tmp_path, version)
    reply = world.receiver.receive({}, world.sns.notification(message(), Subject="s"))
    assert reply.change is not None
    assert (reply.kind, reply.change.version, reply.change.status) == ("change", 2, Status.VALIDATED)


def test_raw_change_is_accepted_by_the_signature_of_the_shop(world: World) -> None:
    reply = world.receiver.receive({"X-Amz-Sns-Topic-Arn": TOPIC}, message().encode())
    assert reply.change is not None
    assert reply.change.customer_id == "ada"
    assert world.web.fetched == []


def altered(body: bytes, name: str, value: object) -> bytes:
    return json.dumps({**json.loads(body), name: value}).encode()


@pytest.mark.parametrize(
    "name", ["Message", "MessageId", "Timestamp", "TopicArn", "Subject", "SignatureVersion"]
)
def test_altered_sns_message_is_refused(world: World, name: str) -> None:
    body = world.sns.notification(message(), Subject="s")
    value = {
        "Timestamp": "2026-11-30T12:00:01.000Z",
        "Message": message({"type": "change", "change": {**CHANGE, "status": "DELIVERED"}}),
        "SignatureVersion": "1",
    }.get(name, "other")
    world.refused(altered(body, name, value), BadSignature)


def test_message_with_a_foreign_signature_is_refused(world: World) -> None:
    world.refused(Sns(issue("sns", 4).key).notification(message()), BadSignature)
    world.refused(world.sns.notification(message(secret=OTHER)), BadSignature)
    world.refused(message(secret=OTHER), BadSignature)


def test_altered_raw_message_is_refused(world: World) -> None:
    document = json.loads(message())
    for name, value in (
        ("id", "3f2b:3"),
        ("time", document["time"] + 1),
        ("payload", document["payload"].replace("VALIDATED", "DELIVERED")),
        ("signatures", {}),
        ("signatures", {"w": None}),
        ("signatures", {"w": "v1,é"}),
    ):
        world.refused(json.dumps({**document, name: value}), BadSignature)


def test_unsigned_message_is_refused(world: World) -> None:
    body = world.sns.notification(message())
    world.refused(altered(body, "Signature", "FAKE"), BadSignature)
    world.refused(altered(body, "Signature", "not base64!"), BadSignature)
    world.refused(altered(body, "SignatureVersion", "3"), BadSignature)
    for name in ("Signature", "SigningCertURL", "SignatureVersion", "MessageId", "Timestamp"):
        document = json.loads(body)
        del document[name]
        world.refused(json.dumps(document), Malformed)


def test_certificate_at_another_host_is_not_fetched(world: World) -> None:
    body = world.sns.notification(message())
    elsewhere = ADDRESS.replace("amazonaws.com", "amazonaws.com.evil.example")
    world.refused(altered(body, "SigningCertURL", elsewhere), UntrustedCertificate)
    assert world.web.fetched == []


def test_genuine_message_of_another_topic_is_refused(world: World) -> None:
    other = TOPIC.replace("Topic1", "Topic2")
    world.refused(world.sns.notification(message(), TopicArn=other), WrongTopic)
    world.refused(world.sns.confirmation(TopicArn=other), WrongTopic)
    world.refused(message(), WrongTopic, {"x-amz-sns-topic-arn": other})
    world.refused(message(challenge(other), identity="challenge:abc"), WrongTopic)
    assert world.visited == []


@pytest.mark.parametrize("ahead", [-MAX_AGE - 1, AHEAD + 1])
def test_old_and_future_messages_are_refused(world: World, ahead: float) -> None:
    at = NOW + timedelta(seconds=ahead)
    stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    world.refused(world.sns.notification(message(), Timestamp=stamp), Expired)
    world.refused(world.sns.notification(message(at=at)), Expired)
    world.refused(world.sns.confirmation(Timestamp=stamp), Expired)
    world.refused(message(at=at), Expired)
    assert world.visited == []


def test_message_is_accepted_once_wrapped_or_raw(world: World) -> None:
    world.receiver.receive({}, world.sns.notification(message()))
    world.refused(world.sns.notification(message()), Replayed)
    world.refused(message(), Replayed)
    world.receiver.receive({}, message(identity="3f2b:3").encode())


def test_unprocessed_message_may_come_again(world: World) -> None:
    reply = world.receiver.receive({}, message().encode())
    world.receiver.forget(reply.message_id)
    world.receiver.receive({}, message().encode())


def test_replay_is_refused_as_long_as_the_message_is_valid(world: World) -> None:
    body = message(at=NOW + timedelta(seconds=AHEAD))
    world.receiver.receive({}, body.encode())
    for seconds in range(0, int(MAX_AGE + AHEAD), 60):
        world.now = NOW + timedelta(seconds=seconds)
        world.refused(body, Replayed)
    world.now = NOW + timedelta(seconds=MAX_AGE + AHEAD + 1)
    world.refused(body, Expired)


def test_subscription_is_confirmed_once_at_the_address_of_sns(world: World) -> None:
    body = world.sns.confirmation()
    assert world.receiver.receive({}, body).kind == "confirmation"
    assert world.visited == [json.loads(body)["SubscribeURL"]]
    world.refused(body, Replayed)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/?Action=ConfirmSubscription",
        "http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
        "https://sns.eu-west-1.amazonaws.com@evil.example/",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "https://[",
        "https://sns.eu-west-1.amazonaws.com/\n?x",
    ],
)
def test_signed_confirmation_to_a_foreign_address_is_refused(world: World, url: str) -> None:
    world.refused(world.sns.confirmation(SubscribeURL=url), Malformed)
    assert world.visited == []


def test_failed_confirmation_is_tried_again(world: World) -> None:
    world.down = True
    with pytest.raises(OSError, match="no answer"):
        world.receiver.receive({}, world.sns.confirmation())
    world.down = False
    assert world.receiver.receive({}, world.sns.confirmation()).kind == "confirmation"


def test_subscription_of_a_local_cloud_is_confirmed_there(world: World) -> None:
    url = "http://127.0.0.1:4566/?Action=ConfirmSubscription"
    world.refused(world.sns.confirmation(SubscribeURL=url), Malformed)
    world.receiver = world.open(world.verifier, sns_address="http://127.0.0.1:4566")
    assert world.receiver.receive({}, world.sns.confirmation(SubscribeURL=url)).kind == "confirmation"
    world.refused(world.sns.confirmation(SubscribeURL=url.replace("4566", "4567"), MessageId="m"), Malformed)


def test_unsubscription_is_reported(world: World) -> None:
    url = "https://sns.eu-west-1.amazonaws.com/"
    document = {"Type": "UnsubscribeConfirmation", "Message": "m", "Token": "t", "SubscribeURL": url}
    assert world.receiver.receive({}, world.sns.signed(document)).kind == "unsubscribed"
    assert world.visited == []


def test_challenge_is_answered_and_reveals_the_topic(world: World) -> None:
    world.receiver = world.open(world.verifier, topics=())
    world.refused(world.sns.notification(message()), WrongTopic)
    reply = world.receiver.receive({}, message(challenge(), identity="challenge:abc").encode())
    assert json.loads(reply.body) == {"answer": Secret(SECRET).sign("answer.abc")}
    assert world.receiver.topics == {TOPIC}
    world.receiver.receive({}, world.sns.notification(message()))


def test_forged_challenge_reveals_no_topic(world: World) -> None:
    world.receiver = world.open(world.verifier, topics=())
    world.refused(message(challenge(), secret=OTHER, identity="challenge:abc"), BadSignature)
    assert world.receiver.topics == frozenset()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b"{}",
        b'{"Type": "Notification"}',
        b'{"Type": "Bounce", "Message": "m", "MessageId": "1"}',
        b'{"id": "1", "time": true, "payload": "{}", "signatures": {}}',
        b'{"id": "\\ud800", "time": 1, "payload": "{}", "signatures": {}}',
        b'{"id": "1", "payload": "' + b"x" * LARGEST + b'"}',
    ],
)
def test_invalid_message_is_refused(world: World, body: bytes) -> None:
    world.refused(body, Malformed)


@pytest.mark.parametrize(
    "payload",
    [
        [],
        {"type": "greeting"},
        {"type": "change"},
        {"type": "change", "change": {**CHANGE, "status": "LOST"}},
        {"type": "challenge", "challenge": 7},
    ],
)
def test_signed_message_of_another_content_is_refused(world: World, payload: object) -> None:
    world.refused(message(payload), Malformed)


def test_invalid_signed_time_is_refused(world: World) -> None:
    for seconds in (-1, 10**15, 10**400):
        text = json.dumps({"type": "change", "change": CHANGE})
        signature = Secret(SECRET).sign(f"1.{seconds}.{text}") if seconds < 10**300 else "v1,"
        body = json.dumps({"id": "1", "time": 7, "payload": text, "signatures": {"w": signature}})
        with pytest.raises(WebhookRefused):
            world.receiver.receive({}, body.replace('"time": 7', f'"time": {"9" * 5000}').encode())
        with pytest.raises(WebhookRefused):
            world.receiver.receive({}, body.replace('"time": 7', f'"time": {str(seconds)[:16]}').encode())


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = st.sampled_from(
    ["Type", "Message", "MessageId", "TopicArn", "Timestamp", "SignatureVersion", "Signature"]
    + ["SigningCertURL", "SubscribeURL", "Token", "id", "time", "payload", "signatures"]
)


@given(
    document=st.dictionaries(_FIELDS, _JSON, max_size=8), kind=st.sampled_from(["Notification", "x", None])
)
def test_any_document_is_accepted_or_refused(document: dict[str, object], kind: str | None) -> None:
    receiver = Receiver(SECRET, topics=[TOPIC])
    if kind is not None:
        document = {**document, "Type": kind}
    with pytest.raises(WebhookRefused):
        receiver.receive({}, json.dumps(document).encode())


@given(st.binary(max_size=300))
def test_any_body_is_accepted_or_refused(body: bytes) -> None:
    with pytest.raises(WebhookRefused):
        Receiver(SECRET, topics=[TOPIC]).receive({}, body)


@given(st.integers(0, 400), st.integers(1, 255))
def test_changed_byte_of_a_raw_message_is_refused(place: int, change: int) -> None:
    body = bytearray(message().encode())
    place %= len(body)
    body[place] ^= change
    receiver = Receiver(SECRET, topics=[TOPIC], now=lambda: NOW)
    try:
        reply = receiver.receive({}, bytes(body))
    except WebhookRefused:
        return
    # What still fits says the same: a key of the signatures, white space between tokens.
    assert reply.change == Receiver(SECRET, now=lambda: NOW).receive({}, message().encode()).change


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 100)), max_size=60))
def test_replay_memory_is_bounded_and_refuses_within_its_time(events: list[tuple[int, float]]) -> None:
    replays, now = Replays(50, 4), 0.0
    times: dict[int, float] = {}
    for number, pause in events:
        now += pause
        try:
            replays.add(str(number), now)
        except Replayed:
            assert now - times[number] <= 50
        else:
            times[number] = now
        assert len(replays) <= 4


@pytest.mark.parametrize("text", ["", "mysecret7", "whsec_!", "whsec_YQ"])
def test_invalid_secret_is_reported_without_its_text(text: str) -> None:
    with pytest.raises(BadSettings) as error:
        Receiver(text)
    assert text == "" or text not in str(error.value)
    assert "k" * 8 not in repr(Secret(SECRET))


def test_every_refusal_is_an_error_of_the_library() -> None:
    assert issubclass(WebhookRefused, OrderwireError)
