"""Retries and dead letters of rules' targets."""

from __future__ import annotations

import json

import pytest

from localcloud.deliveries.events.interfaces import NoReply, ServiceReply, TooLate
from localcloud.deliveries.outcomes import Delivered, DeliveryRefused
from tests.deliveries.events.house import DEAD, EVENT, QUEUE, RULE, House

BUSY = ServiceReply(429, "ThrottlingException", "Rate exceeded")
FUNCTION = QUEUE.replace(":sqs:", ":lambda:").replace(":queue", ":function:bell")


@pytest.fixture
def house() -> House:
    return House()


async def test_delivery_ends_when_the_target_has_the_event(house: House) -> None:
    await house.deliver(QUEUE)
    [message] = house.services.sent(QUEUE)
    assert json.loads(message["MessageBody"]) == EVENT
    [ended] = house.notes.ends
    assert (ended.outcome, ended.retries, ended.dead_lettered) == (Delivered(), 0, None)
    assert house.notes.begun_for == ["e-1"]
    assert not house.deliverer.pending


async def test_retries_double_from_a_second(house: House) -> None:
    house.services.replies["lambda.Invoke"] = [BUSY] * 4
    await house.deliver(FUNCTION)
    assert house.services.moments == [0, 1, 3, 7, 15]
    assert house.dead_letters() == []
    assert [retry for retry, _ in house.notes.attempts] == [0, 1, 2, 3, 4]


async def test_event_goes_to_dead_letters_after_185_retries_in_a_day(house: House) -> None:
    house.services.replies["lambda.Invoke"] = [BUSY] * 200
    await house.deliver(FUNCTION)
    assert len(house.services.moments) == 186 + 1  # and the dead letter
    assert round(house.services.moments[-1]) == 86_400
    [(body, attributes)] = house.dead_letters()
    assert json.loads(body) == EVENT
    assert attributes == {
        "RULE_ARN": RULE.arn,
        "TARGET_ARN": FUNCTION,
        "ERROR_CODE": "THROTTLING",
        "ERROR_MESSAGE": "Rate exceeded",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
        "RETRY_ATTEMPTS": "185",
    }
    [ended] = house.notes.ends
    assert (ended.retries, ended.dead_lettered, round(ended.seconds)) == (185, True, 86_400)


async def test_expired_event_is_a_dead_letter(house: House) -> None:
    house.services.replies["lambda.Invoke"] = [BUSY] * 200
    await house.deliver(FUNCTION, RetryPolicy={"MaximumEventAgeInSeconds": 60})
    assert house.services.moments == [0, 1, 3, 7, 15, 31, 31]
    [(_, attributes)] = house.dead_letters()
    assert attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"
    assert attributes["RETRY_ATTEMPTS"] == "5"


async def test_zero_retries_means_one_attempt(house: House) -> None:
    house.services.replies["lambda.Invoke"] = [BUSY] * 2
    await house.deliver(FUNCTION, RetryPolicy={"MaximumRetryAttempts": 0})
    assert len(house.services.payloads) == 1
    [(_, attributes)] = house.dead_letters()
    assert attributes["RETRY_ATTEMPTS"] == "0"


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (ServiceReply(404, "ResourceNotFoundException", "gone"), "NO_RESOURCE"),
        (ServiceReply(403, "AccessDeniedException", "no"), "NO_PERMISSIONS"),
        (ServiceReply(400, "InvalidRequestContentException", "no"), "INVALID_PARAMETER"),
        (ServiceReply(413, "RequestTooLargeException", "no"), "SDK_CLIENT_ERROR"),
    ],
)
async def test_permanent_failure_is_a_dead_letter_at_once(
    house: House, reply: ServiceReply, code: str
) -> None:
    house.services.replies["lambda.Invoke"] = [reply]
    await house.deliver(FUNCTION)
    [(_, attributes)] = house.dead_letters()
    assert attributes["ERROR_CODE"] == code
    assert "EXHAUSTED_RETRY_CONDITION" not in attributes
    assert house.clock.seconds == 0


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (ServiceReply(500, "InternalFailure", "broken"), "INTERNAL_ERROR"),
        (NoReply("refused"), "CONNECTION_FAILURE"),
        (TooLate("late"), "TIMEOUT"),
        (ServiceReply(400, "ProvisionedThroughputExceededException", "slower"), "THROTTLING"),
    ],
)
async def test_temporary_failure_is_retried(house: House, reply: ServiceReply | NoReply, code: str) -> None:
    house.services.replies["lambda.Invoke"] = [reply, reply]
    await house.deliver(FUNCTION, RetryPolicy={"MaximumRetryAttempts": 1})
    [(_, attributes)] = house.dead_letters()
    assert (attributes["ERROR_CODE"], attributes["RETRY_ATTEMPTS"]) == (code, "1")


async def test_dead_letter_is_retried_while_its_queue_is_busy(house: House) -> None:
    house.services.replies = {"lambda.Invoke": [ServiceReply(404)], "sqs.SendMessage": [BUSY] * 5}
    await house.deliver(FUNCTION)
    assert len(house.dead_letters()) == 6
    assert [ended.dead_lettered for ended in house.notes.ends] == [True]


async def test_dead_letter_without_an_existing_queue_is_logged(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.services.queues.remove(DEAD)
    house.services.replies["lambda.Invoke"] = [ServiceReply(404, "ResourceNotFoundException", "gone")]
    await house.deliver(FUNCTION)
    [record] = caplog.records
    assert record.getMessage().endswith(f"the dead letters do not take it: there is no queue {DEAD}")
    assert [ended.dead_lettered for ended in house.notes.ends] == [False]


async def test_event_without_a_dead_letter_queue_is_lost_with_a_log_line(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.services.replies["lambda.Invoke"] = [ServiceReply(404, "ResourceNotFoundException", "gone")]
    await house.deliver(FUNCTION, DeadLetterConfig=None)
    [record] = caplog.records
    assert "is lost, there is no dead-letter queue: NO_RESOURCE: gone" in record.getMessage()
    assert [(ended.outcome, ended.dead_lettered) for ended in house.notes.ends] == [
        (DeliveryRefused("gone", "NO_RESOURCE"), None)
    ]


async def test_dead_letter_is_the_original_event(house: House) -> None:
    house.services.replies["lambda.Invoke"] = [ServiceReply(404)]
    await house.deliver(FUNCTION, Input='{"fixed": true}')
    [(body, _)] = house.dead_letters()
    assert (house.services.payloads, json.loads(body)) == (['{"fixed": true}'], EVENT)


async def test_target_in_another_region_receives_nothing(house: House) -> None:
    await house.deliver(QUEUE.replace("us-east-1", "eu-west-1"))
    [(_, attributes)] = house.dead_letters()
    assert "another account or Region" in attributes["ERROR_MESSAGE"]


async def test_retries_of_one_target_delay_no_other(house: House) -> None:
    house.services.replies["lambda.Invoke"] = [BUSY] * 100
    for _ in range(50):
        house.put(FUNCTION)
    house.put(QUEUE)
    await house.clock.run(until=0)
    assert len(house.services.sent(QUEUE)) == 1


async def test_internal_error_is_retried(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.services.replies["lambda.Invoke"] = [RuntimeError("broken")]
    await house.deliver(FUNCTION)
    assert [type(outcome).__name__ for _, outcome in house.notes.attempts] == ["Unavailable", "Delivered"]
    assert "an attempt to deliver e-1 broke" in caplog.text
