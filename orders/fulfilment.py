"""The workflow's tasks. Each may be run again at any time and does its work once."""

from __future__ import annotations

from orders.errors import OrderNotFound, UnknownItem
from orders.model import OrderContents, OrderId
from orders.ports import OrderStore, PaymentProvider, StockRoom


def _contents(order_id: OrderId, store: OrderStore) -> OrderContents:
    contents = store.contents(order_id)
    if contents is None:
        raise OrderNotFound
    return contents


def validate_order(order_id: OrderId, store: OrderStore, stock: StockRoom) -> OrderContents:
    """Check that the shop sells everything in the order, and return what was ordered.

    Raises
    ------
    UnknownItem, OrderNotFound
    """
    contents = _contents(order_id, store)
    unknown = stock.unknown(item.sku for item in contents.items)
    if unknown:
        raise UnknownItem(unknown)
    return contents


def reserve_stock(order_id: OrderId, sku: str, quantity: int, stock: StockRoom) -> None:
    """Take one of the order's items from its shelf.

    The workflow does it for each item; what was taken before another turns out to be missing is
    given back by `release_stock`.

    Raises
    ------
    UnknownItem, OutOfStock, AlreadyCompensated, Contended
    """
    stock.reserve(order_id, sku, quantity)


def release_stock(order_id: OrderId, store: OrderStore, stock: StockRoom) -> bool:
    """Give the order's items back, those that it holds; True when this call gave something back.

    Raises
    ------
    Contended, OrderNotFound
    """
    return stock.release(order_id, [item.sku for item in _contents(order_id, store).items])


def authorize_payment(order_id: OrderId, store: OrderStore, provider: PaymentProvider) -> str:
    """Have the order's total authorized, once, and return the provider's reference.

    Raises
    ------
    PaymentDeclined, PaymentTimeout, AlreadyCompensated, OrderNotFound
    """
    contents = _contents(order_id, store)
    return provider.authorize(
        order_id, amount=contents.total, currency=contents.currency, card_token=contents.card_token
    )


def void_payment(order_id: OrderId, provider: PaymentProvider) -> bool:
    """Give the order's payment back, if there is one; True when this call did it."""
    return provider.void(order_id)
