"""A durable function, deployed by a test: each case is one of the SDK's operations, as users write them."""

from __future__ import annotations

from typing import Any

from aws_durable_execution_sdk_python import (
    BatchResult,
    CallbackExternalError,
    DurableContext,
    ParallelBranch,
    StepContext,
    StepError,
    durable_execution,
)
from aws_durable_execution_sdk_python.config import (
    CompletionConfig,
    Duration,
    MapConfig,
    ParallelConfig,
    StepConfig,
)
from aws_durable_execution_sdk_python.retries import RetryDecision, RetryPresets
from aws_durable_execution_sdk_python.waits import WaitForConditionConfig, WaitForConditionDecision

ONCE = StepConfig(RetryPresets.none())


def step(context: DurableContext) -> Any:
    """Succeed at the third attempt, two minutes later."""

    def flaky(inner: StepContext) -> int:
        if inner.attempt < 3:
            raise ValueError("not yet")
        return inner.attempt

    def again(_error: Exception, _attempts: int) -> RetryDecision:
        return RetryDecision.retry(Duration.from_minutes(1))

    return context.step(flaky, name="flaky", config=StepConfig(again))


def child(context: DurableContext) -> Any:
    """Catch what fails in a child context's step, and wait in it."""

    def fail(_inner: StepContext) -> None:
        raise ValueError("no")

    def inside(inner: DurableContext) -> str:
        try:
            inner.step(fail, name="fail", config=ONCE)
        except StepError as error:
            inner.wait(Duration.from_minutes(5), name="rest")
            return str(error.error_type)
        return "nothing failed"

    return context.run_in_child_context(inside, name="inside")


def mapped(context: DurableContext) -> Any:
    """One of three items fails; the map returns all the same."""

    def double(inner: DurableContext, item: int, _index: int, _items: object) -> int:
        if item == 2:
            raise ValueError("two")
        return int(inner.step(lambda _: item * 2, name=f"double {item}"))

    result: BatchResult[int] = context.map(
        [1, 2, 3], double, name="numbers", config=MapConfig(max_concurrency=1)
    )
    return [result.success_count, result.failure_count, result.get_results()]


def parallel(context: DurableContext) -> Any:
    """The first success is enough."""
    branches: list[ParallelBranch[str]] = [
        ParallelBranch(lambda inner: inner.step(lambda _: "a", name="a"), name="first")
    ]
    branches += [ParallelBranch(lambda inner: inner.step(lambda _: "b", name="b"), name="second")]
    config = ParallelConfig(max_concurrency=1, completion_config=CompletionConfig(min_successful=1))
    return context.parallel(branches, name="race", config=config).get_results()


def condition(context: DurableContext) -> Any:
    """Poll three times, a minute apart."""

    def strategy(state: int, _attempts: int) -> WaitForConditionDecision:
        if state >= 3:
            return WaitForConditionDecision.stop_polling()
        return WaitForConditionDecision.continue_waiting(Duration.from_minutes(1))

    config = WaitForConditionConfig(strategy, 0)
    return context.wait_for_condition(lambda state, _: state + 1, config, name="poll")


def callback(context: DurableContext) -> Any:
    """Ask, and be refused."""
    try:
        return context.wait_for_callback(lambda _key, _inner: None, name="ask")
    except CallbackExternalError as error:
        return error.message


def invoke(context: DurableContext) -> Any:
    """Invoke this very function, by its alias, for another case."""
    return context.invoke("cases:live", "parallel", name="other")


CASES = {case.__name__: case for case in (step, child, mapped, parallel, condition, callback, invoke)}


@durable_execution
def handler(event: str, context: DurableContext) -> Any:
    """Run the case of this name."""
    return CASES[event](context)
