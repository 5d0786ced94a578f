"""Metric math: what expressions mean, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.watchtower.facade import MetricStore, QueryError, queries_of, results
from localcloud.watchtower.metrics.arithmetic import Arithmetic, Value
from localcloud.watchtower.metrics.expressions import ExpressionError, parse
from localcloud.watchtower.metrics.sink import Drained

SERIES: dict[str, Value] = {"a": {0: 4.0, 60: 9.0}, "b": {0: 2.0, 120: 5.0}, "none": {}}
MOMENTS = [0, 60, 120]


def value(expression: str) -> Value:
    return Arithmetic(SERIES, MOMENTS, 60).value(parse(expression))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("2 + 3 * 4", 14.0),
        ("-(2 + 3) * 4", -20.0),
        ("2 ^ 3 ^ 2", 512.0),
        ("10 - 4 - 3", 3.0),
        ("a + b", {0: 6.0}),
        ("a / b", {0: 2.0}),
        ("a / (b - b)", {}),
        ("100 * b", {0: 200.0, 120: 500.0}),
        ("SUM(METRICS())", {0: 6.0, 60: 9.0, 120: 5.0}),
        ("SUM([a, b])", {0: 6.0, 60: 9.0, 120: 5.0}),
        ("MAX([a, b])", {0: 4.0, 60: 9.0, 120: 5.0}),
        ("SUM(a)", 13.0),
        ("AVG(a)", 6.5),
        ("FILL(a, 0)", {0: 4.0, 60: 9.0, 120: 0.0}),
        ("FILL(b, REPEAT)", {0: 2.0, 60: 2.0, 120: 5.0}),
        ("FILL(b, LINEAR)", {0: 2.0, 60: 3.5, 120: 5.0}),
        ("FILL(none, 1)", {0: 1.0, 60: 1.0, 120: 1.0}),
        ("IF(a > 5, 1, 0)", {0: 0.0, 60: 1.0}),
        ("IF(a > 5, a)", {60: 9.0}),
        ("a > 5 && a < 10", {0: 0.0, 60: 1.0}),
        ("RATE(a)", {60: 5.0 / 60}),
        ("DIFF(a)", {60: 5.0}),
        ("RUNNING_SUM(a)", {0: 4.0, 60: 13.0}),
        ("PERIOD(a)", 60.0),
        ("CEIL(a / 3)", {0: 2.0, 60: 3.0}),
        ("a ^ 5000", {}),
        ("(0 - a) ^ 0.5", {}),
        ("(a - a) ^ (0 - 1)", {}),
        ("a + CEIL(1 / 0)", {}),
        ("a * FLOOR(10 ^ 308 * 10)", {}),
    ],
)
def test_expression_has_its_value(expression: str, expected: Value) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize("expression", ["", "a +", "(a", "a b", "SUM(a", "[a", "a $ b", "'text'", "unknown"])
def test_expression_is_refused_when_it_makes_no_sense(expression: str) -> None:
    with pytest.raises(ExpressionError):
        value(expression)


@given(st.text(alphabet="ab1+-*/^()[],. <>=FILSUM", max_size=30))
def test_any_text_has_a_value_or_is_refused(expression: str) -> None:
    try:
        value(expression)
    except (ExpressionError, OverflowError):
        pass
    except TypeError as error:  # a complex number: (-1) ^ 0.5
        assert "complex" in str(error)


def stat(name: str, metric: str) -> dict[str, object]:
    metric_of = {"Namespace": "Shop", "MetricName": metric}
    return {
        "Id": name,
        "MetricStat": {"Metric": metric_of, "Period": 60, "Stat": "Sum"},
        "ReturnData": False,
    }


def test_queries_are_evaluated_over_the_metrics_that_they_name() -> None:
    store = MetricStore()
    for name, total in (("Errors", 1.0), ("Orders", 4.0)):
        store.take([Drained("Shop", name, (), "Count", [[60, total, total, 1.0, 1.0, None]])])
    rate = {"Id": "rate", "Expression": "100 * errors / orders", "Label": "%"}
    queries = queries_of([rate, stat("errors", "Errors"), stat("orders", "Orders")])
    assert results(queries, store, 0, 120)["rate"][1] == {60: 25.0}


@pytest.mark.parametrize(
    ("listed", "reason"),
    [
        ([{"Id": "a"}], "Exactly one"),
        ([stat("a", "x"), stat("a", "y")], "not unique"),
        ([{"Id": "a", "Expression": "SEARCH('x', 'Sum', 60)"}], "SEARCH is not served"),
        ([{"Id": "a", "MetricStat": {"Metric": {}}}], "lacks"),
    ],
)
def test_invalid_queries_are_refused_with_a_reason(listed: list[dict[str, object]], reason: str) -> None:
    with pytest.raises(QueryError, match=reason):
        queries_of(listed)


def test_circular_expressions_are_refused() -> None:
    queries = queries_of([{"Id": "a", "Expression": "b + 1"}, {"Id": "b", "Expression": "a + 1"}])
    with pytest.raises(QueryError, match="Circular"):
        results(queries, MetricStore(), 0, 60)
