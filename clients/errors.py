"""What can go wrong for a client, as one tree.

    OrderwireError
    ├── BadSettings          an address, a file or an option is missing or makes no sense
    ├── NotSignedIn          no credentials, wrong ones, or a token that is refused
    ├── NotAllowed           signed in, but this operation is not for you
    ├── NotFound             no such order, or it belongs to another customer
    ├── DeadLettersNotFound  the stack has no place of dead letters under this name
    ├── AnalyticsOff         this deployment counts nothing
    ├── StaffBoardOff        this deployment has no list of everyone's orders
    ├── Refused              the server read the request and said no
    │   ├── InvalidOrder     an input breaks a rule; says which one and where
    │   ├── Conflict         the client token is taken by another order
    │   ├── NotCancellable   the order is past the point of cancelling
    │   ├── NotDecidable     the order awaits no such decision
    │   ├── NotRedrivable    the order's workflow has nothing to take up
    │   ├── WebhookProblem   the webhook cannot be registered, verified or found; ``kind`` says which
    │   │   └── WebhookNotFound  no such webhook, or it belongs to another customer
    │   └── ImportProblem    the file cannot be imported, or the import cancelled; ``kind`` says which
    │       └── ImportNotFound   no such import, or it belongs to another customer
    ├── WebhookRefused       a request to one's webhook is not genuine (clients.webhooks draws what is below)
    ├── Unavailable          no answer, or an answer that says "later": trying again is right
    │   └── Throttled        more requests than are allowed: later, and more slowly
    └── ServerFault          the server failed, or answered what the contract does not allow

Messages are for people and say what to do. None ever holds a token or a password.
"""

from __future__ import annotations

from collections.abc import Mapping


class OrderwireError(Exception):
    """Anything that this library raises on purpose."""


class BadSettings(OrderwireError):
    """An address, a file or an option is missing or makes no sense."""


class NotSignedIn(OrderwireError):
    """No credentials, wrong ones, or a token that the server refuses."""


class NotAllowed(OrderwireError):
    """Signed in, but this operation or field is not for you."""


class NotFound(OrderwireError):
    """No such order, or it belongs to another customer: the two cannot be distinguished."""

    def __init__(self, order_id: str) -> None:
        super().__init__(f"There is no order {order_id}, or it is not yours.")
        self.order_id = order_id


class DeadLettersNotFound(OrderwireError):
    """The stack has no place of dead letters under this name."""


class SummaryNotFound(OrderwireError):
    """No such summary, or it belongs to another customer, or there are none: they cannot be distinguished."""


class AnalyticsOff(OrderwireError):
    """The deployment counts nothing: its parameter `Analytics` is false."""


class StaffBoardOff(OrderwireError):
    """The deployment has no list of everyone's orders: its parameter `StaffBoard` is false."""


class Refused(OrderwireError):
    """The server read the request and said no; the same request will be refused again."""


class InvalidOrder(Refused):
    """An input breaks a rule of the shop.

    Attributes
    ----------
    path
        Where, from the order's root, such as ``items[3].quantity``; empty when it is the whole.
    code
        The rule's name, for programs; empty when the server gave none.
    """

    def __init__(self, message: str, *, path: str = "", code: str = "") -> None:
        super().__init__(f"{path}: {message}" if path and path not in message else message)
        self.path = path
        self.code = code


class Conflict(Refused):
    """The client token already names another order: use a new token for a new order."""


class NotCancellable(Refused):
    """The order is past the point of cancelling.

    Attributes
    ----------
    status
        The order's status as the server sent it; empty when it did not.
    """

    def __init__(self, message: str, *, status: str = "") -> None:
        super().__init__(message)
        self.status = status


class NotDecidable(Refused):
    """The order awaits no such decision: it never did, it has another one, or it is too late.

    Attributes
    ----------
    status
        The order's status as the server sent it; empty when it did not.
    """

    def __init__(self, message: str, *, status: str = "") -> None:
        super().__init__(message)
        self.status = status


class NotRedrivable(Refused):
    """The order's workflow has nothing to take up.

    Attributes
    ----------
    status
        The order's status as the server sent it; empty when it did not.
    reason
        FINAL, RUNNING or NOTHING_TO_REDRIVE; empty when the server sent none.
    """

    def __init__(self, message: str, *, status: str = "", reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class WebhookProblem(Refused):
    """A webhook cannot be registered, verified or removed.

    Attributes
    ----------
    kind
        InvalidWebhook, WebhookNotFound, WebhookNotVerified, WebhookQuotaExceeded or WebhooksOff.
    info
        What the server adds, such as ``code`` and ``path``, ``reason``, or ``scope`` and ``limit``.
    """

    def __init__(self, message: str, kind: str, info: Mapping[str, object]) -> None:
        super().__init__(message)
        self.kind = kind
        self.info = {name: str(value) for name, value in info.items()}


class WebhookNotFound(WebhookProblem):
    """No such webhook, or it belongs to another customer: the two cannot be distinguished."""


class ImportProblem(Refused):
    """A file cannot be imported, or an import cannot be cancelled.

    Attributes
    ----------
    kind
        InvalidImport, ImportNotFound, ImportNotCancellable or ImportsOff.
    info
        What the server adds, such as ``code`` and ``path``, or ``status``.
    """

    def __init__(self, message: str, kind: str, info: Mapping[str, object]) -> None:
        super().__init__(message)
        self.kind = kind
        self.info = {name: str(value) for name, value in info.items()}


class ImportNotFound(ImportProblem):
    """No such import, or it belongs to another customer: the two cannot be distinguished."""


class WebhookRefused(OrderwireError):
    """Nothing of a request to a webhook may be believed, and it is not to be answered with success."""


class Unavailable(OrderwireError):
    """No answer, or one that says "later". All our operations may be repeated safely.

    Attributes
    ----------
    retry_after
        How many seconds the server asks for; None when it names none.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Throttled(Unavailable):
    """The server takes no more requests at this rate."""


class ServerFault(OrderwireError):
    """The server failed, or answered something that the contract does not allow."""
