"""What the workflow, the workers and fan-out act on; callers learn no more than that it failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from orders.errors.base import OrderwireError
from orders.status import FailureReason, OrderStatus


class FulfilmentError(OrderwireError):
    """The order cannot be carried out; `reason` is what its customer sees."""

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


class NotWoken(TryAgain):
    """The order changed and its workflow was not notified; the same call notifies it.

    Notified or not, the workflow finds the change when its time limit ends.
    """

    def __init__(self) -> None:
        super().__init__("The order changed, but its workflow could not be notified.")


class TraceThrottled(TryAgain):
    """Step Functions' quota for reading histories is used up."""

    def __init__(self) -> None:
        super().__init__("Reading the execution's history was throttled.")


class NotQueued(TryAgain):
    """SQS took only some of the messages; `indexes` says which ones it refused."""

    def __init__(self, indexes: Sequence[int], total: int) -> None:
        super().__init__(f"SQS refused {len(indexes)} of {total} messages.")
        self.indexes = tuple(indexes)


class PublishError(OrderwireError):
    """A channel did not publish a change."""


class PublishFailed(PublishError):
    """The channel refused the change, or could not be reached."""


class PublishLate(PublishError):
    """The channel did not take the change within its deadline."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not taken within {seconds:g} s")


class ConnectionGone(PublishError):
    """The other end of a WebSocket connection is gone."""

    def __init__(self) -> None:
        super().__init__("the connection is closed")


class LetterStays(OrderwireError):
    """A dead letter could not go back, and stays where it is."""


class RecordsGone(LetterStays):
    """The stream has let go of the records that the letter names: it keeps them for 24 hours."""

    def __init__(self) -> None:
        super().__init__("its records are gone from the stream, which keeps them for 24 hours")


class NotHandled(LetterStays):
    """The function failed again; what it raised is in its own log."""


class FileFault(OrderwireError):
    """An uploaded file is of no use, and nothing of it is imported.

    Parameters
    ----------
    reason : str
        One of ``orders.imports.model.ImportFailure``.
    detail : str
        What exactly is wrong, in words for its customer.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class FileReplaced(FileFault):
    """The file differs from the one that was uploaded first."""

    def __init__(self) -> None:
        super().__init__("REPLACED", "another file was uploaded in its place")


class ConfigurationError(OrderwireError):
    """An environment variable is missing or cannot be read."""
