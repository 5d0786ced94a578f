"""Messages to subscribers of each kind, with hand-written queues and functions."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pytest

from localcloud.deliveries.deliverer import Deliverer
from localcloud.deliveries.dispatch import Dispatcher
from localcloud.deliveries.envelopes import Envelopes
from localcloud.deliveries.interfaces import QueueMessage
from localcloud.deliveries.messages import SUBSCRIPTION_CONFIRMATION, Attribute, Message
from localcloud.deliveries.outcomes import Delivered, DeliveryRefused, Outcome, Unavailable, Unreachable
from localcloud.deliveries.redrive import RedrivePolicy
from localcloud.deliveries.signing import Signer
from localcloud.deliveries.subscribers import Subscriber
from localcloud.deliveries.web import Web
from tests.deliveries.clock import JumpingClock

TOPIC = "arn:aws:sns:us-east-1:000000000000:orders"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:queue"
DEAD = "arn:aws:sqs:us-east-1:000000000000:dead"
STREAM = "arn:aws:firehose:us-east-1:000000000000:deliverystream/archive"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:bell"
MESSAGE = Message("m", TOPIC, "text", "2026-01-01T00:00:00.000Z", attributes={"n": Attribute("Number", "1")})


class Queues:
    def __init__(self) -> None:
        self.outcomes: dict[str, list[Outcome]] = {}
        self.messages: list[tuple[str, QueueMessage]] = []

    def send(self, queue: str, message: QueueMessage, source: str) -> Outcome:
        assert source.startswith(TOPIC)
        outcomes = self.outcomes.get(queue)
        outcome = outcomes.pop(0) if outcomes else Delivered()
        if outcome == Delivered():
            self.messages.append((queue, message))
        return outcome


class Functions:
    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.events: list[bytes] = []

    async def invoke(self, function: str, payload: bytes, source: str) -> Outcome:
        assert function == FUNCTION
        self.events.append(payload)
        return self.outcomes.pop(0) if self.outcomes else Delivered()


class Streams:
    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.records: list[tuple[str, str]] = []

    async def put(self, stream: str, data: str) -> Outcome:
        outcome = self.outcomes.pop(0) if self.outcomes else Delivered()
        if outcome == Delivered():
            self.records.append((stream, data))
        return outcome


class Counts(Counter[str]):
    def __init__(self) -> None:
        super().__init__()
        self.failures: list[tuple[str, str, bool | None]] = []

    def delivered(self, subscriber: Subscriber, size: int) -> None:
        assert size > 0
        self[subscriber.protocol] += 1

    def failed(self, subscriber: Subscriber, reason: str, redriven: bool | None) -> None:
        self.failures.append((subscriber.protocol, reason, redriven))


class Opening(Web):
    """An endpoint that is there after a while."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__()
        self.outcomes = outcomes
        self.posts = 0

    async def post(self, address: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        self.posts += 1
        return self.outcomes.pop(0) if self.outcomes else Delivered()


class House:
    def __init__(self, signer: Signer) -> None:
        self.clock = JumpingClock()
        self.queues, self.functions, self.counts = Queues(), Functions(), Counts()
        self.streams = Streams()
        self.web = Opening([])
        self.signings = 0

        def used() -> Signer:
            self.signings += 1
            return signer

        self.dispatcher = Dispatcher(
            Envelopes(used, "http://127.0.0.1:4566"),
            Deliverer(self.clock),
            self.web,
            queues=self.queues,
            functions=self.functions,
            streams=self.streams,
            journal=self.counts,
            clock=self.clock,
        )

    def send(self, subscriber: Subscriber, message: Message = MESSAGE) -> None:
        self.dispatcher.notify(subscriber, message, lambda: True)


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer.generate("us-east-1")


@pytest.fixture
def house(signer: Signer) -> House:
    return House(signer)


def subscriber(protocol: str, endpoint: str, *, raw: bool = False) -> Subscriber:
    return Subscriber(f"{TOPIC}:1", TOPIC, protocol, endpoint, raw=raw, redrive=RedrivePolicy(DEAD))


async def test_queue_receives_the_message_at_once(house: House) -> None:
    house.send(subscriber("sqs", QUEUE))
    [(queue, message)] = house.queues.messages
    document = json.loads(message.body)
    assert (queue, document["Message"], message.attributes) == (QUEUE, "text", {})
    assert document["MessageAttributes"] == {"n": {"Type": "Number", "Value": "1"}}
    assert document["UnsubscribeURL"].startswith("http://127.0.0.1:4566/?Action=Unsubscribe&")
    assert house.counts == {"sqs": 1}


async def test_raw_message_keeps_its_attributes_and_needs_no_signature(house: House) -> None:
    house.send(subscriber("sqs", QUEUE, raw=True))
    [(_, message)] = house.queues.messages
    assert (message.body, message.attributes) == ("text", MESSAGE.attributes)
    assert house.signings == 0


async def test_message_is_signed_once_for_all_its_subscribers(house: House) -> None:
    for number in range(3):
        house.send(replace(subscriber("sqs", QUEUE), arn=f"{TOPIC}:{number}"))
    assert house.signings == 1
    ends = {json.loads(message.body)["UnsubscribeURL"][-1] for _, message in house.queues.messages}
    assert ends == {"0", "1", "2"}


async def test_failing_queue_is_retried_for_a_while(house: House) -> None:
    house.queues.outcomes[QUEUE] = [Unavailable("busy")] * 6
    house.send(subscriber("sqs", QUEUE))
    assert house.queues.messages == []
    await house.clock.run()
    assert [queue for queue, _ in house.queues.messages] == [QUEUE]
    assert house.clock.seconds == 3  # three times at once, twice after a second, then backing off


async def test_message_refused_by_a_queue_is_a_dead_letter(house: House) -> None:
    house.queues.outcomes[QUEUE] = [DeliveryRefused("gone")]
    house.send(subscriber("sqs", QUEUE, raw=True))
    await house.clock.run()
    [(queue, message)] = house.queues.messages
    assert (queue, message.body, message.attributes) == (DEAD, "text", MESSAGE.attributes)


async def test_dead_letters_are_retried_while_their_queue_is_busy(house: House) -> None:
    house.queues.outcomes = {QUEUE: [DeliveryRefused("gone")], DEAD: [Unavailable("busy")] * 4}
    house.send(subscriber("sqs", QUEUE))
    await house.clock.run()
    assert [queue for queue, _ in house.queues.messages] == [DEAD]
    assert house.counts.failures == [("sqs", "gone", True)]


async def test_undeliverable_dead_letter_is_logged(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.queues.outcomes = {QUEUE: [DeliveryRefused("gone")], DEAD: [DeliveryRefused("gone as well")]}
    house.send(subscriber("sqs", QUEUE))
    await house.clock.run()
    [record] = caplog.records
    assert "message m" in record.getMessage()
    assert record.getMessage().endswith("is lost: gone; the dead letters do not take it: gone as well")
    assert house.counts.failures == [("sqs", "gone", False)]


async def test_loss_without_a_dead_letter_queue_is_logged(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.queues.outcomes[QUEUE] = [DeliveryRefused("gone")]
    house.send(replace(subscriber("sqs", QUEUE), redrive=None))
    await house.clock.run()
    [record] = caplog.records
    assert record.getMessage().endswith("is lost, there is no dead-letter queue: gone")
    assert house.counts.failures == [("sqs", "gone", None)]


async def test_throttled_function_is_retried(house: House) -> None:
    house.functions.outcomes = [Unavailable("429")] * 4
    house.send(subscriber("lambda", FUNCTION))
    await house.clock.run()
    assert len(house.functions.events) == 5
    assert house.clock.seconds == 1
    assert house.counts == {"lambda": 1}


async def test_dead_letter_of_a_function_is_the_envelope(house: House) -> None:
    house.functions.outcomes = [DeliveryRefused("404")]
    house.send(subscriber("lambda", FUNCTION, raw=True))
    await house.clock.run()
    [(queue, message)] = house.queues.messages
    document = json.loads(message.body)
    assert (queue, document["Type"], "SigningCertURL" in document) == (DEAD, "Notification", True)


async def test_unavailable_function_is_retried_by_the_schedule_of_sns(house: House) -> None:
    house.functions.outcomes = [Unavailable("429")] * 30
    house.send(subscriber("lambda", FUNCTION))
    moments = [house.clock.seconds] * 4
    await house.clock.run(until=0)
    assert len(house.functions.events) == 4
    for attempts in range(5, 19):
        await house.clock.step()
        assert len(house.functions.events) == attempts
        moments.append(house.clock.seconds)
    # At once three times, twice after a second, ten times backing off from 1 to 20 s, then every 20 s.
    assert moments == [0, 0, 0, 0, 1, 2, 3, 5, 9, 17, 33, 53, 73, 93, 113, 133, 153, 173]


async def test_delivery_stream_receives_a_line_without_a_signature(house: House) -> None:
    house.streams.outcomes = [Unavailable("busy")]
    house.send(subscriber("firehose", STREAM))
    await house.clock.run()
    [(stream, data)] = house.streams.records
    assert (stream, data.count("\n"), data[-1]) == (STREAM, 1, "\n")
    document = json.loads(data)
    assert (document["Message"], [name for name in document if name.startswith("Sign")]) == ("text", [])
    assert house.counts == {"firehose": 1}


async def test_raw_record_is_the_message_alone(house: House) -> None:
    house.send(subscriber("firehose", STREAM, raw=True))
    await house.clock.run()
    assert house.streams.records == [(STREAM, "text")]


async def test_message_refused_by_a_delivery_stream_is_a_dead_letter(house: House) -> None:
    house.streams.outcomes = [DeliveryRefused("gone")]
    house.send(subscriber("firehose", STREAM))
    await house.clock.run()
    assert [queue for queue, _ in house.queues.messages] == [DEAD]


@pytest.mark.parametrize(
    ("topic", "queue", "group", "deduplication"),
    [
        (TOPIC, QUEUE, "g", None),
        (f"{TOPIC}.fifo", f"{QUEUE}.fifo", "g", "d"),
        (f"{TOPIC}.fifo", QUEUE, None, None),
    ],
)
async def test_message_group_is_passed_where_the_queue_can_use_it(
    house: House, topic: str, queue: str, group: str | None, deduplication: str | None
) -> None:
    message = replace(MESSAGE, topic=topic, group="g", deduplication="d")
    house.send(replace(subscriber("sqs", queue), topic=topic), message)
    [(_, sent)] = house.queues.messages
    assert (sent.group, sent.deduplication) == (group, deduplication)


async def test_unsupported_protocol_receives_nothing(house: House) -> None:
    house.send(subscriber("email", "a@example.com"))
    await house.clock.run()
    assert (house.queues.messages, house.functions.events, house.counts) == ([], [], {})


HOOK = "http://127.0.0.1:9/hook"


async def test_confirmation_waits_for_its_endpoint_to_open(house: House) -> None:
    house.web.outcomes = [Unreachable("refused")] * 8
    house.dispatcher.confirm(SUBSCRIPTION_CONFIRMATION, subscriber("http", HOOK), "t", lambda: True)
    await house.clock.run()
    assert (house.web.posts, house.clock.seconds) == (9, 2)


async def test_confirmation_answered_with_an_error_is_retried_by_its_policy(house: House) -> None:
    house.web.outcomes = [Unavailable("503")]
    house.dispatcher.confirm(SUBSCRIPTION_CONFIRMATION, subscriber("http", HOOK), "t", lambda: True)
    await house.clock.run()
    assert (house.web.posts, house.clock.seconds) == (2, 20)


async def test_message_to_a_closed_port_is_retried_by_its_policy(house: House) -> None:
    house.web.outcomes = [Unreachable("refused")]
    house.send(subscriber("http", HOOK))
    await house.clock.run()
    assert (house.web.posts, house.clock.seconds) == (2, 20)


class Kept:
    """The deliveries that have not come to their end."""

    def __init__(self) -> None:
        self.begun_keys: list[str] = []
        self.unsent: set[str] = set()

    def begin(self, subscriber: Subscriber, message: Message) -> str:
        key = f"{subscriber.protocol} {message.id}"
        self.begun_keys.append(key)
        self.unsent.add(key)
        return key

    def ended(self, key: str) -> None:
        self.unsent.remove(key)


async def test_delivery_stays_in_the_journal_until_its_end(house: House) -> None:
    kept = house.dispatcher.pending = Kept()
    house.queues.outcomes[QUEUE] = [Unavailable("full"), Delivered()]
    house.functions.outcomes = [Unavailable("busy"), DeliveryRefused("no")]
    for protocol, endpoint in (("sqs", QUEUE), ("lambda", FUNCTION), ("http", "http://127.0.0.1:1/")):
        house.send(Subscriber(f"{TOPIC}:s", TOPIC, protocol, endpoint))
    assert kept.unsent == {"sqs m", "lambda m", "http m"}
    await house.clock.run()
    assert kept.unsent == set()
    # A queue that takes a message at once has it: nothing is left to be kept.
    house.send(Subscriber(f"{TOPIC}:s", TOPIC, "sqs", QUEUE))
    assert len(kept.begun_keys) == 3


async def test_interrupted_delivery_stays_in_the_journal(house: House) -> None:
    kept = house.dispatcher.pending = Kept()
    house.functions.outcomes = [Unavailable("busy")] * 100_000
    house.send(Subscriber(f"{TOPIC}:s", TOPIC, "lambda", FUNCTION))
    await asyncio.sleep(0)
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert kept.unsent == {"lambda m"}
