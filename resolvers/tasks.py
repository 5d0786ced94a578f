"""What the workflow's task handlers have in common: event, correlation id, log, answer."""

from __future__ import annotations

from typing import TypedDict

from orders.errors import FulfilmentError
from orders.model import OrderId
from orders.parsing import parse_order_id
from resolvers.log import logger
from resolvers.tracer import about


class Event(TypedDict):
    """What the state machine sends to each task."""

    orderId: str


class Done(TypedDict):
    """What a task answers: the order, and what was done with it."""

    orderId: str
    outcome: str


class task:  # noqa: N801 - a context manager reads like a statement
    """Give the order's id to the log, and log how the task ended.

    Examples
    --------
    >>> def handler(event, context):
    ...     with task("reserve stock", event) as order_id:
    ...         ...
    """

    def __init__(self, name: str, event: Event) -> None:
        self._name = name
        self._order_id = parse_order_id(event.get("orderId"), "orderId")

    def __enter__(self) -> OrderId:
        about(self._order_id)
        return self._order_id

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if error is None:
            logger.info("task done", task=self._name)
        elif isinstance(error, FulfilmentError):
            logger.info("task refused", task=self._name, error=type(error).__name__)
        elif isinstance(error, Exception):
            logger.error("task failed", task=self._name, exc_info=error)
