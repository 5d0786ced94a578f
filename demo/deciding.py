"""Staff, who approve or reject the sample orders that await it; one of them is left to the time limit."""

from __future__ import annotations

from clients import Change, OrderClient, OrderwireError, Status
from clients.model import Decision
from clients.orders_file import Staff
from demo.record import OrderRecord
from demo.screen import Screen


async def decide(record: OrderRecord, change: Change, staff: OrderClient | None, screen: Screen) -> None:
    """Decide on an order when it comes to await approval, as its entry says."""
    if change.status is not Status.AWAITING_APPROVAL or record.staff in (None, Staff.NOBODY):
        return
    assert record.staff is not None
    if staff is None:
        return
    try:
        await staff.api.decide(change.order_id, Decision(record.staff), reason="sample order")
    except OrderwireError as error:
        screen.note(f"line {record.number}: staff could not decide: {error}", "red")
