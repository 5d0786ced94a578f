"""Files: bytes to records, and what is no file of orders."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.errors import FileFault
from orders.imports.files import read_records
from orders.imports.model import MAX_DETAIL, MAX_LINES, ImportFailure
from tests.examples import examples

HEADER = "reference,currency,cardToken,sku,name,quantity,unitPrice"
ROW = "A1,EUR,tok,TEA,Tea,2,450"


def fault(data: bytes) -> FileFault:
    with pytest.raises(FileFault) as refused:
        read_records(data)
    assert len(refused.value.detail) <= MAX_DETAIL
    return refused.value


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_a_byte_order_mark_make_no_difference(end: str, mark: str) -> None:
    [record] = read_records(f"{mark}{HEADER}{end}{ROW}{end}".encode())
    assert (record.line, record.cells["reference"], record.cells["unitPrice"]) == (2, "A1", "450")


def test_quoted_fields_contain_separators_and_lines_are_counted_as_in_an_editor() -> None:
    text = f'{HEADER}\r\n\r\nA1,EUR,tok,TEA,"Tea, ""green""\r\nloose",2,450\r\n,,,,,,\r\n{ROW}'
    first, second = read_records(text.encode())
    assert first.cells["name"] == 'Tea, "green"\r\nloose'
    assert (first.line, second.line) == (3, 6)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_separator_is_detected_from_the_header(separator: str) -> None:
    [record] = read_records(f"{HEADER}\n{ROW}".replace(",", separator).encode())
    assert record.cells["sku"] == "TEA"


def test_columns_may_have_any_order_and_case_and_cells_may_be_missing() -> None:
    header = "SKU, Quantity,unitprice,name,currency,cardtoken,REFERENCE"
    few, many, empty = read_records(
        f"{header}\nTEA,2\nTEA,2,1,Tea,EUR,tok,A1,more\nTEA,2,1,Tea,EUR,tok,A1,,".encode()
    )
    assert few.cells == {"sku": "TEA", "quantity": "2"}
    assert (many.surplus, empty.surplus) == (True, False)
    assert many.cells["reference"] == "A1"


@pytest.mark.parametrize(
    ("data", "reason", "words"),
    [
        (b"", ImportFailure.EMPTY, "empty"),
        (b"\r\n \r\n", ImportFailure.EMPTY, "empty"),
        (HEADER.encode(), ImportFailure.EMPTY, "no line"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", ImportFailure.NOT_TEXT, "save it as CSV"),
        (f"{HEADER}\n{ROW}".encode("utf-16"), ImportFailure.NOT_TEXT, "UTF-16"),
        (f"{HEADER}\nA1,EUR,tok,TEA,Tée".encode("latin-1"), ImportFailure.NOT_TEXT, "line 2"),
        (
            f'{HEADER}\n{ROW}\nA2,EUR,tok,TEA,"Tea'.encode(),
            ImportFailure.NOT_CSV,
            "line 3: its quotes do not end",
        ),
        (f'{HEADER}\nA1,EUR,tok,TEA,"Tea" green,1,2'.encode(), ImportFailure.NOT_CSV, "line 2"),
        (b'{"orders": []}', ImportFailure.WRONG_HEADER, "unknown column"),
        (b"<html>", ImportFailure.WRONG_HEADER, "'<html>'"),
        (f"{HEADER},price\n{ROW},1".encode(), ImportFailure.WRONG_HEADER, "'price'"),
        (f"{HEADER},sku51\n{ROW},1".encode(), ImportFailure.WRONG_HEADER, "'sku51'"),
        (f"{HEADER},SKU\n{ROW},1".encode(), ImportFailure.WRONG_HEADER, "sku is there twice"),
        (f"{HEADER},sku2\n{ROW},1".encode(), ImportFailure.WRONG_HEADER, "name2 is missing"),
        (b"reference,currency\nA1,EUR", ImportFailure.WRONG_HEADER, "cardToken is missing"),
        (f"{'x' * 200_000},{HEADER}\n{ROW}".encode(), ImportFailure.NOT_CSV, "more than 131,072 characters"),
        (f"{HEADER},{'x' * 9000}\n{ROW}".encode(), ImportFailure.WRONG_HEADER, "xxx"),
    ],
)
def test_malformed_file_is_refused_as_a_whole(data: bytes, reason: ImportFailure, words: str) -> None:
    refused = fault(data)
    assert refused.reason is reason
    assert words in refused.detail


def test_long_cell_is_refused_whatever_the_process_allows() -> None:
    before = csv.field_size_limit(1_000_000)
    try:
        assert "more than 131,072 characters" in fault(f"{HEADER}\n{'x' * 131_073}{ROW}".encode()).detail
        assert read_records(f"{HEADER}\n{'x' * 131_000}{ROW}".encode())
    finally:
        csv.field_size_limit(before)


def test_file_with_too_many_lines_is_refused() -> None:
    row = "A,,,,,,\n"
    assert len(read_records(f"{HEADER}\n{row * MAX_LINES}".encode())) == MAX_LINES
    assert fault(f"{HEADER}\n{row * (MAX_LINES + 1)}".encode()).reason is ImportFailure.TOO_MANY_LINES


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=12)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.lists(CELL, min_size=7, max_size=7), min_size=1, max_size=6))
def test_csv_of_a_spreadsheet_is_read(rows: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER.split(","))
    writer.writerows(rows)
    expected = [[cell.strip() for cell in row] for row in rows]
    expected = [row for row in expected if any(row)]
    if not expected:
        assert fault(text.getvalue().encode()).reason is ImportFailure.EMPTY
        return
    records = read_records(text.getvalue().encode())
    assert [[record.cells.get(name, "") for name in HEADER.split(",")] for record in records] == expected
    assert [record.line for record in records] == sorted({record.line for record in records})


@settings(max_examples=examples(60), deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for content in (data, f"{HEADER}\n".encode() + data):
        try:
            read_records(content)
        except FileFault as refused:
            assert ImportFailure(refused.reason)
