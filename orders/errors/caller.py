"""Errors that reach the caller, each with a type to act on."""

from __future__ import annotations

from orders.errors.base import OrderwireError
from orders.status import OrderStatus


class CallerError(OrderwireError):
    """An error that reaches the caller, with a type to act on."""

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


class InvalidWebhook(InvalidRequest):
    """The webhook is not one that can be registered; `code` is one of ``orders.webhooks``'."""


class InvalidImport(InvalidRequest):
    """The file is not one that can be imported; `code` is one of ``orders.imports.parsing.Code``."""


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


class OrderNotDecidable(CallerError):
    """The order awaits no decision: it never did, it has another one, or it is too late."""

    def __init__(self, status: OrderStatus) -> None:
        super().__init__(f"The order is {status} and awaits no such decision.")
        self.status = status

    @property
    def info(self) -> dict[str, str]:
        """The status that forbids it."""
        return {"status": self.status.value}


class OrderNotFulfillable(CallerError):
    """No parcel of the order is under way: it is not confirmed yet, or it has ended without one."""

    def __init__(self, status: OrderStatus) -> None:
        super().__init__(f"The order is {status}: nothing of it is packed, shipped or delivered.")
        self.status = status

    @property
    def info(self) -> dict[str, str]:
        """The status that forbids it."""
        return {"status": self.status.value}


class OrderNotRedrivable(CallerError):
    """The order's workflow has nothing to take up; ``reason`` is for programs."""

    def __init__(self, status: OrderStatus, reason: str, words: str) -> None:
        super().__init__(f"The order is {status}, and {words}.")
        self.status = status
        self.reason = reason

    @property
    def info(self) -> dict[str, str]:
        """The order's status, and why its workflow is not run again."""
        return {"status": self.status.value, "reason": self.reason}


class StaffOnly(CallerError):
    """The caller is signed in, but not in the group that may do this."""

    def __init__(self, what: str) -> None:
        super().__init__(f"Only staff may {what}.")


class DeadLettersNotFound(CallerError):
    """The stack has no place of dead letters under this name."""

    def __init__(self) -> None:
        super().__init__("There is no such place of dead letters; `deadLetters` lists them.")


class TicketRefused(CallerError):
    """The ticket opens no connection; the reason stays secret."""

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


class WebhookNotFound(CallerError):
    """There is no such webhook, or it is not the caller's."""

    def __init__(self) -> None:
        super().__init__("You have no webhook with this id.")


class WebhookNotVerified(CallerError):
    """The endpoint did not prove that it wants messages: ``reason`` is NO_ANSWER or WRONG_ANSWER."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            "The endpoint did not answer the challenge with status 200 and a right answer: "
            "give it the webhook's secret, and verify again."
        )
        self.reason = reason

    @property
    def info(self) -> dict[str, str]:
        """Why it is not verified."""
        return {"reason": self.reason}


class WebhookQuotaExceeded(CallerError):
    """There are as many webhooks as there may be: ``scope`` is CUSTOMER or TOPIC."""

    def __init__(self, scope: str, limit: int) -> None:
        whose = "A customer has" if scope == "CUSTOMER" else "The topic of this customer has"
        super().__init__(f"{whose} at most {limit} webhooks: remove one, or ask for more.")
        self.scope = scope
        self.limit = limit

    @property
    def info(self) -> dict[str, str]:
        """Whose limit it is, and which."""
        return {"scope": self.scope, "limit": str(self.limit)}


class WebhooksOff(CallerError):
    """Webhooks are none of this deployment's channels."""

    def __init__(self) -> None:
        super().__init__("Webhooks are switched off here.")


class AnalyticsOff(CallerError):
    """The shop's figures are none of this deployment's parts."""

    def __init__(self) -> None:
        super().__init__("Analytics are switched off here.")


class StaffBoardOff(CallerError):
    """The list of everyone's orders is none of this deployment's parts."""

    def __init__(self) -> None:
        super().__init__("The list of everyone's orders is switched off here.")


class ImportNotFound(CallerError):
    """There is no such import, or it is not the caller's."""

    def __init__(self) -> None:
        super().__init__("You have no import with this id.")


class ImportNotCancellable(CallerError):
    """The import has ended already; ``status`` says how."""

    def __init__(self, status: str) -> None:
        super().__init__(f"The import is {status} and can no longer be cancelled.")
        self.status = status

    @property
    def info(self) -> dict[str, str]:
        """The status that forbids it."""
        return {"status": self.status}


class ImportsOff(CallerError):
    """Files are imported by no part of the deployment."""

    def __init__(self) -> None:
        super().__init__("Imports are switched off here.")
