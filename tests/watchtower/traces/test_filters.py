from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.watchtower.traces.assembly import assemble
from localcloud.watchtower.traces.filters import FilterError, TraceScope, parse_filter
from tests.watchtower.traces.documents import TRACE, segment, subsegment

CALLED = subsegment(2, name="pay", namespace="remote", seconds=0.5)
TABLE = subsegment(
    3, name="DynamoDB", namespace="aws", aws={"table_name": "orders"}, error=True, throttle=True
)
DOCUMENTS = [
    segment(
        1,
        name="shop",
        origin="AWS::AppSync::GraphQLAPI",
        seconds=2.0,
        user="ada",
        http={"request": {"url": "http://shop/graphql", "method": "POST"}, "response": {"status": 200}},
        annotations={"tier": "gold", "items": 3, "gift": True},
        subsegments=[CALLED, TABLE],
    ),
    segment(
        4, name="payments", origin="AWS::Lambda::Function", parent_id=f"{2:016x}", seconds=3.0, fault=True
    ),
]


def holds(expression: str) -> bool:
    trace = assemble(TRACE, map(json.loads, DOCUMENTS))
    return parse_filter(expression).holds(TraceScope(trace))


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "ok",
        "ok = true",
        "!error",
        "fault = false",
        "NOT throttle",
        "partial = false",
        "responsetime >= 2",
        "responsetime < 2.5 AND duration > 2.5",
        "http.status = 200",
        'http.url ENDSWITH "/graphql"',
        'http.url CONTAINS "shop" AND http.method = "POST"',
        "user",
        'user = "ada"',
        'annotation.tier = "gold"',
        'annotation[tier] BEGINSWITH "go"',
        "annotation.items > 2",
        "annotation.gift = true",
        "annotation.gift",
        "!annotation.absent",
        'service("payments") { fault }',
        'service(id(name: "payments", type: "AWS::Lambda::Function"))',
        "service() { fault = true }",
        'service("payments") { responsetime > 2 AND !ok }',
        'service(id(type: "AWS::DynamoDB::Table")) { throttle }',
        'service("orders") { inferred }',
        'edge("shop", "payments")',
        'edge("shop", id(name: "orders"))',
        'service("nobody") OR service("shop")',
        'service("nobody") AND fault OR ok',
        '(service("nobody") OR ok) AND !fault',
        'name = "payments"',
    ],
)
def test_expression_selects_a_trace_when_it_is_true(expression: str) -> None:
    assert holds(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "fault",
        "error",
        "ok != true",
        "responsetime > 2.5",
        "http.status >= 400",
        'annotation.tier = "silver"',
        'annotation.items = "3"',
        "annotation.absent",
        'service("shop") { fault }',
        'edge("payments", "shop")',
        'service("nobody")',
        'ok AND (service("nobody") OR fault)',
    ],
)
def test_expression_leaves_a_trace_out_when_it_is_false(expression: str) -> None:
    assert not holds(expression)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("nonsense", "unknown keyword 'nonsense' at position 0"),
        ("responsetime >", "expected a number, not the end at position 14"),
        ("responsetime", "expected an operator, not the end"),
        ("ok AND", "expected a keyword, not the end"),
        ('service("a"', "expected ')', not the end"),
        ("service(a)", "expected a service's name or id"),
        ("ok fault", "expected the end, not 'fault' at position 3"),
        ("http.status = #", "unexpected '#' at position 14"),
        ("fault = maybe", "expected true or false"),
        ("(" * 500 + "ok" + ")" * 500, "nested too deeply"),
        ("!" * 3000 + "ok", "nested too deeply"),
        ("edge(id(colour: 'x'), 'y')", "expected name, type or account.id"),
    ],
)
def test_expression_is_refused_when_it_has_no_meaning(expression: str, message: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(expression)
    assert message in str(caught.value)


WORDS = [
    "ok",
    "AND",
    "OR",
    "!",
    "(",
    ")",
    "{",
    "}",
    "service",
    '"a"',
    "responsetime",
    ">",
    "1",
    "annotation.a",
    "=",
    "edge",
    ",",
]


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=12).map(" ".join))
def test_parser_returns_a_meaning_or_its_own_error(expression: str) -> None:
    trace = assemble(TRACE, map(json.loads, DOCUMENTS))
    try:
        meaning = parse_filter(expression)
    except FilterError:
        return
    assert meaning.holds(TraceScope(trace)) in {True, False}
