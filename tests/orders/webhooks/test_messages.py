"""What is signed and how, checked with a second receiver, written here from docs/webhooks.md alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

from hypothesis import given
from hypothesis import strategies as st

from orders.model import CustomerId, OrderId, OrderStatusChanged, Timestamp
from orders.status import OrderStatus
from orders.views import change_view
from orders.webhooks.messages import (
    challenge_message,
    change_message,
    is_answer,
    secret_of,
    sign,
)
from orders.webhooks.model import Delivery, Webhook, WebhookStatus
from tests.orders.webhooks.fakes import MASTER

AT = Timestamp("2026-11-20T18:00:00.000Z")
CHANGE = OrderStatusChanged(OrderId("3f2b"), CustomerId("ada"), 2, OrderStatus.VALIDATED, AT)


def webhook(webhook_id: str) -> Webhook:
    return Webhook(
        webhook_id,
        CustomerId("ada"),
        "https://shop.example/in",
        (),
        Delivery.RAW,
        WebhookStatus.ACTIVE,
        "arn:topic",
        AT,
    )


def fits(message: str, secret: str) -> bool:
    document = json.loads(message)
    key = base64.b64decode(secret[len("whsec_") :])
    text = f"{document['id']}.{document['time']}.{document['payload']}"
    signature = base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()
    return f"v1,{signature}" in document["signatures"].values()


def test_change_is_signed_for_each_of_its_endpoints_alone() -> None:
    message = change_message(CHANGE, [webhook("a"), webhook("b")], MASTER, time=7)
    document = json.loads(message)
    assert (document["id"], document["time"]) == ("3f2b:2", 7)
    assert json.loads(document["payload"]) == {"type": "change", "change": change_view(CHANGE)}
    assert document["signatures"].keys() == {"a", "b"}
    assert fits(message, secret_of(MASTER, "a"))
    assert fits(message, secret_of(MASTER, "b"))
    assert not fits(message, secret_of(MASTER, "c"))
    assert not fits(message, secret_of(b"another master key" * 2, "a"))


def test_challenge_names_its_topic_and_differs_from_a_change() -> None:
    message = challenge_message(webhook("a"), MASTER, "abc", time=7)
    assert fits(message, secret_of(MASTER, "a"))
    assert json.loads(json.loads(message)["payload"]) == {
        "type": "challenge",
        "challenge": "abc",
        "webhookId": "a",
        "topicArn": "arn:topic",
        "delivery": "RAW",
    }


def test_answer_is_valid_for_its_challenge_and_secret_alone() -> None:
    secret = secret_of(MASTER, "a")
    answer = json.dumps({"answer": sign(secret, "answer.abc")}).encode()
    assert is_answer(answer, "abc", secret)
    assert not is_answer(answer, "abd", secret)
    assert not is_answer(answer, "abc", secret_of(MASTER, "b"))


@given(st.binary(max_size=200))
def test_other_answers_are_invalid(body: bytes) -> None:
    assert not is_answer(body, "abc", secret_of(MASTER, "a"))


def test_each_endpoint_has_a_stable_secret_of_its_own() -> None:
    assert secret_of(MASTER, "a") == secret_of(MASTER, "a")
    assert len({secret_of(MASTER, str(n)) for n in range(100)}) == 100


def test_largest_message_is_far_below_the_limit_of_sns() -> None:
    message = change_message(CHANGE, [webhook(f"{n:036}") for n in range(5)], MASTER, time=2**31)
    assert len(message.encode()) < 2048
