"""Filter patterns, by the examples of CloudWatch Logs' own documentation."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.watchtower.logs.comparing import PatternError
from localcloud.watchtower.logs.patterns import compile_pattern, value_in, values_of

EVENT = json.dumps(
    {
        "eventType": "UpdateTrail",
        "sourceIPAddress": "111.111.111.111",
        "arrayKey": ["value", "another value"],
        "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
        "SomeObject": None,
        "cluster.name": "c",
        "ok": True,
        "took": 12.5,
    }
)


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("", True),
        ('{ $.eventType = "UpdateTrail" }', True),
        ("{ $.eventType = UpdateTrail }", True),
        ('{ $.eventType != "UpdateTrail" }', False),
        ("{ $.sourceIPAddress != 123.123.* }", True),
        ("{ $.sourceIPAddress = %111\\.111% }", True),
        ('{ $.arrayKey[0] = "value" }', True),
        ('{ $.arrayKey[*] = "another value" }', True),
        ("{ $.objectList[1].id = 2 }", True),
        ("{ $.objectList[1].id > 2 }", False),
        ("{ $.SomeObject IS NULL }", True),
        ("{ $.SomeOtherObject NOT EXISTS }", True),
        ("{ $.ok IS TRUE }", True),
        ("{ $.ok IS FALSE }", False),
        ("{ $.took >= 12.5 && $.took < 13 }", True),
        ('{ $.["cluster.name"] = "c" }', True),
        ("{ ($.took < 1 || $.ok IS TRUE) && $.eventType = Update* }", True),
        ("{ $.took < 1 || $.ok IS TRUE && $.eventType = Delete* }", False),
        ("UpdateTrail", True),
        ('"UpdateTrail" -"another value"', False),
    ],
)
def test_a_json_event_matches(pattern: str, matches: bool) -> None:
    # The documentation quotes keys with special characters as $.["key"], and $["key"] means the same.
    assert compile_pattern(pattern.replace("$.[", "$["))(EVENT) is matches


@pytest.mark.parametrize(
    ("pattern", "message", "matches"),
    [
        ("ERROR", "[ERROR 400] BAD REQUEST", True),
        ("error", "[ERROR 400] BAD REQUEST", False),
        ("ERROR ARGUMENTS", "[ERROR] wrong ARGUMENTS", True),
        ("?ERROR ?ARGUMENTS", "wrong ARGUMENTS", True),
        ('"INTERNAL SERVER ERROR"', "500 INTERNAL SERVER ERROR", True),
        ("ERROR -ARGUMENTS", "[ERROR] wrong ARGUMENTS", False),
        ("%AUTHORIZED%", "UNAUTHORIZED", True),
        ("%^AUTHORIZED%", "UNAUTHORIZED", False),
        ("[ip, user, username, timestamp, request = *.html*, status_code = 4*, bytes]",
         '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534', True),
        ("[ip, user, username, timestamp, request, status_code > 499, bytes]",
         '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534', False),
        ("[..., size > 1000]", "127.0.0.1 ada 1534", True),
        ("[w1 = INFO, ...]", "INFO it goes well", True),
        ("{ $.a = 1 }", "no JSON", False),
    ],
)  # fmt: skip
def test_a_line_of_text_matches(pattern: str, message: str, matches: bool) -> None:
    assert compile_pattern(pattern)(message) is matches


@pytest.mark.parametrize(
    "pattern", ["{ $.a }", "{ $.a = 1", "{ $.a = 1 && }", "{ $.a > x }", "{ a = 1 }", "[a, b", "{ ($.a = 1 }"]
)
def test_invalid_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        compile_pattern(pattern)


@given(st.text(alphabet='{}$.ab=!<>&|()[]"*%? 1-,\\', max_size=25), st.text(max_size=20))
def test_any_pattern_matches_or_is_refused(pattern: str, message: str) -> None:
    with suppress(PatternError):
        assert compile_pattern(pattern)(message) in {True, False}


def test_metric_value_is_read_by_its_path() -> None:
    assert value_in(EVENT, "$.objectList[1].id") == 2
    assert value_in(EVENT, "$.nowhere.deep") is None
    assert value_in("plain", "$.a") is None


def test_metric_value_is_read_by_its_column() -> None:
    line = '127.0.0.1 - ada [10/Oct/2000:13:25:15 -0700] "GET /a.gif HTTP/1.0" 500 1534'
    read = values_of("[ip, id, user, moment, request, status=5*, size > 10]")
    assert [read(line, name) for name in ("$user", "$status", "$size", "$nothing")] == [
        *("ada", "500", "1534"),
        None,
    ]
    read = values_of("[ip, ..., size]")
    assert (read(line, "$ip"), read(line, "$size"), read("", "$size")) == ("127.0.0.1", "1534", None)
