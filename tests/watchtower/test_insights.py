"""Logs Insights: what queries answer, and what is refused rather than ignored."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.watchtower.logs.insights import run
from localcloud.watchtower.logs.query_syntax import InsightsError

EVENTS: list[dict[str, Any]] = [
    {"@timestamp": 60_000 * minute, "@message": message, "@logStream": "s", "@log": "/g", "@ptr": str(minute)}
    for minute, message in enumerate(
        [
            json.dumps({"level": "INFO", "took": 5, "order": {"id": "a"}}),
            json.dumps({"level": "ERROR", "took": 20, "order": {"id": "b"}}),
            json.dumps({"level": "ERROR", "took": 40, "order": {"id": "b"}}),
            "REPORT RequestId: 1 Duration: 12.50 ms",
        ]
    )
]


def column(query: str, name: str) -> list[str | None]:
    return [row.get(name) for row in run(query, EVENTS)]


@pytest.mark.parametrize(
    ("query", "name", "values"),
    [
        ("fields @timestamp", "@timestamp", [f"1970-01-01 00:0{n}:00.000" for n in (3, 2, 1, 0)]),
        ('fields took | filter level = "ERROR" | sort took', "took", ["20", "40"]),
        ("fields took | filter took > 10 and took <= 40 | sort took desc", "took", ["40", "20"]),
        ("fields order.id as id | filter level in ['INFO', 'WARN']", "id", ["a"]),
        ("fields @ptr | filter @message like /(?i)report|none/", "@ptr", ["3"]),
        ("fields level | filter not ispresent(took)", "level", [None]),
        ("fields took | filter @message not like 'ERROR' and ispresent(took) # note", "took", ["5"]),
        ("stats count(*) as n by level | sort n desc", "n", ["2", "1", "1"]),
        ("stats avg(took), max(took) as most by level | sort most desc | limit 1", "avg(took)", ["30"]),
        ("stats pct(took, 50) as p50", "p50", ["20"]),
        ("stats count_distinct(order.id) as orders", "orders", ["2"]),
        ("stats count(*) as n by bin(2m) as slot | sort slot", "n", ["2", "2"]),
        ("parse @message 'Duration: * ms' as ms | filter ispresent(ms) | fields ms", "ms", ["12.50"]),
        ("parse @message /Duration: (?<ms>[0-9.]+)/ | filter ms > 12 | fields ms", "ms", ["12.50"]),
        ("filter ispresent(order.id) | dedup order.id | fields order.id as id | sort id", "id", ["a", "b"]),
    ],
)  # fmt: skip
def test_insights_query_returns_its_rows(query: str, name: str, values: list[str | None]) -> None:
    assert column(query, name) == values


@pytest.mark.parametrize(
    "query",
    [
        "",
        "unmask @message",
        "filter level",
        "filter level = ",
        "filter (level = 'a'",
        "stats level",
        "stats stddev(took)",
        "parse @message 'a * b'",
        "parse @message /(/ as a",
        "fields strlen(@message)",
        "fields took * 2 as twice",
        "stats sum(took * 2)",
        "stats count(*) by took + 1",
        "limit many",
    ],
)
def test_unsupported_query_is_refused(query: str) -> None:
    with pytest.raises(InsightsError):
        run(query, EVENTS)


@given(st.text(alphabet="fieldstrby @|'\"/(),=<>*123 \n#", max_size=40))
def test_any_query_returns_rows_or_is_refused(query: str) -> None:
    with suppress(InsightsError):
        assert isinstance(run(query, EVENTS), list)
