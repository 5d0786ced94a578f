"""A stream's batch that fails: retried, bisected, taken up at its checkpoint, given up."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.functions import FunctionNotFound, InvokeResult
from localcloud.functions.mapping_definition import MappingDefinition
from localcloud.functions.mappings.batches import BatchRunner, GivenUp
from localcloud.functions.mappings.records import Record
from localcloud.functions.observing import Observations
from tests.functions.fakes import function_arn, stream_arn

MAPPING = MappingDefinition("m-1", stream_arn("orders"), function_arn("fanout"), maximum_retries=2)
OK = InvokeResult(b"null")
FAILED = InvokeResult(b'{"errorMessage":"no"}', "Unhandled", request_id="r-1")
NOW = 1_000_000.0


def record(number: int, created: float = NOW) -> Record:
    return {"dynamodb": {"SequenceNumber": str(number), "ApproximateCreationDateTime": created}}


def report(*numbers: int) -> InvokeResult:
    failures = [{"itemIdentifier": str(number)} for number in numbers]
    return InvokeResult(json.dumps({"batchItemFailures": failures}).encode())


class Shard:
    """Runs batches against a function given as a rule, and notes everything."""

    def __init__(self, mapping: MappingDefinition, answer: Callable[[list[int]], InvokeResult]) -> None:
        self.tried: list[list[int]] = []
        self.given_up: list[GivenUp] = []
        self.warnings: list[str] = []
        self._answer = answer
        self.observations = Observations()
        self.runner = BatchRunner(
            mapping,
            self._invoke,
            self._give_up,
            warn=self.warnings.append,
            backoff=(0.0, 0.0),
            now=lambda: NOW,
            observations=self.observations,
        )

    async def _invoke(self, function: str, payload: bytes, *, asynchronous: bool = False) -> InvokeResult:
        records: list[dict[str, Any]] = json.loads(payload)["Records"]
        numbers = [int(item["dynamodb"]["SequenceNumber"]) for item in records]
        self.tried.append(numbers)
        return self._answer(numbers)

    async def _give_up(self, batch: GivenUp) -> None:
        self.given_up.append(batch)

    async def run(self, *numbers: int) -> int:
        return await self.runner.run("shard-1", [record(number) for number in numbers])


def lost(shard: Shard) -> list[list[str]]:
    return [[item["dynamodb"]["SequenceNumber"] for item in batch.records] for batch in shard.given_up]  # type: ignore[index,call-overload,misc]


async def test_successful_batch_is_tried_once() -> None:
    shard = Shard(MAPPING, lambda numbers: OK)
    assert await shard.run(1, 2) == 2
    assert shard.tried == [[1, 2]]


async def test_failing_batch_is_retried_and_then_given_up() -> None:
    shard = Shard(MAPPING, lambda numbers: FAILED)
    assert await shard.run(1, 2) == 2
    assert shard.tried == [[1, 2]] * 3
    (batch,) = shard.given_up
    assert (batch.condition, batch.attempts, batch.shard) == ("RetryAttemptsExhausted", 3, "shard-1")
    assert batch.result == FAILED


async def test_zero_retries_means_one_try() -> None:
    shard = Shard(replace(MAPPING, maximum_retries=0), lambda numbers: FAILED)
    await shard.run(1)
    assert shard.tried == [[1]]
    assert lost(shard) == [["1"]]


async def test_bisecting_isolates_the_bad_record() -> None:
    mapping = replace(MAPPING, bisect=True, maximum_retries=0)
    shard = Shard(mapping, lambda numbers: FAILED if 3 in numbers else OK)
    await shard.run(1, 2, 3, 4)
    assert shard.tried == [[1, 2, 3, 4], [1, 2], [3, 4], [3], [4]]
    assert lost(shard) == [["3"]]


async def test_reported_record_is_the_next_checkpoint() -> None:
    answers = iter([report(3), report(4), OK])
    shard = Shard(replace(MAPPING, partial=True), lambda numbers: next(answers))
    assert await shard.run(1, 2, 3, 4) == 4
    assert shard.tried == [[1, 2, 3, 4], [3, 4], [4]]
    assert shard.given_up == []


async def test_lowest_reported_record_is_the_checkpoint() -> None:
    answers = iter([report(4, 2), OK])
    shard = Shard(replace(MAPPING, partial=True), lambda numbers: next(answers))
    await shard.run(1, 2, 3, 4)
    assert shard.tried == [[1, 2, 3, 4], [2, 3, 4]]


async def test_report_bisects_the_batch_at_its_record() -> None:
    answers = iter([report(2), OK])
    shard = Shard(
        replace(MAPPING, partial=True, bisect=True, maximum_retries=0), lambda numbers: next(answers)
    )
    await shard.run(1, 2, 3, 4)
    assert shard.tried == [[1, 2, 3, 4], [2, 3, 4]]
    assert shard.given_up == []  # a split costs no retry


async def test_report_without_progress_uses_up_the_retries() -> None:
    mapping = replace(MAPPING, partial=True, bisect=True, maximum_retries=1)
    shard = Shard(mapping, lambda numbers: report(2))
    await shard.run(1, 2, 3)
    assert shard.tried == [[1, 2, 3], [2, 3], [2, 3]]
    assert lost(shard) == [["2", "3"]]


async def test_error_bisects_a_batch_of_a_reporting_function() -> None:
    mapping = replace(MAPPING, partial=True, bisect=True, maximum_retries=0)
    shard = Shard(mapping, lambda numbers: FAILED if 3 in numbers else report())
    await shard.run(1, 2, 3, 4)
    assert lost(shard) == [["3"]]


async def test_invalid_report_fails_the_whole_batch() -> None:
    shard = Shard(replace(MAPPING, partial=True, maximum_retries=1), lambda numbers: report(99))
    await shard.run(1, 2)
    assert shard.tried == [[1, 2], [1, 2]]
    assert lost(shard) == [["1", "2"]]


async def test_expired_records_are_not_tried() -> None:
    shard = Shard(replace(MAPPING, maximum_record_age=60), lambda numbers: OK)
    await shard.runner.run("shard-1", [record(1, NOW - 61)])
    await shard.runner.run("shard-1", [record(2, NOW - 59)])
    assert shard.tried == [[2]]
    assert shard.given_up[0].condition == "RecordAgeExceeded"


async def test_expired_records_alone_are_given_up() -> None:
    shard = Shard(replace(MAPPING, maximum_record_age=60), lambda numbers: OK)
    records = [record(1, NOW - 90), record(2, NOW - 61), record(3, NOW - 60)]
    assert await shard.runner.run("shard-1", records) == 3
    assert lost(shard) == [["1", "2"]]
    assert shard.tried == [[3]]


async def test_iterator_age_is_observed_at_each_attempt() -> None:
    answers = iter([FAILED, OK])
    shard = Shard(MAPPING, lambda numbers: next(answers))
    ages: list[tuple[str, str, float]] = []
    shard.observations.listen(
        lambda observation: ages.append((observation.metric, observation.function, observation.value))
    )
    await shard.runner.run("shard-1", [record(1, NOW - 9), record(2, NOW - 2)])
    assert ages == [("IteratorAge", "fanout", 2000)] * 2


async def test_missing_function_uses_no_retry() -> None:
    answers: list[InvokeResult | None] = [None, None, FAILED, FAILED, OK]

    def answer(numbers: list[int]) -> InvokeResult:
        result = answers.pop(0)
        if result is None:
            raise FunctionNotFound("fanout")
        return result

    shard = Shard(MAPPING, answer)
    await shard.run(1)
    assert len(shard.tried) == 5
    assert shard.given_up == []
    assert len(shard.warnings) == 2


async def test_retired_runner_leaves_the_remaining_records() -> None:
    mapping = replace(MAPPING, partial=True, maximum_retries=None)

    def answer(numbers: list[int]) -> InvokeResult:
        shard.runner.retire()
        return report(3)

    shard = Shard(mapping, answer)
    assert await shard.run(1, 2, 3, 4) == 2


@pytest.mark.parametrize("partial", [False, True])
@given(
    count=st.integers(1, 12),
    bad=st.sets(st.integers(1, 12)),
    retries=st.integers(0, 2),
    bisect=st.booleans(),
)
async def test_any_failures_keep_the_order_and_lose_no_record(
    partial: bool, count: int, bad: set[int], retries: int, bisect: bool
) -> None:
    """Every record is handled or given up, and none is first seen before an earlier one."""
    handled: set[int] = set()

    def answer(numbers: list[int]) -> InvokeResult:
        failing = [number for number in numbers if number in bad]
        if partial:
            handled.update(number for number in numbers if not failing or number < failing[0])
            return report(*failing)
        if failing:
            return FAILED
        handled.update(numbers)
        return OK

    shard = Shard(replace(MAPPING, partial=partial, bisect=bisect, maximum_retries=retries), answer)
    everything = set(range(1, count + 1))
    assert await shard.run(*sorted(everything)) == count
    gone = {int(number) for batch in lost(shard) for number in batch}
    assert handled | gone == everything
    firsts = [min(numbers) for numbers in shard.tried]
    assert firsts == sorted(firsts)
    if bisect and not partial:
        assert gone == bad & everything
