from __future__ import annotations

import csv
import io
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.states.language.text import to_text
from localcloud.states.running.reading.delimited import DELIMITERS, Delimited
from localcloud.states.running.reading.failure import Unreadable
from localcloud.states.running.reading.java import hash_code, hash_order

FIELDS = st.text(st.characters(codec="utf-8", exclude_characters="\\\0"), max_size=6) | st.text(
    "\",;|\t\n\r '"
)
TRICKY = "a,b\n1,2,3\n,,,\ntrue,1,'x'\nnull,None,\n   \n"


# localstack: test_base_scenarios.py::test_map_item_reader_base_csv_headers_first_line
def test_short_record_is_filled_up_and_a_long_one_cut() -> None:
    assert Delimited().items(TRICKY) == [
        {"a": "1", "b": "2"},
        {"a": "", "b": ""},
        {"a": "true", "b": "1"},
        {"a": "null", "b": "None"},
        {"a": "   ", "b": ""},
    ]


# localstack: test_base_scenarios.py::test_map_item_reader_csv_headers_decl_extra_fields
def test_given_headers_make_the_first_record_an_item() -> None:
    config = {"CSVHeaderLocation": "GIVEN", "CSVHeaders": ["h"]}
    assert Delimited.read(config).items("1,2\n3\n") == [{"h": "1"}, {"h": "3"}]


# localstack: test_base_scenarios.py::test_map_item_reader_csv_headers_decl_duplicate_headers
@pytest.mark.parametrize(
    ("config", "text"),
    [({"CSVHeaderLocation": "GIVEN", "CSVHeaders": ["h", "g", "h"]}, "1\n"), ({}, "a,,\n1,2,3\n")],
)
def test_headers_are_refused_when_they_repeat(config: dict[str, object], text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        Delimited.read(config).items(text)
    assert caught.value.cause == "CSV headers cannot contain duplicates."


def test_headers_are_refused_beyond_ten_kibibytes() -> None:
    with pytest.raises(Unreadable, match="10 KiB"):
        Delimited().items("h" * 10_241 + "\n1\n")


# localstack: test_base_scenarios.py::test_map_item_reader_csv_headers_first_row_typed_headers
# localstack: test_base_scenarios.py::test_map_item_reader_csv_first_row_extra_fields
@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("0,True,{}\nx,y,z\n", '[{"0":"x","{}":"z","True":"y"}]'),
        ("H1,\nx,y,z\n", '[{"":"y","H1":"x"}]'),
        # AWS's guide to ItemReader has these two.
        (
            "userId,movieId,rating,timestamp\n1,307,3.5,12\n",
            '[{"rating":"3.5","movieId":"307","userId":"1","timestamp":"12"}]',
        ),
        (
            "Bucket,Key,Size,LastModifiedDate\ns,t,3,2022\n",
            '[{"LastModifiedDate":"2022","Bucket":"s","Size":"3","Key":"t"}]',
        ),
    ],
)
def test_fields_come_in_the_order_of_a_hash_map(text: str, item: str) -> None:
    assert to_text(Delimited().items(text)) == item


@pytest.mark.parametrize(("name", "character"), DELIMITERS.items())
def test_each_delimiter_separates_fields(name: str, character: str) -> None:
    text = f"a{character}b\n1{character}2\n"
    assert Delimited.read({"CSVDelimiter": name}).items(text) == [{"a": "1", "b": "2"}]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('h\n"x\ny"\n', "x\ny"),
        ('h\n"say ""hi"""\n', 'say "hi"'),
        ('h\n"say \\"hi\\""\n', 'say "hi"'),
        ("h\nx\\,y\n", "x,y"),
        ("h\nx\\\\y\n", "x\\y"),
        ("h\nx\\y\n", "xy"),
        ("h\n\n\nx\n", "x"),
        ("h\r\nx\r\n", "x"),
        ("h\n" + "x" * 200_000, "x" * 200_000),
    ],
    ids=["newline", "doubled", "escaped", "delimiter", "backslash", "letter", "blank", "windows", "long"],
)
def test_quotes_and_backslashes_are_read(text: str, value: str) -> None:
    assert Delimited().items(text) == [{"h": value}]


def test_an_empty_text_has_no_items() -> None:
    assert Delimited().items("") == []
    assert Delimited().items("a,b\n") == []


@given(
    st.lists(st.lists(FIELDS, min_size=2, max_size=4), max_size=5),
    st.sampled_from(sorted(DELIMITERS)),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_written_items_are_read_back(rows: list[list[str]], name: str, end: str, everything: bool) -> None:
    # Python's writer leaves a lone carriage return without quotes.
    rows = rows if everything else [[field.replace("\r", "") for field in row] for row in rows]
    quoting: Literal[0, 1] = csv.QUOTE_ALL if everything else csv.QUOTE_MINIMAL
    written = io.StringIO()
    csv.writer(written, delimiter=DELIMITERS[name], lineterminator=end, quoting=quoting).writerows(rows)
    config = {"CSVHeaderLocation": "GIVEN", "CSVHeaders": ["w", "x", "y", "z"], "CSVDelimiter": name}
    filled = [[*row, "", ""][:4] for row in rows]
    assert Delimited.read(config).items(written.getvalue()) == [
        dict(zip("wxyz", row, strict=True)) for row in filled
    ]


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        items = Delimited().items(text)
    except Unreadable:
        return
    assert all(isinstance(value, str) for item in items for value in item.values())


@given(st.lists(st.text(max_size=4), unique=True, max_size=40))
def test_hash_order_holds_each_name_once(names: list[str]) -> None:
    assert sorted(hash_order(names)) == list(range(len(names)))


def test_hash_order_spreads_the_higher_bits() -> None:
    # Of "True" the lower half alone would come after "J".
    assert hash_order(["J", "True"]) == [1, 0]


def test_hash_order_grows_with_the_names() -> None:
    # Twelve names fit into sixteen buckets; "0" is in the first of those, and in the 17th of 32.
    assert hash_order(list("0abcdefghijk"))[0] == 0
    assert hash_order(list("0abcdefghijkl"))[-1] == 0


def test_hash_codes_are_those_of_java() -> None:
    # "Aa" and "BB" are the pair that textbooks collide.
    assert hash_code("Aa") == hash_code("BB") == 2112
    assert hash_code("\N{GRINNING FACE}") == 0xD83D * 31 + 0xDE00
