"""Admitting an order that waits in a queue unseen: nothing has looked at it before."""

from __future__ import annotations

from dataclasses import dataclass

from orders.model import CustomerId, OrderId, Timestamp
from orders.origins import Orchestrator
from orders.parsing import parse_order
from orders.ports import OrderStore, WorkflowStarter
from orders.starting import ExpressRule, start_order
from orders.submission import record_order


@dataclass(frozen=True, slots=True)
class Application:
    """An order as its sender sent it.

    Attributes
    ----------
    document : object
        A `SubmitOrderInput` without its ``clientToken``, as ``json.loads`` gives it.
    order_id : OrderId
        The client's token.
    customer_id : CustomerId
        Who sent it, from the token that the API has verified.
    sent_at : Timestamp
        When the queue took it.
    trace : str or None
        X-Ray's header of the request.
    orchestrator : Orchestrator
        The deployment's own, for a document that names none.
    """

    document: object
    order_id: OrderId
    customer_id: CustomerId
    sent_at: Timestamp
    trace: str | None = None
    orchestrator: Orchestrator = Orchestrator.WORKFLOW


def admit_order(
    application: Application, store: OrderStore, workflows: WorkflowStarter, rule: ExpressRule
) -> bool:
    """Validate and record an order, and start its workflow; True when this call started it.

    A queue may deliver twice, and a start may fail after the order is recorded: a new try comes to
    the same end.

    Raises
    ------
    InvalidOrder, IdempotencyConflict
        The order is none of the shop's, and never will be: a second delivery changes nothing.
    StartThrottled
        It is recorded; the message stays in its queue.
    """
    contents = parse_order(
        application.document,
        customer_id=application.customer_id,
        at=application.sent_at,
        order_id=application.order_id,
        orchestrator=application.orchestrator,
    )
    record_order(contents, store, application.trace)
    return start_order(contents.order_id, store, workflows, rule)
