"""An execution's history, read as steps: branches, iterations, retries, caught errors, ends, redrives."""

from __future__ import annotations

from orders.tracing.definition import graph_of
from orders.tracing.history import steps_of
from orders.tracing.model import Step
from tests.orders.tracing.samples import DEFINITION, EventSpec, at, events, short

GRAPH = graph_of(DEFINITION)
START: tuple[EventSpec, ...] = (("ExecutionStarted", 0), ("TaskStateEntered", 0, "Check"))


def steps(*specs: EventSpec) -> tuple[Step, ...]:
    return steps_of(events(*specs), GRAPH)


def test_step_has_the_times_of_its_entry_and_exit() -> None:
    result = steps(
        *START,
        ("TaskScheduled", 2),
        ("TaskStarted", 3),
        ("TaskSucceeded", 4),
        ("TaskStateExited", 5, "Check"),
    )
    assert short(result) == ["1 Check SUCCEEDED"]
    assert (result[0].entered_at, result[0].left_at, result[0].type) == (at(2), at(6), "Task")


def test_step_runs_until_it_is_exited() -> None:
    result = steps(*START, ("TaskScheduled", 2), ("TaskSubmitted", 3))
    assert short(result) == ["1 Check RUNNING"]
    assert result[0].left_at is None


def test_attempts_after_the_first_are_retries_and_a_success_has_no_error() -> None:
    result = steps(
        *START,
        ("TaskScheduled", 2),
        ("TaskFailed", 3, "Busy"),
        ("TaskScheduled", 4),
        ("TaskTimedOut", 5, "States.Timeout"),
        ("TaskScheduled", 6),
        ("TaskSucceeded", 7),
        ("TaskStateExited", 8, "Check"),
    )
    assert short(result) == ["1 Check SUCCEEDED x2"]


def test_caught_error_has_its_name() -> None:
    result = steps(
        *START,
        ("TaskScheduled", 2),
        ("TaskFailed", 3, "Bad"),
        ("TaskStateExited", 4, "Check"),
        ("FailStateEntered", 5, "Stop"),
        ("ExecutionFailed", 6, "Stopped"),
    )
    assert short(result) == ["1 Check CAUGHT Bad", "2 Stop FAILED Stopped"]
    assert result[1].left_at == at(7)


def test_caught_error_without_an_event_is_derived_from_the_next_state() -> None:
    result = steps(*START, ("TaskStateExited", 2, "Check"), ("FailStateEntered", 3, "Stop"))
    assert short(result) == ["1 Check CAUGHT", "2 Stop RUNNING"]


BOTH: tuple[EventSpec, ...] = (
    ("ExecutionStarted", 0),
    ("ParallelStateEntered", 0, "Both"),
    ("ParallelStateStarted", 2),
    ("MapStateEntered", 3, "Each"),
    ("TaskStateEntered", 3, "Pay"),
    ("MapStateStarted", 4),
    ("TaskScheduled", 5),
    ("MapIterationStarted", 6, 0),
    ("MapIterationStarted", 6, 1),
    ("TaskStateEntered", 9, "Take"),  # 10: the second iteration is first
    ("TaskStateEntered", 8, "Take"),
    ("TaskScheduled", 10),
    ("TaskScheduled", 11),
)


def test_interleaved_branches_and_iterations_are_separated() -> None:
    result = steps(
        *BOTH,
        ("TaskSucceeded", 12),
        ("TaskStateExited", 14, "Take"),
        ("MapIterationSucceeded", 15, 1),
        ("TaskFailed", 7, "Busy"),
        ("TaskScheduled", 17),
        ("TaskSucceeded", 13),
        ("TaskStateExited", 19, "Take"),
        ("MapIterationSucceeded", 20, 0),
        ("MapStateSucceeded", 21),
        ("MapStateExited", 22, "Each"),
        ("TaskSucceeded", 18),
        ("TaskStateExited", 24, "Pay"),
        ("ParallelStateSucceeded", 25),
        ("ParallelStateExited", 26, "Both"),
        ("ChoiceStateEntered", 27, "Which"),
        ("ChoiceStateExited", 28, "Which"),
        ("SucceedStateEntered", 29, "Done"),
        ("SucceedStateExited", 30, "Done"),
        ("ExecutionSucceeded", 31),
    )
    assert short(result) == [
        "1 Both SUCCEEDED",
        "2 Each in 1[0] SUCCEEDED",
        "3 Pay in 1[1] SUCCEEDED x1",
        "4 Take in 2[1] SUCCEEDED",
        "5 Take in 2[0] SUCCEEDED",
        "6 Which SUCCEEDED",
        "7 Done SUCCEEDED",
    ]
    assert (result[3].left_at, result[4].left_at) == (at(15), at(20))


def test_failed_branch_aborts_its_siblings() -> None:
    result = steps(
        *BOTH,
        ("TaskFailed", 12, "Empty"),
        ("MapIterationFailed", 14, 1),
        ("MapIterationAborted", 15, 0),
        ("MapStateFailed", 16, "Empty"),
        ("ParallelStateFailed", 17, "Empty"),
        ("ExecutionFailed", 18, "Empty"),
    )
    assert short(result) == [
        "1 Both FAILED Empty",
        "2 Each in 1[0] FAILED Empty",
        "3 Pay in 1[1] ABORTED",
        "4 Take in 2[1] FAILED Empty",
        "5 Take in 2[0] ABORTED",
    ]
    assert [step.left_at for step in result] == [at(19), at(18), at(18), at(15), at(16)]


def test_retried_container_counts_its_retry() -> None:
    result = steps(
        ("ExecutionStarted", 0),
        ("ParallelStateEntered", 0, "Both"),
        ("ParallelStateStarted", 2),
        ("TaskStateEntered", 3, "Pay"),
        ("TaskScheduled", 4),
        ("TaskFailed", 5, "Busy"),
        ("ParallelStateFailed", 6, "Busy"),
        ("ParallelStateStarted", 7),
        ("TaskStateEntered", 8, "Pay"),
    )
    assert short(result) == ["1 Both RUNNING x1", "2 Pay in 1[1] FAILED Busy", "3 Pay in 1[1] RUNNING"]


def test_empty_map_ends_at_once() -> None:
    result = steps(
        ("ExecutionStarted", 0),
        ("MapStateEntered", 0, "Each"),
        ("MapStateStarted", 2),
        ("MapStateSucceeded", 3),
        ("MapStateExited", 4, "Each"),
    )
    assert short(result) == ["1 Each SUCCEEDED"]


def test_stopped_execution_leaves_no_step_open() -> None:
    for end in ("ExecutionAborted", "ExecutionTimedOut"):
        result = steps(*BOTH, (end, 0))
        assert {step.outcome.value for step in result} == {"ABORTED"}
        assert {step.left_at for step in result} == {at(len(BOTH) + 1)}


FAILED: tuple[EventSpec, ...] = (
    *START,
    ("TaskScheduled", 2),
    ("TaskFailed", 3, "Broken"),
    ("ExecutionFailed", 4, "Broken"),
    ("ExecutionRedriven", 5),
)


def test_redrive_continues_in_the_failed_step() -> None:
    again = steps(*FAILED, ("TaskScheduled", 6))
    assert short(again) == ["1 Check RUNNING"]
    through = steps(*FAILED, ("TaskScheduled", 6), ("TaskSucceeded", 7), ("TaskStateExited", 8, "Check"))
    assert short(through) == ["1 Check SUCCEEDED"]
    assert through[0].left_at == at(9)


def test_redrive_that_reenters_a_state_is_a_separate_step() -> None:
    result = steps(*FAILED, ("TaskStateEntered", 6, "Check"), ("TaskScheduled", 7))
    assert short(result) == ["1 Check FAILED Broken", "2 Check RUNNING"]


def test_redrive_within_a_branch_reopens_its_containers() -> None:
    result = steps(
        ("ExecutionStarted", 0),
        ("ParallelStateEntered", 0, "Both"),
        ("ParallelStateStarted", 2),
        ("TaskStateEntered", 3, "Pay"),
        ("TaskScheduled", 4),
        ("ExecutionTimedOut", 5),
        ("ExecutionRedriven", 6),
        ("TaskScheduled", 7),
        ("TaskSucceeded", 8),
        ("TaskStateExited", 9, "Pay"),
        ("ParallelStateSucceeded", 10),
        ("ParallelStateExited", 11, "Both"),
    )
    assert short(result) == ["1 Both SUCCEEDED", "2 Pay in 1[1] SUCCEEDED"]


def test_redrive_exits_a_state_that_needs_no_repetition() -> None:
    result = steps(
        ("ExecutionStarted", 0),
        ("ParallelStateEntered", 0, "Both"),
        ("ParallelStateStarted", 2),
        ("WaitStateEntered", 3, "Pay"),
        ("ExecutionAborted", 0),
        ("ExecutionRedriven", 5),
        ("WaitStateExited", 4, "Pay"),
    )
    assert short(result) == ["1 Both RUNNING", "2 Pay in 1[1] SUCCEEDED"]


def test_unknown_events_are_ignored() -> None:
    result = steps(*START, ("SomethingNew", 2), ("TaskScheduled", 3), ("TaskStateExited", 4, "Check"))
    assert short(result) == ["1 Check SUCCEEDED"]
    assert steps(("TaskStateExited", 7, "Check"), ("MapIterationStarted", 9, 0)) == ()
