"""From a `RegisterWebhookInput` as it arrives to a `NewWebhook`, or one exact error."""

from __future__ import annotations

from enum import StrEnum
from typing import NoReturn

from orders.errors import InvalidWebhook
from orders.status import OrderStatus
from orders.webhooks.model import Delivery, NewWebhook

_FIELDS = ("url", "statuses", "delivery")


class Code(StrEnum):
    """What is wrong with a registration, for programs; of its URL, ``orders.webhooks.addresses.Code``."""

    REQUIRED = "REQUIRED"
    WRONG_TYPE = "WRONG_TYPE"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    UNKNOWN_STATUS = "UNKNOWN_STATUS"
    NO_STATUSES = "NO_STATUSES"
    UNKNOWN_DELIVERY = "UNKNOWN_DELIVERY"


def parse_webhook(document: object, root: str = "input") -> NewWebhook:
    """Return what ``document`` asks for; its URL is not looked at yet.

    Raises
    ------
    InvalidWebhook
        With the path of the first fault and its `Code`.

    Examples
    --------
    >>> parse_webhook({"url": "https://shop.example/in", "statuses": ["SHIPPED"]}).statuses
    (<OrderStatus.SHIPPED: 'SHIPPED'>,)
    """
    if not isinstance(document, dict):
        _refuse(root, Code.WRONG_TYPE, "must be an object")
    if document.keys() - set(_FIELDS):
        _refuse(root, Code.UNKNOWN_FIELD, f"has a field that is none of {', '.join(_FIELDS)}")
    url = document.get("url")
    if url is None:
        _refuse(f"{root}.url", Code.REQUIRED, "is required")
    if not isinstance(url, str):
        _refuse(f"{root}.url", Code.WRONG_TYPE, "must be a string")
    return NewWebhook(
        url, _statuses(document.get("statuses"), root), _delivery(document.get("delivery"), root)
    )


def _statuses(value: object, root: str) -> tuple[OrderStatus, ...]:
    path = f"{root}.statuses"
    if value is None:
        return ()
    if not isinstance(value, list):
        _refuse(path, Code.WRONG_TYPE, "must be a list")
    if not value:
        _refuse(path, Code.NO_STATUSES, "must name a status; leave it out for all")
    try:
        chosen = [OrderStatus(item) for item in value]
    except ValueError:
        _refuse(path, Code.UNKNOWN_STATUS, f"must be of {', '.join(OrderStatus)}")
    return tuple(dict.fromkeys(chosen))


def _delivery(value: object, root: str) -> Delivery:
    if value is None:
        return Delivery.WRAPPED
    try:
        return Delivery(value)  # type: ignore[arg-type]
    except ValueError:
        _refuse(f"{root}.delivery", Code.UNKNOWN_DELIVERY, f"must be one of {', '.join(Delivery)}")


def _refuse(path: str, code: Code, message: str) -> NoReturn:
    raise InvalidWebhook(message, path=path, code=code.value)
