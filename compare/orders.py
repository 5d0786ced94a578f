"""The orders of a run: a fixed mix, so that every run has the same ones but for their names."""

from __future__ import annotations

from clients import Item, NewOrder

# Orders of one item would all wait for the same row of stock.
SHELVES = 20
STOCK = {f"COMPARE-{shelf}": 1_000_000 for shelf in range(SHELVES)} | {"COMPARE-NONE-LEFT": 0}
# Of ten orders seven are delivered after six changes; three fail after two or three.
DECLINED, SOLD_OUT, UNKNOWN = 3, 6, 9


def new_order(number: int) -> NewOrder:
    """Return the order of this number, with a name of its own.

    Examples
    --------
    >>> new_order(3).card_token, len(new_order(2).items)
    ('tok_decline', 3)
    """
    turn = number % 10
    items = tuple(
        Item(f"COMPARE-{(number + line) % SHELVES}", "Thing", 1 + line, 250 + 10 * line)
        for line in range(1 + number % 4)
    )
    if turn == SOLD_OUT:
        items = (Item("COMPARE-NONE-LEFT", "Sold out", 1, 990), *items)
    elif turn == UNKNOWN:
        items = (Item("COMPARE-NEVER-SOLD", "Unknown", 1, 990), *items)
    card = "tok_decline" if turn == DECLINED else "tok_approve"
    return NewOrder("EUR", items, card)


def ends_soon(number: int) -> bool:
    """Say whether the order of this number fails, before anything waits for its pauses.

    Examples
    --------
    >>> [number for number in range(12) if ends_soon(number)]
    [3, 6, 9]
    """
    return number % 10 in {DECLINED, SOLD_OUT, UNKNOWN}
