"""From the table's stream to every channel, and back to the queue what a channel did not take."""

from __future__ import annotations

import json
import time

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from orders.adapters.attributes import MalformedItem
from orders.errors import NotQueued, PublishFailed, PublishLate
from resolvers import fanout, redeliver
from resolvers.dispatch import Dispatcher
from resolvers.redelivery import MalformedMessage, read_message, to_message
from resolvers.stream import changes_of
from tests.orders.fakes import MemoryChannel
from tests.resolvers.conftest import Log, World, event

ID = "3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"
OTHER = "0b9a8f7e-6d5c-4b7a-8e0f-4d9a1e8c2b3f"
NO_FAILURES: object = {"batchItemFailures": []}


@pytest.fixture(autouse=True)
def dispatcher(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    dispatcher = Dispatcher((world.channel,))
    monkeypatch.setattr(fanout, "_dispatcher", lambda: dispatcher)


def versions_of(channel: MemoryChannel, order: str) -> list[tuple[int, str, str | None]]:
    return [(c.version, str(c.status), c.reason) for c in channel.published if c.order_id == order]


class TestStream:
    def test_stream_record_becomes_its_changes(self) -> None:
        versions = [[c.version for c in changes_of(record)] for record in event("orders_stream")["Records"]]
        # contents, two insertions, four changes, a write that leaves the version alone, a deletion by TTL
        assert versions == [[], [1], [1], [2], [2], [3], [3], [], []]

    def test_versions_skipped_by_a_record_are_all_published(self) -> None:
        record = event("orders_stream")["Records"][6]
        record["dynamodb"]["OldImage"]["version"] = {"N": "1"}
        assert [c.version for c in changes_of(record)] == [2, 3]

    def test_unreadable_state_is_an_error(self) -> None:
        record = event("orders_stream")["Records"][1]
        del record["dynamodb"]["NewImage"]["history"]
        with pytest.raises(MalformedItem):
            changes_of(record)


class TestFanout:
    def test_every_change_is_published_in_order(self, world: World, context: LambdaContext, log: Log) -> None:
        assert fanout.handler(event("orders_stream"), context) == NO_FAILURES
        assert versions_of(world.channel, ID) == [
            (1, "RECEIVED", None),
            (2, "VALIDATED", None),
            (3, "CONFIRMED", None),
        ]
        assert versions_of(world.channel, OTHER) == [
            (1, "RECEIVED", None),
            (2, "VALIDATED", None),
            (3, "FAILED", "OUT_OF_STOCK"),
        ]
        assert world.redelivery == []
        assert {(line["message"], line["correlation_id"]) for line in log.lines} == {
            ("change published", ID),
            ("change published", OTHER),
        }
        assert "tok_" not in log.text

    def test_refused_changes_go_to_the_redelivery_queue(
        self, world: World, context: LambdaContext, log: Log
    ) -> None:
        world.channel.failing = {2: PublishFailed("AppSync answered 500")}
        assert fanout.handler(event("orders_stream"), context) == NO_FAILURES
        messages = [json.loads(body) for body in world.redelivery]
        assert {message["order"]["currency"] for message in messages} == {"EUR"}
        assert {message["change"]["orderId"] for message in messages} == {ID, OTHER}
        for message in messages:
            assert message["channel"] == "appsync"
            assert message["change"] == {
                "orderId": message["change"]["orderId"],
                "customerId": "6f0e1a5c-ada0-4c1e-9f3e-000000000001",
                "version": 2,
                "status": "VALIDATED",
                "at": "2026-11-20T18:00:00.310Z",
                "reason": None,
            }
        missed = [line for line in log.lines if line["message"] == "change not delivered"]
        assert {line["correlation_id"] for line in missed} == {ID, OTHER}
        assert {line["error"] for line in missed} == {"PublishFailed: AppSync answered 500"}

    def test_records_return_when_the_redelivery_queue_fails(
        self, world: World, context: LambdaContext
    ) -> None:
        document = event("orders_stream")
        world.channel.failing = {3: PublishLate(0.5)}
        world.redelivery_error = OSError("no route")
        assert fanout.handler(document, context) == {
            "batchItemFailures": [
                {"itemIdentifier": document["Records"][index]["dynamodb"]["SequenceNumber"]}
                for index in (5, 6)
            ]
        }

    def test_partly_queued_batch_returns_the_rest_alone(self, world: World, context: LambdaContext) -> None:
        world.channel.failing = {3: PublishFailed("no")}
        world.redelivery_error = NotQueued([1], 2)
        answer = fanout.handler(event("orders_stream"), context)
        assert len(answer["batchItemFailures"]) == 1

    def test_unreadable_record_delays_no_other(self, world: World, context: LambdaContext, log: Log) -> None:
        document = event("orders_stream")
        del document["Records"][1]["dynamodb"]["NewImage"]["history"]
        assert fanout.handler(document, context) == {
            "batchItemFailures": [
                {"itemIdentifier": document["Records"][1]["dynamodb"]["SequenceNumber"]},
            ]
        }
        assert [version for version, _, _ in versions_of(world.channel, ID)] == [2, 3]


class TestRedeliver:
    def test_redelivery_publishes_the_change_on_its_channel_again(
        self, world: World, context: LambdaContext, log: Log
    ) -> None:
        assert redeliver.handler(event("redelivery_queue"), context) == NO_FAILURES
        assert versions_of(world.channel, ID) == [(2, "VALIDATED", None)]
        assert versions_of(world.channel, OTHER) == [(3, "FAILED", "OUT_OF_STOCK")]
        assert [line["correlation_id"] for line in log.lines] == [ID, OTHER]

    def test_each_redelivered_message_has_its_share_of_the_remaining_time(
        self, world: World, context: LambdaContext, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        deadlines: list[float] = []

        def publish(_: object, *, deadline: float) -> None:
            deadlines.append(deadline - time.monotonic())

        monkeypatch.setattr(world.channel, "publish", publish)
        assert redeliver.handler(event("redelivery_queue"), context) == NO_FAILURES
        # Of ten seconds one is left for the answer; the second message has what the first has left over.
        assert 2 < deadlines[0] <= 4.5
        assert 4 < deadlines[1] <= 9
        monkeypatch.setattr(context, "get_remaining_time_in_millis", lambda: 0)
        redeliver.handler(event("redelivery_queue"), context)
        assert all(0 < seconds <= world.channel.deadline for seconds in deadlines[2:])

    def test_failing_redelivery_stays_in_the_queue(self, world: World, context: LambdaContext) -> None:
        document = event("redelivery_queue")
        world.channel.failing = {2: PublishLate(0.5)}
        assert redeliver.handler(document, context) == {
            "batchItemFailures": [{"itemIdentifier": document["Records"][0]["messageId"]}]
        }
        assert versions_of(world.channel, OTHER) == [(3, "FAILED", "OUT_OF_STOCK")]

    def test_removed_channel_is_named_in_the_log(
        self, world: World, context: LambdaContext, log: Log
    ) -> None:
        document = event("redelivery_queue")
        body = json.loads(document["Records"][0]["body"]) | {"channel": "pigeon"}
        document["Records"][0]["body"] = json.dumps(body)
        answer = redeliver.handler(document, context)
        assert len(answer["batchItemFailures"]) == 1
        assert (
            log.lines[0]["error"]
            == "ConfigurationError: There is no channel 'pigeon', or it is switched off."
        )


def test_redelivery_messages_round_trip() -> None:
    for record in event("orders_stream")["Records"]:
        for change in changes_of(record):
            assert read_message(to_message("appsync", change)) == ("appsync", change)


@pytest.mark.parametrize(
    "body",
    ["", "7", "[]", "{}", '{"channel":"a"}', '{"channel":"a","change":{}}', '{"channel":1,"change":{}}'],
)
def test_other_messages_are_refused(body: str) -> None:
    with pytest.raises(MalformedMessage, match="not a message of the redelivery queue"):
        read_message(body)
