"""The parts of the benchmark of state machines: the machines, their transitions, the bill."""

from __future__ import annotations

from typing import Any

import pytest

from bench import workflows
from bench.benchmarks import bill

PRICES = bill.prices()


def meter(**counts: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {"operations": {}, "capacity": {}, "transitions": {}, "lambda": {}}
    return {**nothing, **counts}


def dollars(kind: str, document: dict[str, Any], orders: int) -> dict[str, float]:
    return {figure.name: figure.value for figure in bill.bill(kind, document, orders, PRICES)}


def test_standard_executions_are_billed_by_transitions() -> None:
    figures = dollars("Standard", meter(transitions={"orders": 150}), 10)
    assert figures["a million orders by Standard executions: Step Functions"] == pytest.approx(375)


def test_express_executions_are_billed_by_requests_and_duration_alone() -> None:
    express = {"orders": {"requests": 10, "gb_seconds": 10.0}}
    figures = dollars("Express", meter(transitions={"orders": 150}, express=express), 10)
    assert figures["a million orders by Express executions: Step Functions"] == pytest.approx(1 + 16.67)


def test_the_bill_is_the_sum_of_its_services() -> None:
    counted = meter(
        capacity={"table": {"read": 10, "write": 20}},
        **{"lambda": {"api": {"invocations": 40, "gb_seconds": 1.0}}},
    )
    total, *services = bill.bill("Standard", counted, 10, PRICES)
    assert total.value == pytest.approx(sum(figure.value for figure in services))
    assert total.value == pytest.approx(0.125 + 1.25 + 0.8 + 1.33334)


def test_base_without_express_counts_is_billed() -> None:
    assert "express" not in meter()
    assert dollars("Standard", meter(), 10)["a million orders by Standard executions"] == 0


def test_machine_of_ten_runs_through_ten_states() -> None:
    machine = workflows.ten()
    kinds = [state["Type"] for state in machine["States"].values()]
    assert (kinds.count("Pass"), kinds.count("Choice")) == (5, 5)


def test_benchmark_machine_makes_no_call() -> None:
    states = workflows.order()["States"].values()
    assert not [state for state in states if state["Type"] == "Task"]
