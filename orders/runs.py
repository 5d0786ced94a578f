"""What became of an order's workflow: the runs that others started."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from orders.model import OrderId


@dataclass(frozen=True, slots=True)
class Run:
    """The last run of an order's workflow.

    Attributes
    ----------
    express : bool
        Of Express executions nothing is known but the claim.
    until : datetime or None
        When an Express run's claim is over; a Standard one that runs has no end yet.
    succeeded : bool
        A Standard or durable execution that ended well.
    error : str
        Why an execution did not.
    redriven : bool
        Whether it was redriven, or goes on where another run has ended.
    ended : bool
        Of a Standard or durable execution: whether it is over, well or not.
    """

    express: bool
    until: datetime | None
    succeeded: bool = False
    error: str = ""
    redriven: bool = False
    ended: bool = False

    def is_running(self, now: datetime) -> bool:
        """Return whether it is under way, or may be."""
        return not self.ended and (self.until is None or now < self.until)


class WorkflowRuns(Protocol):
    """What became of an order's workflow."""

    def last(self, order_id: OrderId) -> Run | None:
        """Return the order's last run; None when there was none."""
        ...

    def redrive(self, order_id: OrderId) -> bool:
        """Let the order's execution go on from what failed; False when it cannot."""
        ...

    def take_up(self, order_id: OrderId) -> None:
        """Start another Express execution for the order, which goes on where the last has ended.

        Raises
        ------
        StartThrottled
        """
        ...
