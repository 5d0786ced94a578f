"""What letters are about, and what of them is never shown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from orders.dead_letters.model import Letter, Place, StreamBatch, Way
from orders.dead_letters.places import PURPOSES, parse_places
from orders.dead_letters.reading import batch_of, change_of, describe, event_of
from orders.errors import ConfigurationError
from tests.orders.dead_letters.fakes import AT, ORDER_ID

BATCH = {
    "requestContext": {
        "requestId": "r",
        "functionArn": "arn:aws:lambda:eu-west-1:1:function:fanout",
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": 6,
    },
    "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
    "version": "1.0",
    "DDBStreamBatchInfo": {
        "shardId": "shardId-00000001",
        "startSequenceNumber": "100",
        "endSequenceNumber": "200",
        "batchSize": 2,
        "streamArn": "arn:aws:dynamodb:eu-west-1:1:table/orders/stream/2026",
    },
}
EVENT = {"detail-type": "OrderPacked", "detail": {"orderId": ORDER_ID, "secret": "tok_secret"}}
CHANGE = {"orderId": ORDER_ID, "customerId": "ada", "version": 3, "status": "PACKED", "at": AT}
MESSAGE = {"id": f"{ORDER_ID}:3", "time": 1, "payload": json.dumps({"type": "change", "change": CHANGE})}


def letter(body: object, **attributes: str) -> Letter:
    return Letter("m", "r", body if isinstance(body, str) else json.dumps(body), AT, attributes)


def place(way: Way) -> Place:
    return Place("p", way, "u", "t")


def test_queue_letter_has_its_order_and_receive_count() -> None:
    contents = describe(place(Way.MOVE), letter({"orderId": ORDER_ID.upper()}), 10)
    assert contents.orders == (ORDER_ID,)
    assert (contents.attempts, contents.cause) == (10, "received 10 times, and finished by none")


def test_redelivery_letter_has_version_status_and_channel() -> None:
    contents = describe(place(Way.MOVE), letter({"channel": "iot", "change": CHANGE}), None)
    assert (contents.what, contents.orders) == ("version 3 (PACKED) on iot", (ORDER_ID,))


def test_intake_letter_is_named_by_its_attribute_without_the_card() -> None:
    contents = describe(place(Way.MOVE), letter({"cardToken": "tok_secret"}, orderId=ORDER_ID), 10)
    assert contents.orders == (ORDER_ID,)
    assert "tok_secret" not in repr(contents)


def test_batch_letter_names_the_position_of_lambda() -> None:
    contents = describe(place(Way.STREAM), letter(BATCH), None)
    assert (contents.cause, contents.attempts, contents.problem) == ("RetryAttemptsExhausted", 6, None)
    assert batch_of(letter(BATCH)) == StreamBatch(
        "arn:aws:dynamodb:eu-west-1:1:table/orders/stream/2026", "shardId-00000001", "100", "200"
    )


@pytest.mark.parametrize(
    ("body", "attributes", "cause", "attempts"),
    [
        (EVENT, {"ErrorCode": "200", "ErrorMessage": "no parcel"}, "no parcel", None),
        (
            EVENT,
            {"ERROR_CODE": "THROTTLING", "ERROR_MESSAGE": "Rate Exceeded", "RETRY_ATTEMPTS": "185"},
            "THROTTLING: Rate Exceeded",
            186,
        ),
        (
            {
                "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 3},
                "requestPayload": EVENT,
                "responsePayload": {"errorType": "OrderNotFulfillable", "errorMessage": "tok_secret"},
            },
            {},
            "RetriesExhausted: OrderNotFulfillable",
            3,
        ),
    ],
)
def test_event_letter_is_read_in_every_envelope(
    body: object, attributes: dict[str, str], cause: str, attempts: int | None
) -> None:
    contents = describe(place(Way.INVOKE), letter(body, **attributes), None)
    assert (contents.what, contents.orders) == ("the event OrderPacked", (ORDER_ID,))
    assert (contents.cause, contents.attempts, contents.problem) == (cause, attempts, None)
    assert event_of(letter(body)) == EVENT
    assert "tok_secret" not in repr(contents)


@pytest.mark.parametrize("body", [MESSAGE, {"Type": "Notification", "Message": json.dumps(MESSAGE)}])
def test_delivery_letter_is_read_wrapped_and_raw(body: object) -> None:
    assert change_of(letter(body)) == CHANGE
    assert describe(place(Way.REPUBLISH), letter(body), None).orders == (ORDER_ID,)


def test_challenge_letter_cannot_be_redriven() -> None:
    body = {"payload": json.dumps({"type": "challenge", "challenge": "c"})}
    assert describe(place(Way.REPUBLISH), letter(body), None).problem is not None


@given(some.sampled_from(Way), some.recursive(some.none() | some.text() | some.integers(), some.lists))
def test_any_letter_is_described(way: Way, body: Any) -> None:
    for text in (json.dumps(body), str(body), json.dumps({"DDBStreamBatchInfo": body, "detail": body})):
        contents = describe(place(way), letter(text), None)
        assert contents.orders == ()


def test_places_are_parsed_from_their_lines() -> None:
    text = "orders MOVE https://dead https://orders\n\nfanout STREAM https://fan arn:aws:lambda:f\n"
    assert [(p.name, p.way, p.url, p.target) for p in parse_places(text)] == [
        ("orders", Way.MOVE, "https://dead", "https://orders"),
        ("fanout", Way.STREAM, "https://fan", "arn:aws:lambda:f"),
    ]


@pytest.mark.parametrize("text", ["orders", "orders FLY a b", "a MOVE b c\na MOVE d e"])
def test_malformed_list_of_places_is_a_configuration_error(text: str) -> None:
    with pytest.raises(ConfigurationError):
        parse_places(text)


def test_every_purpose_is_a_sentence() -> None:
    assert all(text.endswith(".") for text in PURPOSES.values())
