"""AppSync's scalars and GraphQL's own, both ways, with AWS's messages."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.appsync.definition import JSON
from localcloud.appsync.execution.conversions import CONVERSIONS
from localcloud.appsync.execution.java import java_text
from localcloud.appsync.execution.schema import build_api_schema

_EVERY = build_api_schema(
    "type Query { a: AWSDate b: AWSTime c: AWSDateTime d: AWSTimestamp e: AWSEmail f: AWSJSON g: AWSURL "
    "h: AWSPhone i: AWSIPAddress j(k: Long): Long }"
).graphql.type_map
CALLED = {
    "AWSDate": "date",
    "AWSTime": "time",
    "AWSDateTime": "DateTime Object",
    "AWSTimestamp": "timestamp",
    "AWSEmail": "email",
    "AWSURL": "URL",
    "AWSPhone": "phone number",
    "AWSIPAddress": "IP address",
}


@pytest.mark.parametrize(
    ("name", "valid", "bad"),
    [
        (
            "AWSDate",
            ["1970-01-01", "1970-01-01Z", "1970-01-01-07:00", "1970-01-01+05:30:15", "2024-02-29+18:00"],
            ["1970-13-01", "70-01-01", "1970-01-01T00:00Z", 5, "", "2023-02-29", "1970-01-01+19:00"],
        ),
        (
            "AWSTime",
            ["12:30", "12:30Z", "12:30:24-07:00", "12:30:24.5+05:30", "23:59:59.999999999"],
            ["25:00", "12", "12:30:24.", "1:2", "12:60", "12:30:24.1234567890", "24:00"],
        ),
        (
            "AWSDateTime",
            ["1970-01-01T12:00Z", "2026-11-20T18:00:00.123Z", "1970-01-01T00:00:00.123456789+05:30"],
            [
                *("1970-01-01T12:00", "1970-02-30T12:00Z", "2019-12-24 04:15:57Z"),
                *("2020-05-23T06:4:37.000Z", "1970-01-01", "1970-01-01T12:00+18:01", "None"),
            ],
        ),
        ("AWSTimestamp", [0, -5, 1700000000, 3.0], ["0", 1.5, True, "2019-12-19 16:59:09.966"]),
        ("AWSEmail", ["a@b", "username@example.com"], ["a", "a b@c", "@b", 5]),
        (
            "AWSURL",
            ["http://amazon.com/x", "https://a:8080/?q=1", "mailto:a@b"],
            ["www.amazon.com", "http://a b", "", "https://a/b//c"],
        ),
        (
            "AWSPhone",
            ["+1 425-555-0123", "4255550123", "(425) 555.0123", "+49 30 123456"],
            ["phone", "12", "+" + "1" * 16, "1110004444", "425555012", 4255550123],
        ),
        (
            "AWSIPAddress",
            ["127.0.0.1", "::1", "10.0.0.0/8", "2001:db8::/32"],
            ["127.0.0", "x", "1.2.3.4/33", "1.2.3.4/255.0.0.0", "fe80::1%eth0", 1],
        ),
    ],
)
def test_scalars_are_checked_as_input_and_output(name: str, valid: list[JSON], bad: list[JSON]) -> None:
    scalar: Any = _EVERY[name]
    for value in valid:
        assert scalar.coerce_input_value(value) == value
        assert scalar.coerce_output_value(value) == value
    for value in bad:
        shown = re.escape(value if isinstance(value, str) else json.dumps(value))
        with pytest.raises(Exception, match=f"^Unable to parse `{shown}` as a valid {CALLED[name]}[.]"):
            scalar.coerce_input_value(value)
        with pytest.raises(Exception, match=f"^Unable to serialize `{shown}` as a valid {CALLED[name]}[.]"):
            scalar.coerce_output_value(value)


OFFSETS = st.sampled_from(["", "Z", "+00:00", "-07:00", "+05:30", "+18:00", "-01:15:30"])
FRACTIONS = st.sampled_from(["", ".1", ".123", ".123456789"])


@given(st.dates(min_value=dt.date(1000, 1, 1)), st.times(), OFFSETS, FRACTIONS)
def test_every_valid_date_and_time_is_accepted(
    date: dt.date, time: dt.time, offset: str, fraction: str
) -> None:
    day, clock = date.isoformat(), time.replace(microsecond=0).isoformat() + fraction
    values = {"AWSDate": f"{day}{offset}", "AWSTime": f"{clock}{offset}"}
    if offset:
        values["AWSDateTime"] = f"{day}T{clock}{offset}"
    for name, value in values.items():
        scalar: Any = _EVERY[name]
        assert scalar.coerce_input_value(value) == value == scalar.coerce_output_value(value)


@given(st.text("0123456789-:TZ.+ ", max_size=20))
def test_invalid_dates_are_refused(text: str) -> None:
    scalar: Any = _EVERY["AWSDate"]
    try:
        dt.date(int(text[:4]), int(text[5:7]), int(text[8:10]))
        plausible = re.match(r"\d{4}-\d{2}-\d{2}", text) is not None
    except ValueError:
        plausible = False
    if not plausible:
        with pytest.raises(Exception, match="Unable to parse"):
            scalar.coerce_input_value(text)


@given(st.ip_addresses())
def test_every_valid_address_is_accepted(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    scalar: Any = _EVERY["AWSIPAddress"]
    for text in (str(address), f"{address}/{address.max_prefixlen}"):
        assert scalar.coerce_input_value(text) == text


def test_timestamp_error_explains_the_range() -> None:
    scalar: Any = _EVERY["AWSTimestamp"]
    with pytest.raises(Exception, match="Ensure that the value provided is an Integer that lies within the"):
        scalar.coerce_output_value("now")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON_VALUES)
def test_json_input_is_parsed(value: Any) -> None:
    scalar: Any = _EVERY["AWSJSON"]
    assert scalar.coerce_input_value(json.dumps(value)) == value
    assert scalar.coerce_input_value(scalar.coerce_output_value(value)) == value or isinstance(value, str)


def test_json_string_output_is_unchanged() -> None:
    scalar: Any = _EVERY["AWSJSON"]
    assert scalar.coerce_output_value('{"a": 1}') == '{"a": 1}'
    assert scalar.coerce_output_value("plain") == '"plain"'
    for bad in ("plain", {"a": 1}, 5):
        with pytest.raises(Exception, match=r"Unable to parse `.+` as a valid JSON"):
            scalar.coerce_input_value(bad)


def test_long_converts_as_in_graphql_java() -> None:
    scalar: Any = _EVERY["Long"]
    assert scalar.coerce_input_value(2**40) == 2**40
    assert scalar.coerce_output_value("1099511627776") == 2**40
    with pytest.raises(Exception, match="Expected type 'Long' but was 'BigInteger'"):
        scalar.coerce_input_value(2**63)
    assert "Long" not in build_api_schema("type Query { a: Int }").graphql.type_map


@pytest.mark.parametrize(
    ("name", "converted", "refused"),
    [
        ("Int", [(5, 5), ("5", 5), (5.0, 5), ("5.0", 5), (-(2**31), -(2**31))],
         [("x", "String"), ("", "String"), (1.5, "Double"), (True, "Boolean"), (2**31, "Long"),
          ([], "ArrayList")]),
        ("Float", [(1.5, 1.5), (5, 5.0), ("1.5", 1.5), ("1e3", 1000.0)],
         [("x", "String"), (True, "Boolean"), ({}, "LinkedHashMap"), ("1e999", "String"), ("NaN", "String")]),
        ("Boolean", [(True, True), ("true", True), ("TRUE", True), ("yes", False), (0, False), (2, True)],
         [([], "ArrayList"), ({}, "LinkedHashMap")]),
        ("ID", [("a", "a"), (5, "5"), (2**40, str(2**40))],
         [(1.5, "Double"), (True, "Boolean"), (2**63, "BigInteger"), ({"a": 1}, "LinkedHashMap")]),
        ("String", [("a", "a"), (5, "5"), (1.5, "1.5"), (True, "true"), ({"a": [1, None]}, "{a=[1, null]}")],
         []),
    ],
)  # fmt: skip
def test_builtin_scalars_convert_or_refuse_output_values(
    name: str, converted: list[tuple[JSON, JSON]], refused: list[tuple[JSON, str]]
) -> None:
    convert = CONVERSIONS[name]
    for value, expected in converted:
        done = convert(value)
        assert (done, type(done)) == (expected, type(expected))
    for value, was in refused:
        with pytest.raises(Exception, match=f"^Expected type '{name}' but was '{was}'[.]$"):
            convert(value)


@given(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_survive_conversion_to_text(whole: int, real: float) -> None:
    for value in (whole, real):
        text = java_text(value)
        assert float(text) == float(value) if abs(value) < 1e300 else text
    if -(2**31) <= whole < 2**31:
        assert CONVERSIONS["Int"](str(whole)) == whole
    assert CONVERSIONS["Float"](java_text(real)) == real
