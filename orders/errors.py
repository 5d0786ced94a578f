"""Everything that can go wrong with an order, as one tree.

::

    OrderwireError
    |-- CallerError                 told to whoever called; GraphQL's errorType is the class's name
    |   |-- InvalidRequest          errorInfo {path, code}
    |   |   |-- InvalidOrder        what is wrong is the order itself
    |   |   `-- InvalidFrame        a WebSocket frame that is none of the protocol's
    |   |-- IdempotencyConflict     says nothing of the other order
    |   |-- OrderNotFound           there is none, or it is not yours: the two cannot be told apart
    |   |-- OrderNotCancellable     errorInfo {status}
    |   |-- TicketRefused           opens no connection: unknown, used before, or too old
    |   `-- TooManySubscriptions    errorInfo {limit}
    |-- FulfilmentError             ends the order as FAILED; the workflow catches it by its class's name
    |   |-- UnknownItem
    |   |-- OutOfStock
    |   |-- PaymentDeclined
    |   |-- PaymentTimeout
    |   `-- AlreadyCompensated      a late task of an order whose stock or payment was given back
    |-- ChangeRefused               the order is not in a status that this change may leave
    |-- IllegalChange               a bug: no order may ever change so
    |-- TryAgain                    nothing was done; the same call may work in a moment
    |   |-- Contended               others write the same items
    |   |-- StartThrottled          StartExecution's quota is used up
    |   `-- NotQueued               SQS took only some of the messages
    |-- PublishError                a channel was not told of a change
    |   |-- PublishFailed
    |   |-- PublishLate
    |   `-- ConnectionGone          there is nobody at the other end any more
    `-- ConfigurationError          an environment variable is missing or wrong

A test holds the tree against the table of answers in ``orders.answers``: none is unmapped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from orders.status import FailureReason, OrderStatus


class OrderwireError(Exception):
    """The root: whatever this project raises on purpose."""


class CallerError(OrderwireError):
    """Something that the caller is told, with a type to act on."""

    @property
    def info(self) -> dict[str, str]:
        """The machine-readable part of the answer: GraphQL's ``errorInfo``."""
        return {}


class InvalidRequest(CallerError):
    """What was sent is not something that can be answered.

    `path` is where, in the caller's own terms, such as ``limit`` or ``input.items[2].quantity``. `code` is
    for programs, in capitals; of orders one of ``orders.parsing.Code``.
    """

    def __init__(self, message: str, *, path: str, code: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.code = code

    @property
    def info(self) -> dict[str, str]:
        """Path and code."""
        return {"path": self.path, "code": self.code}


class InvalidOrder(InvalidRequest):
    """The order is not one that the shop can take."""


class InvalidFrame(InvalidRequest):
    """The frame is none of the WebSocket protocol's (``orders.frames``)."""


class IdempotencyConflict(CallerError):
    """The token names an order already, and it is not this one."""

    def __init__(self) -> None:
        super().__init__(
            "This clientToken was used for another order. Make a new UUID to submit a new order; "
            "to repeat one, send exactly what you sent before."
        )


class OrderNotFound(CallerError):
    """There is no such order, or it is not the caller's."""

    def __init__(self) -> None:
        super().__init__("You have no order with this id.")


class OrderNotCancellable(CallerError):
    """The order has gone too far to be cancelled."""

    def __init__(self, status: OrderStatus) -> None:
        super().__init__(f"The order is {status} and can no longer be cancelled.")
        self.status = status

    @property
    def info(self) -> dict[str, str]:
        """The status that forbids it."""
        return {"status": self.status.value}


class TicketRefused(CallerError):
    """The ticket opens no connection; which of the reasons it is, is not told."""

    def __init__(self) -> None:
        super().__init__(
            "This ticket opens no connection: each opens one, within 60 s. POST /ws-tickets gives a new one."
        )


class TooManySubscriptions(CallerError):
    """The connection follows as many orders as one may."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"One connection follows at most {limit} orders: unsubscribe, or open another.")
        self.limit = limit

    @property
    def info(self) -> dict[str, str]:
        """The limit."""
        return {"limit": str(self.limit)}


class FulfilmentError(OrderwireError):
    """The order cannot be carried out; `reason` is what its customer is told."""

    reason: ClassVar[FailureReason]


class UnknownItem(FulfilmentError):
    """The order asks for something that the shop does not sell."""

    reason = FailureReason.UNKNOWN_ITEM

    def __init__(self, skus: Sequence[str]) -> None:
        super().__init__(f"The shop does not sell {', '.join(skus)}.")
        self.skus = tuple(skus)


class OutOfStock(FulfilmentError):
    """At least one item has too little stock; none is kept."""

    reason = FailureReason.OUT_OF_STOCK

    def __init__(self, skus: Sequence[str]) -> None:
        super().__init__(f"Too little stock of {', '.join(skus)}.")
        self.skus = tuple(skus)


class PaymentDeclined(FulfilmentError):
    """The payment provider said no."""

    reason = FailureReason.PAYMENT_DECLINED

    def __init__(self) -> None:
        super().__init__("The payment provider declined the card.")


class PaymentTimeout(FulfilmentError):
    """The payment provider did not answer in time."""

    reason = FailureReason.PAYMENT_TIMEOUT

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The payment provider did not answer within {seconds:g} s.")
        self.seconds = seconds


class AlreadyCompensated(FulfilmentError):
    """What this order held was given back; a task that comes after that takes nothing."""

    reason = FailureReason.INTERNAL_ERROR

    def __init__(self, what: str) -> None:
        super().__init__(f"The order's {what} was given back already; it is not taken again.")


class ChangeRefused(OrderwireError):
    """The order was cancelled or overtaken: it is not in a status that the change may leave.

    Parameters
    ----------
    status : OrderStatus
        The status that the order is in, read at the moment of the refusal.
    target : OrderStatus
        The status that it should have entered.
    """

    def __init__(self, status: OrderStatus, target: OrderStatus) -> None:
        super().__init__(f"The order is {status} and cannot become {target}.")
        self.status = status
        self.target = target


class IllegalChange(OrderwireError):
    """The change itself makes no sense, whatever the order's status: a bug of the caller."""


class TryAgain(OrderwireError):
    """Nothing was done, and the same call may work in a moment."""


class Contended(TryAgain):
    """Others kept writing the same items for as long as we tried."""

    def __init__(self, what: str, attempts: int) -> None:
        super().__init__(f"{what}: other transactions were in the way {attempts} times; nothing was written.")


class StartThrottled(TryAgain):
    """Step Functions takes no more executions just now."""

    def __init__(self) -> None:
        super().__init__("StartExecution was throttled; the order stays in the queue.")


class NotQueued(TryAgain):
    """SQS took only some of the messages; `indexes` says which ones it refused."""

    def __init__(self, indexes: Sequence[int], total: int) -> None:
        super().__init__(f"SQS refused {len(indexes)} of {total} messages.")
        self.indexes = tuple(indexes)


class PublishError(OrderwireError):
    """A channel was not told of a change."""


class PublishFailed(PublishError):
    """The channel refused the change, or could not be reached."""


class PublishLate(PublishError):
    """The channel did not take the change within its deadline."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not taken within {seconds:g} s")


class ConnectionGone(PublishError):
    """There is nobody at the other end of a WebSocket connection any more."""

    def __init__(self) -> None:
        super().__init__("the connection is closed")


class ConfigurationError(OrderwireError):
    """An environment variable is missing or cannot be read."""
