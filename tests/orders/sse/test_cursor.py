"""The id that resumes a stream of all of a customer's orders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.errors import InvalidRequest
from orders.model import CustomerId, OrderId, timestamp
from orders.sse.cursor import MOST, OVERLAP, Cursor, read_cursor, write_cursor
from tests.orders.samples import ADA, AT, GRACE

_moments = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(timestamp)
_versions = st.dictionaries(st.uuids().map(lambda id: OrderId(str(id))), st.integers(0, 255), max_size=MOST)
_cursors = st.builds(Cursor, _moments, _versions)


@given(_cursors)
def test_cursor_round_trips(cursor: Cursor) -> None:
    assert read_cursor(write_cursor(cursor, ADA), ADA) == cursor


@given(_cursors)
def test_cursor_is_short_enough_for_a_header(cursor: Cursor) -> None:
    assert len(write_cursor(cursor, ADA)) <= 2400


@given(_cursors)
def test_cursor_of_another_customer_is_refused(cursor: Cursor) -> None:
    with pytest.raises(InvalidRequest):
        read_cursor(write_cursor(cursor, ADA), GRACE)


@given(_cursors, st.integers(0), st.integers(1, 63))
def test_changed_cursor_is_refused(cursor: Cursor, place: int, by: int) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    text = write_cursor(cursor, ADA)
    n = place % (len(text) - 1)  # the last character's lowest bits mean nothing
    other = alphabet[(alphabet.index(text[n]) + by) % 64]
    with pytest.raises(InvalidRequest):
        read_cursor(text[:n] + other + text[n + 1 :], ADA)


@given(st.text())
def test_text_that_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        read_cursor(text, ADA)
    assert error.value.info == {"path": "Last-Event-ID", "code": "BAD_EVENT_ID"}


@pytest.mark.parametrize("milliseconds", [0, 2**48 - 1])
def test_cursor_with_an_invalid_time_is_refused(milliseconds: int) -> None:
    import base64
    import zlib

    owner = CustomerId("ada")
    body = b"\x01" + milliseconds.to_bytes(6, "big")
    check = zlib.crc32(owner.encode() + b"\n" + body).to_bytes(4, "big")
    text = base64.urlsafe_b64encode(check + body).decode().rstrip("=")
    if milliseconds:
        with pytest.raises(InvalidRequest):
            read_cursor(text, owner)
    else:
        assert read_cursor(text, owner).at == "1970-01-01T00:00:00.000Z"


def test_cursor_reads_back_by_the_overlap() -> None:
    since = datetime.fromisoformat(AT) - OVERLAP
    assert Cursor(AT).since == timestamp(since)
    assert timedelta(seconds=60) == OVERLAP
