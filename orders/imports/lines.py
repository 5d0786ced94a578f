"""From a record of a file to the order that it asks for, or to the reason why it is refused."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from enum import StrEnum
from typing import Final

from orders.errors import InvalidOrder
from orders.imports.files import ITEM_COLUMNS, Record
from orders.imports.model import ImportId, RefusedLine
from orders.model import CustomerId, OrderContents, OrderId, Timestamp
from orders.origins import ImportLine
from orders.parsing import MAX_ITEMS, has_controls, parse_order

NAMESPACE: Final = uuid.UUID("b1c7b7a5-6e0e-5c3a-9f0e-2d7f5a1c4e88")
"""Of the ids of imported orders (UUIDv5). To change it is to import everything twice."""
MAX_REFERENCE: Final = 128
MAX_RECORD: Final = 64 * 1024
"""Bytes of a record as JSON: of 50 items with the longest names there is room for most."""
_WHOLE: Final = re.compile(r"-?[0-9]{1,12}", re.ASCII)
_PLACE: Final = re.compile(r"input\.items\[(\d+)\](?:\.(\w+))?")


class Code(StrEnum):
    """Why a line is refused, where it is not the order itself (``orders.parsing.Code``)."""

    REQUIRED = "REQUIRED"
    BAD_REFERENCE = "BAD_REFERENCE"
    TOO_MANY_CELLS = "TOO_MANY_CELLS"
    LINE_TOO_LONG = "LINE_TOO_LONG"
    REFERENCE_TAKEN = "REFERENCE_TAKEN"


class LineRefused(Exception):
    """A line is refused."""

    def __init__(self, line: int, code: str, reason: str) -> None:
        super().__init__(reason)
        self.refusal = RefusedLine(line, code, reason)


def order_id_of(customer: CustomerId, reference: str) -> OrderId:
    """Return the id of the order that a customer calls ``reference``: the same in every file.

    Examples
    --------
    >>> order_id_of(CustomerId("ada"), "A1") == order_id_of(CustomerId("ada"), "A1")
    True
    """
    return OrderId(str(uuid.uuid5(NAMESPACE, f"{customer}\n{reference}")))


def to_order(record: Record, *, customer: CustomerId, import_id: ImportId, at: Timestamp) -> OrderContents:
    """Return the order of a record.

    Raises
    ------
    Refused
        With the first fault.
    """
    line, cells = record.line, record.cells
    if record.surplus:
        raise LineRefused(line, Code.TOO_MANY_CELLS, "the line has more cells than the header has columns")
    reference = cells.get("reference")
    if reference is None:
        raise LineRefused(line, Code.REQUIRED, "reference: is required")
    if len(reference) > MAX_REFERENCE or has_controls(reference):
        raise LineRefused(
            line,
            Code.BAD_REFERENCE,
            f"reference: must have at most {MAX_REFERENCE} characters, none of them a control character",
        )
    suffixes = ["", *(str(number) for number in range(2, MAX_ITEMS + 1))]
    filled = [suffix for suffix in suffixes if any(f"{name}{suffix}" in cells for name in ITEM_COLUMNS)]
    document = {
        **{name: cells.get(name) for name in ("currency", "cardToken", "country")},
        # A line without an item lacks the first.
        "items": [_item(cells, suffix) for suffix in filled or [""]],
    }
    try:
        contents = parse_order(
            document, customer_id=customer, at=at, order_id=order_id_of(customer, reference)
        )
    except InvalidOrder as error:
        column = _column(error.path, filled or [""])
        raise LineRefused(line, error.code, f"{column}: {str(error).partition(': ')[2]}") from None
    return replace(contents, imported=ImportLine(import_id, line))


def _item(cells: dict[str, str], suffix: str) -> dict[str, object]:
    return {name: _value(name, cells.get(f"{name}{suffix}")) for name in ITEM_COLUMNS}


def _value(name: str, cell: str | None) -> object:
    if cell is None or name in ("sku", "name"):
        return cell
    # What is no number stays text, which the parser refuses.
    return int(cell) if _WHOLE.fullmatch(cell) else cell


def _column(path: str, suffixes: list[str]) -> str:
    """Return the column that a path of a `SubmitOrderInput` stands for."""
    place = _PLACE.fullmatch(path)
    if place is None:
        return path.removeprefix("input.")
    return f"{place[2] or 'sku'}{suffixes[int(place[1])]}"
