"""Mapped parameters: what their expressions read, and that any text is read or refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.gateway.mapping.paths import follow, read_path
from localcloud.gateway.mapping.sources import Exchange, answer_source, request_source, within

EXCHANGE = Exchange(
    body='{"order": {"id": 7, "lines": [{"sku": "a"}, {"sku": "b"}], "paid": true, "note": null}}',
    parameters={"path": {"id": "p"}, "querystring": {"q[]": "2"}, "header": {"X-Mine": "h2"}},
    several={"querystring": {"q[]": ["1", "2"]}, "header": {"X-Mine": ["h1", "h2"]}},
    context={"authorizer": {"claims": {"cognito:groups": "a,b"}}, "identity": {"sourceIp": "::1"}},
    stage_variables={"queue": "orders"},
    answer_headers={"ETag": ["e"], "Set-Cookie": ["a=1", "b=2"]},
    answer_body='{"MessageId": "m"}',
)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("'it''s'", ["it''s"]),
        ("method.request.path.id", ["p"]),
        ("method.request.querystring.q[]", ["2"]),
        ("method.request.multivaluequerystring.q[]", ["1", "2"]),
        ("method.request.header.x-mine", ["h2"]),
        ("method.request.multivalueheader.x-mine", ["h1", "h2"]),
        ("route.request.header.X-Mine", ["h2"]),
        ("method.request.body.order.lines[1].sku", ["b"]),
        ("method.request.body.$.order.lines[-1]", ['{"sku":"b"}']),
        ("method.request.body.order.paid", ["true"]),
        ("method.request.body.order.note", []),
        ("method.request.body", [EXCHANGE.body]),
        ("context.authorizer.claims.cognito:groups", ["a,b"]),
        ("context.identity.sourceIp", ["::1"]),
        ("context.identity", []),
        ("stageVariables.queue", ["orders"]),
        ("stageVariables.none", []),
    ],
)
def test_request_source_has_its_values(text: str, values: list[str]) -> None:
    read = request_source(text)
    assert read is not None
    assert read(EXCHANGE) == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("integration.response.header.etag", ["e"]),
        ("integration.response.header.set-cookie", ["b=2"]),
        ("integration.response.multivalueheader.set-cookie", ["a=1", "b=2"]),
        ("integration.response.body.MessageId", ["m"]),
        ("integration.response.body", ['{"MessageId": "m"}']),
        ("context.identity.sourceIp", ["::1"]),
    ],
)
def test_response_source_has_its_values(text: str, values: list[str]) -> None:
    read = answer_source(text)
    assert read is not None
    assert read(EXCHANGE) == values


@pytest.mark.parametrize(
    "text", ["", "text", "'", "method.request.cookie.a", "context.", "method.request.body.a[*]"]
)
def test_invalid_source_is_refused(text: str) -> None:
    assert request_source(text) is None


@given(st.text() | st.from_regex(r"(method|integration)\.(request|response)\.(body|header)\..*"))
def test_any_text_is_a_source_or_refused(text: str) -> None:
    for source in (request_source(text), answer_source(text)):
        if source is not None:
            assert all(isinstance(value, str) for value in source(EXCHANGE))


NAMES = st.text(st.characters(exclude_characters="'"), max_size=5)


@given(st.lists(NAMES | st.integers(0, 2), min_size=1, max_size=5), st.text() | st.integers() | st.booleans())
def test_path_names_the_value_below_its_steps(steps: list[str | int], leaf: Any) -> None:
    document: Any = leaf
    for step in reversed(steps):
        document = {step: document} if isinstance(step, str) else [None] * step + [document]
    path = read_path("".join(f"['{step}']" if isinstance(step, str) else f"[{step}]" for step in steps))
    assert path == tuple(steps)
    text = leaf if isinstance(leaf, str) else json.dumps(leaf)
    assert follow(json.dumps(document), path) == text


@given(st.dictionaries(st.text(max_size=4), st.text(max_size=3), max_size=3), st.text(max_size=8))
def test_context_has_a_text_or_nothing_at_any_path(context: dict[str, str], path: str) -> None:
    assert within({"claims": context}, f"claims.{path}") == context.get(path)
