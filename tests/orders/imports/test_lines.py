"""Lines: a record becomes an order, or a reason with the column's own name."""

from __future__ import annotations

import pytest

from orders.imports.files import Record
from orders.imports.lines import LineRefused, order_id_of, to_order
from orders.imports.model import ImportId, RefusedLine
from orders.model import OrderContents
from orders.origins import ImportLine
from tests.orders.samples import ADA, AT, GRACE

IMPORT = ImportId("3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b")
CELLS = {
    "reference": "A1",
    "currency": "EUR",
    "cardToken": "tok_approve",
    "sku": "TEA-1",
    "name": "Tea",
    "quantity": "2",
    "unitPrice": "450",
}


def order(line: int = 2, **cells: str | None) -> OrderContents:
    return imported(Record(line, {n: cell for n, cell in {**CELLS, **cells}.items() if cell is not None}))


def imported(record: Record) -> OrderContents:
    return to_order(record, customer=ADA, import_id=IMPORT, at=AT)


def test_line_becomes_an_order_with_an_id_of_its_reference() -> None:
    contents = order(7, country="DE", sku3="CUP", name3="Cup", quantity3="1", unitPrice3="1200")
    assert contents.order_id == order_id_of(ADA, "A1") != order_id_of(GRACE, "A1")
    assert [(item.sku, item.quantity, item.unit_price) for item in contents.items] == [
        ("TEA-1", 2, 450),
        ("CUP", 1, 1200),
    ]
    assert (contents.customer_id, contents.country, contents.total) == (ADA, "DE", 2100)
    assert contents.imported == ImportLine(IMPORT, 7)


def test_id_of_a_reference_is_stable() -> None:
    """Another id would make every order of a file that is imported again a second one."""
    assert order_id_of(ADA, "A1") == "ae3d4c79-3612-5f60-b5fa-dc3adf0484a5"


@pytest.mark.parametrize(
    ("cells", "code", "reason"),
    [
        ({"reference": None}, "REQUIRED", "reference: is required"),
        ({"reference": "x" * 129}, "BAD_REFERENCE", "reference: must have"),
        ({"reference": "A\n1"}, "BAD_REFERENCE", "reference: must have"),
        ({"currency": "XXX"}, "UNKNOWN_CURRENCY", "currency: must be one of"),
        ({"cardToken": "4111 1111"}, "BAD_CARD_TOKEN", "cardToken: must be"),
        ({"quantity": "2.5"}, "WRONG_TYPE", "quantity: must be a whole number"),
        ({"quantity": "1_000"}, "WRONG_TYPE", "quantity: must be a whole number"),
        ({"quantity": "0"}, "QUANTITY_RANGE", "quantity: must be 1 to 999"),
        ({"unitPrice": "-1"}, "PRICE_RANGE", "unitPrice: must be 0 or more"),
        ({"unitPrice": "2147483647"}, "TOTAL_TOO_LARGE", "items: the total"),
        ({"sku": None}, "REQUIRED", "sku: is required"),
        ({"sku": None, "name": None, "quantity": None, "unitPrice": None}, "REQUIRED", "sku: is required"),
        ({"sku5": "CUP"}, "REQUIRED", "name5: is required"),
        (
            {"sku5": "TEA-1", "name5": "Tea", "quantity5": "1", "unitPrice5": "1"},
            "DUPLICATE_SKU",
            "sku5: is in the order already",
        ),
    ],
)
def test_invalid_cell_is_reported_with_its_column(
    cells: dict[str, str | None], code: str, reason: str
) -> None:
    with pytest.raises(LineRefused) as refused:
        order(9, **cells)
    assert refused.value.refusal == RefusedLine(9, code, refused.value.refusal.reason)
    assert refused.value.refusal.reason.startswith(reason)
    assert "4111" not in refused.value.refusal.reason


def test_cells_beyond_the_header_are_refused() -> None:
    with pytest.raises(LineRefused) as refused:
        imported(Record(2, CELLS, surplus=True))
    assert refused.value.refusal.code == "TOO_MANY_CELLS"
