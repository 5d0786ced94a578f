from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.orders_file import BadEntry, Entry, read_orders
from tests.clients.conftest import PATIENT

ORDER = {
    "clientToken": "4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10",
    "currency": "EUR",
    "items": [{"sku": "TEA", "name": "茶\u2028🍵", "quantity": 1, "unitPrice": 420}],
    "cardToken": "tok_approve",
}


def _line(**fields: object) -> bytes:
    return json.dumps({**ORDER, **fields}, ensure_ascii=False).encode()


def _only_entry(content: bytes) -> Entry | BadEntry:
    (entry,) = read_orders(content)
    return entry


def test_line_is_read_as_an_order() -> None:
    entry = _only_entry(_line())
    assert isinstance(entry, Entry)
    assert entry.order.document() == ORDER


def test_line_may_name_customer_and_expected_end() -> None:
    entry = _only_entry(json.dumps({"customer": "ada", "expect": "FAILED", "order": ORDER}).encode())
    assert isinstance(entry, Entry)
    assert (entry.customer, entry.expect, entry.order.document()) == ("ada", "FAILED", ORDER)


def test_file_may_hold_an_indented_document_or_a_list() -> None:
    assert isinstance(_only_entry(json.dumps(ORDER, indent=2).encode()), Entry)
    both = json.dumps([ORDER, {**ORDER, "clientToken": "another"}], indent=2).encode()
    assert [entry.number for entry in read_orders(both)] == [1, 2]


def test_order_without_a_token_gets_one() -> None:
    content = json.dumps({k: v for k, v in ORDER.items() if k != "clientToken"}).encode()
    tokens = {
        entry.order.client_token
        for entry in read_orders(content + b"\n" + content)
        if isinstance(entry, Entry)
    }
    assert len(tokens) == 2


def test_line_separators_inside_a_name_do_not_split_it() -> None:
    assert [e.number for e in read_orders(_line() + b"\n\n" + _line(clientToken="x") + b"\n")] == [1, 3]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "is not JSON: Expecting property name enclosed in double quotes at column 2"),
        (b'{"a": "\xff"}', "is not UTF-8 (byte 8)"),
        (b"[" * 100_000, "is not JSON: nested too deep"),
        (b"7", "the entry should be an object, but is 7"),
        (_line(items=None), "order.items should be a list, but is missing"),
        (_line(items=[{"sku": "TEA"}]), "order.items[0].name should be text, but is missing"),
        (_line(currency=7), "order.currency should be text, but is 7"),
        (
            b'{"order": {}, "prise": 3}',
            "prise should be one of customer, expect, note, order, staff, but is 3",
        ),
        (b'{"order": {}, "expect": "SOLD"}', "order.items should be a list, but is missing"),
        (
            json.dumps({"order": ORDER, "customer": "a b"}).encode(),
            'customer should be 1 to 128 characters without spaces, but is "a b"',
        ),
    ],
)
def test_invalid_line_is_reported_and_the_others_are_read(line: bytes, reason: str) -> None:
    before, bad, after = read_orders(b"\n".join([_line(), line, _line(clientToken="other")]))
    assert bad == BadEntry(2, reason)
    assert isinstance(before, Entry)
    assert isinstance(after, Entry)


def test_repeated_token_is_a_bad_entry() -> None:
    _, second = read_orders(_line() + b"\n" + _line())
    assert second == BadEntry(2, "order.clientToken is that of entry 1: every order needs its own")


def test_empty_file_has_no_orders() -> None:
    assert list(read_orders(b"")) == []


@PATIENT
@given(
    st.binary()
    | st.text().map(str.encode)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*ORDER, "order", "sku"]), inner),
    ).map(lambda value: json.dumps(value).encode())
)
def test_any_content_is_read_or_reported(content: bytes) -> None:
    for entry in read_orders(content):
        assert entry.number >= 1
