"""Records and dead letters: what each destination gets, and what is said when it cannot be reached."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from localcloud.functions.context import Context
from localcloud.functions.destinations.records import Condition, InvocationOutcome
from localcloud.functions.destinations.sending import SNS_LIMIT, Destinations
from localcloud.functions.errors import FunctionNotFound
from localcloud.functions.mapping_definition import MappingDefinition
from localcloud.functions.mappings.batches import GivenUp
from localcloud.functions.mappings.records import Record
from localcloud.functions.model import ASYNCHRONOUS_LIMIT, InvokeResult
from tests.functions.fakes import (
    ACCOUNT,
    REGION,
    FakeClock,
    FakeTargets,
    function_arn,
    queue_arn,
    stream_arn,
)

OK = InvokeResult(b'{"done":true}')
FAILED = InvokeResult(b'{"errorMessage":"no","errorType":"LookupError"}', "Unhandled", request_id="r-9")
QUEUE, FUNCTION = queue_arn("failures"), function_arn("undertaker")
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:failures"
BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
BUCKET = "arn:aws:s3:::failures"
# 2026-11-18T11:06:40Z, with a few milliseconds.
NOW = 1_795_000_000.125


class Counter:
    """Destinations, and what reached them."""

    def __init__(self) -> None:
        self.targets = FakeTargets()
        self.forwarded: list[tuple[str, Any]] = []
        self.warnings: list[str] = []
        self.context = Context(self.warnings.append, clock=FakeClock(NOW))
        self.destinations = Destinations(self.targets, self._forward, self.context)

    async def _forward(self, function: str, payload: bytes, *, asynchronous: bool = False) -> InvokeResult:
        if function in self.targets.refuses:
            raise FunctionNotFound(function)
        assert asynchronous
        self.forwarded.append((function, json.loads(payload)))
        return InvokeResult(b"")

    def lost(self) -> dict[str, int]:
        return {metric: count for (metric, _), count in self.context.observations.totals.items()}


def outcome(
    condition: Condition = "RetriesExhausted",
    result: InvokeResult | None = FAILED,
    attempts: int = 3,
    request: bytes = b'{"order":1}',
    qualifier: str = "",
) -> InvocationOutcome:
    return InvocationOutcome("r-1", function_arn("work") + qualifier, condition, attempts, request, result)


FAILURE = {
    "version": "1.0",
    "timestamp": "2026-11-18T11:06:40.125Z",
    "requestContext": {
        "requestId": "r-1",
        "functionArn": function_arn("work") + ":$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    },
    "requestPayload": {"order": 1},
    "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
    "responsePayload": {"errorMessage": "no", "errorType": "LookupError"},
}


@pytest.mark.parametrize("arn", [QUEUE, TOPIC])
async def test_queue_and_topic_receive_the_record_as_their_message(arn: str) -> None:
    counter = Counter()
    await counter.destinations.send_outcome(arn, outcome())
    ((body, attributes),) = counter.targets.sent(arn)
    assert (json.loads(body), attributes) == (FAILURE, {})


async def test_record_of_a_success_has_no_error() -> None:
    counter = Counter()
    await counter.destinations.send_outcome(QUEUE, outcome("Success", OK, 1, qualifier=":live"))
    record = json.loads(counter.targets.sent(QUEUE)[0][0])
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}
    assert record["responsePayload"] == {"done": True}
    assert record["requestContext"]["functionArn"] == function_arn("work") + ":live"


async def test_function_receives_the_record_as_its_event() -> None:
    counter = Counter()
    await counter.destinations.send_outcome(FUNCTION, outcome())
    assert counter.forwarded == [(FUNCTION, FAILURE)]


@pytest.mark.parametrize(("condition", "word"), [("RetriesExhausted", "Failure"), ("Success", "Success")])
async def test_bus_receives_an_event_of_lambda(condition: Condition, word: str) -> None:
    counter = Counter()
    await counter.destinations.send_outcome(BUS, outcome(condition))
    ((bus, kind, detail, resources),) = counter.targets.events
    assert (bus, kind) == (BUS, f"Lambda Function Invocation Result - {word}")
    assert json.loads(detail)["requestContext"]["condition"] == condition
    assert resources == [function_arn("work") + ":$LATEST", BUS]


async def test_bucket_receives_an_object_for_each_failure() -> None:
    counter = Counter()
    await counter.destinations.send_outcome(BUCKET, outcome())
    ((key, body),) = counter.targets.objects[BUCKET]
    folder = "aws/lambda/async/work/2026/11/18/2026-11-18T11.06.40"
    assert re.fullmatch(rf"{re.escape(folder)}-[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}", key)
    assert json.loads(body) == FAILURE


async def test_bucket_refuses_a_success() -> None:
    counter = Counter()
    await counter.destinations.send_outcome(BUCKET, outcome("Success", OK))
    assert counter.targets.objects == {}
    assert counter.lost() == {"DestinationDeliveryFailures": 1}


async def test_topic_receives_an_oversized_failure_without_its_payloads() -> None:
    counter = Counter()
    await counter.destinations.send_outcome(TOPIC, outcome(request=b'"%s"' % (b"x" * SNS_LIMIT)))
    record = json.loads(counter.targets.sent(TOPIC)[0][0])
    assert record == {name: FAILURE[name] for name in FAILURE if not name.endswith("Payload")}


@pytest.mark.parametrize("arn", [QUEUE, TOPIC])
async def test_dead_letter_is_the_event_with_its_error_in_attributes(arn: str) -> None:
    counter = Counter()
    await counter.destinations.send_to_dead_letters(arn, outcome())
    assert counter.targets.sent(arn) == [
        (
            '{"order":1}',
            {
                "RequestID": ("String", "r-1"),
                "ErrorCode": ("Number", "200"),
                "ErrorMessage": ("String", "no"),
            },
        )
    ]


async def test_dead_letter_has_a_kilobyte_of_the_error_message() -> None:
    counter = Counter()
    payload = json.dumps({"errorMessage": "é" * 2000}).encode()
    await counter.destinations.send_to_dead_letters(QUEUE, outcome(result=InvokeResult(payload, "Unhandled")))
    ((_, attributes),) = counter.targets.sent(QUEUE)
    assert attributes["ErrorMessage"] == ("String", "é" * 512)


@pytest.mark.parametrize("arn", [QUEUE, TOPIC, FUNCTION, BUS, BUCKET])
async def test_unreachable_destination_is_counted_and_named(arn: str) -> None:
    counter = Counter()
    counter.targets.refuses.add(arn)
    await counter.destinations.send_outcome(arn, outcome())
    (warning,) = counter.warnings
    assert warning.startswith(f"work: its record for {arn} is lost (DestinationDeliveryFailures): ")
    assert counter.lost() == {"DestinationDeliveryFailures": 1}


@pytest.mark.parametrize("arn", [QUEUE, TOPIC, BUCKET, "nonsense"])
async def test_unsendable_dead_letter_is_counted_and_named(arn: str) -> None:
    counter = Counter()
    counter.targets.refuses.add(arn)
    await counter.destinations.send_to_dead_letters(arn, outcome())
    assert counter.lost() == {"DeadLetterErrors": 1}
    assert len(counter.warnings) == 1


@pytest.mark.parametrize("arn", ["nonsense", "arn:aws:kinesis:eu-west-1:123456789012:stream/s"])
async def test_invalid_destination_is_named(arn: str) -> None:
    counter = Counter()
    await counter.destinations.send_outcome(arn, outcome())
    assert counter.warnings[0].endswith("no destination that Lambda knows")


# --- stream batches ---


def batch(on_failure: str | None, result: InvokeResult | None = FAILED) -> GivenUp:
    records: list[Record] = [
        {"dynamodb": {"SequenceNumber": str(number), "ApproximateCreationDateTime": 1_794_999_990 + number}}
        for number in (1, 2)
    ]
    mapping = MappingDefinition("m-1", stream_arn("orders"), function_arn("fanout"), on_failure=on_failure)
    return GivenUp(mapping, "shardId-1", records, "RetryAttemptsExhausted", 3, result)


BATCH = {
    "requestContext": {
        "requestId": "r-9",
        "functionArn": function_arn("fanout"),
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": 3,
    },
    "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
    "version": "1.0",
    "timestamp": "2026-11-18T11:06:40.125Z",
    "DDBStreamBatchInfo": {
        "shardId": "shardId-1",
        "startSequenceNumber": "1",
        "endSequenceNumber": "2",
        "approximateArrivalOfFirstRecord": "2026-11-18T11:06:31Z",
        "approximateArrivalOfLastRecord": "2026-11-18T11:06:32Z",
        "batchSize": 2,
        "streamArn": stream_arn("orders"),
    },
}


@pytest.mark.parametrize("arn", [QUEUE, TOPIC])
async def test_queue_and_topic_receive_the_position_of_a_batch(arn: str) -> None:
    counter = Counter()
    await counter.destinations.batch_given_up(batch(arn))
    ((body, _),) = counter.targets.sent(arn)
    assert json.loads(body) == BATCH


async def test_bucket_receives_the_whole_batch() -> None:
    counter = Counter()
    given_up = batch(BUCKET)
    await counter.destinations.batch_given_up(given_up)
    ((key, body),) = counter.targets.objects[BUCKET]
    assert key.startswith("aws/lambda/m-1/shardId-1/2026/11/18/2026-11-18T11.06.40-")
    record = json.loads(body)
    assert json.loads(record.pop("payload")) == {"Records": given_up.records}
    assert record == BATCH


async def test_batch_that_never_ran_has_no_response() -> None:
    counter = Counter()
    await counter.destinations.batch_given_up(batch(QUEUE, None))
    record = json.loads(counter.targets.sent(QUEUE)[0][0])
    assert "responseContext" not in record


async def test_response_that_is_no_json_is_text_in_its_record() -> None:
    counter = Counter()
    await counter.destinations.send_outcome(QUEUE, outcome("Success", InvokeResult(b"plain \xff"), 1))
    ((body, _),) = counter.targets.sent(QUEUE)
    assert json.loads(body)["responsePayload"] == "plain \N{REPLACEMENT CHARACTER}"


async def test_failure_that_is_no_json_is_a_dead_letter() -> None:
    counter = Counter()
    await counter.destinations.send_to_dead_letters(QUEUE, outcome(result=InvokeResult(b"no", "Unhandled")))
    ((_, attributes),) = counter.targets.sent(QUEUE)
    assert attributes["ErrorCode"] == ("Number", "200")


async def test_batch_without_a_destination_is_named() -> None:
    counter = Counter()
    mapping = MappingDefinition("m-1", stream_arn("orders"), function_arn("fanout"))
    records: list[Record] = [{"dynamodb": {"SequenceNumber": number}} for number in ("7", "9")]
    await counter.destinations.batch_given_up(
        GivenUp(mapping, "shard-1", records, "RetryAttemptsExhausted", 3, FAILED)
    )
    assert counter.warnings == [
        f"{stream_arn('orders')}: the records 7 to 9 of shard-1 are given up after 3 attempts of "
        f"{function_arn('fanout')} (RetryAttemptsExhausted): no destination"
    ]


async def test_oversized_record_for_a_function_is_named() -> None:
    counter = Counter()
    large = b'"' + b"x" * ASYNCHRONOUS_LIMIT + b'"'
    await counter.destinations.send_outcome(FUNCTION, outcome("Success", OK, 1, large))
    assert counter.forwarded == []
    assert counter.lost() == {"DestinationDeliveryFailures": 1}
    assert counter.warnings[0].endswith(f"it is larger than {ASYNCHRONOUS_LIMIT} bytes")
