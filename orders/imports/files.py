"""From the bytes of a file to its records, each with the line that it begins on (docs/import.md).

The format is RFC 4180's, read strictly: text in UTF-8, with or without a byte order mark; lines that end
with CRLF, LF or CR; fields in quotes may hold commas, line ends, and quotes, which are doubled. Spreadsheets
in half of Europe write semicolons or tabs: which of the three separates is read off the header.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from orders.errors import FileFault
from orders.imports.model import MAX_DETAIL, MAX_LINES, ImportFailure
from orders.parsing import MAX_ITEMS

ORDER_COLUMNS = ("reference", "currency", "cardToken", "country")
OPTIONAL = ("country",)
ITEM_COLUMNS = ("sku", "name", "quantity", "unitPrice")
_NUMBERED = re.compile(r"([a-z]+)([2-9]|[1-4][0-9]|50)")
_SEPARATORS = (",", ";", "\t")
# What csv reads by default. Its limit is the process's, and other code may have set another.
_MAX_CELL = 131_072
_TOO_LONG = f"a cell has more than {_MAX_CELL:,} characters"
assert MAX_ITEMS == 50


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the file.

    Attributes
    ----------
    line : int
        The line that it begins on, from 1: the header's is 1 where nothing stands before it.
    cells : dict of str to str
        What each column holds, without spaces around it; empty cells are left out.
    surplus : bool
        Whether it has cells beyond the columns of the header.
    """

    line: int
    cells: dict[str, str]
    surplus: bool = False


def read_records(data: bytes) -> tuple[Record, ...]:
    r"""Return the records of a file, its header and empty lines left out.

    Raises
    ------
    FileFault

    Examples
    --------
    >>> file = b"reference,currency,cardToken,sku,name,quantity,unitPrice\\r\\nA1,EUR,tok,TEA,Tea,2,450\\r\\n"
    >>> [record] = read_records(file)
    >>> record.line, record.cells["reference"]
    (2, 'A1')
    """
    rows = _rows(_text(data))
    line, header = next(rows, (1, None))
    if header is None:
        raise _fault(ImportFailure.EMPTY, "the file is empty")
    columns = _columns(header)
    records: list[Record] = []
    for line, row in rows:
        if len(records) == MAX_LINES:
            raise _fault(
                ImportFailure.TOO_MANY_LINES, f"the file has more than {MAX_LINES:,} lines with orders"
            )
        cells = {name: cell for name, cell in zip(columns, row, strict=False) if cell}
        records.append(Record(line, cells, surplus=any(row[len(columns) :])))
    if not records:
        raise _fault(ImportFailure.EMPTY, "the file has a header and no line with an order")
    return tuple(records)


def _text(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _fault(ImportFailure.NOT_TEXT, "the file is UTF-16: save it as CSV in UTF-8")
    if b"\0" in data:
        raise _fault(
            ImportFailure.NOT_TEXT, "the file is binary, as a workbook (.xlsx) is: save it as CSV in UTF-8"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _fault(
            ImportFailure.NOT_TEXT, f"line {line} is not UTF-8: save the file as CSV in UTF-8"
        ) from None


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record that is not empty, with the line that it begins on."""
    first = text.lstrip("\r\n").splitlines()[:1]
    counts = [first[0].count(separator) if first else 0 for separator in _SEPARATORS]
    separator = _SEPARATORS[counts.index(max(counts))]
    # As written: universal line ends would change those inside of quotes.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _not_csv(line, _why(str(error))) from None
        if any(len(cell) > _MAX_CELL for cell in row):
            raise _not_csv(line, _TOO_LONG)
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield line, cells


def _why(error: str) -> str:
    """Return what is wrong with a record, in words for who wrote the file."""
    if "unexpected end" in error:
        return "its quotes do not end"
    if "field limit" in error:
        return _TOO_LONG
    return error


def _not_csv(line: int, reason: str) -> FileFault:
    return _fault(ImportFailure.NOT_CSV, f"the record that begins on line {line}: {reason}")


def _columns(header: list[str]) -> list[str]:
    """Return the columns' names as the contract spells them, whatever their case in the file."""
    names = [_spelled(cell) for cell in header]
    unknown = [cell for cell, name in zip(header, names, strict=True) if name is None]
    if unknown:
        raise _wrong(f"unknown column {_quoted(unknown[0])}")
    columns = [name for name in names if name is not None]
    for name in columns:
        if columns.count(name) > 1:
            raise _wrong(f"the column {name} is there twice")
    needed = [*(name for name in ORDER_COLUMNS if name not in OPTIONAL), *ITEM_COLUMNS]
    for suffix in {match[2] for name in columns if (match := _NUMBERED.fullmatch(name.lower()))}:
        needed += [f"{name}{suffix}" for name in ITEM_COLUMNS]
    missing = [name for name in needed if name not in columns]
    if missing:
        raise _wrong(f"the column {missing[0]} is missing")
    return columns


_SPELLINGS = {name.lower(): name for name in (*ORDER_COLUMNS, *ITEM_COLUMNS)}
_ITEM_SPELLINGS = {name.lower(): name for name in ITEM_COLUMNS}


def _spelled(cell: str) -> str | None:
    lower = cell.lower()
    if lower in _SPELLINGS:
        return _SPELLINGS[lower]
    numbered = _NUMBERED.fullmatch(lower)
    if numbered is None or numbered[1] not in _ITEM_SPELLINGS:
        return None
    return f"{_ITEM_SPELLINGS[numbered[1]]}{numbered[2]}"


def _quoted(cell: str) -> str:
    shown = "".join(character if character.isprintable() else "?" for character in cell)
    return f"{shown[:40]!r}" if shown else "without a name"


def _fault(reason: ImportFailure, detail: str) -> FileFault:
    return FileFault(reason, detail if len(detail) <= MAX_DETAIL else f"{detail[: MAX_DETAIL - 1]}…")


def _wrong(what: str) -> FileFault:
    columns = ", ".join(ORDER_COLUMNS + ITEM_COLUMNS)
    return _fault(
        ImportFailure.WRONG_HEADER, f"the header: {what}; columns are {columns}, and for more items sku2, …"
    )
