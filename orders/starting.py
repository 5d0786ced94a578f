"""Starting an order's workflow: the durable function, or an Express or Standard execution."""

from __future__ import annotations

from dataclasses import dataclass

from orders.approval import ApprovalRule
from orders.errors import OrderNotFound
from orders.model import OrderId, OrderState
from orders.origins import Orchestrator, Workflow
from orders.ports import OrderStore, WorkflowStarter

EXPRESS_PACE = 60
"""Seconds between two steps of fulfilment, at most: an Express execution ends after 300, tasks included."""


@dataclass(frozen=True, slots=True)
class ExpressRule:
    """Which orders are run by Express executions: AppSync's JavaScript has the same rule.

    Attributes
    ----------
    enabled : bool
        Whether any is.
    pace : int
        Seconds that the workflow waits before it packs, ships and delivers, each.
    approval : ApprovalRule
        What waits for a human cannot be run so.
    """

    enabled: bool
    pace: int
    approval: ApprovalRule

    def takes(self, state: OrderState) -> bool:
        """Return whether an Express execution runs such an order."""
        return (
            self.enabled and self.pace <= EXPRESS_PACE and not self.approval.asks(state.total, state.country)
        )


def workflow_of(state: OrderState, rule: ExpressRule) -> Workflow:
    """Return what runs an order."""
    if state.orchestrator is Orchestrator.DURABLE:
        return Workflow.DURABLE
    return Workflow.EXPRESS if rule.takes(state) else Workflow.STANDARD


def start_order(order_id: OrderId, store: OrderStore, workflows: WorkflowStarter, rule: ExpressRule) -> bool:
    """Start the order's workflow unless it is under way; True when this call did it.

    Both queues' workers, and every other starter of an order, come through here.

    Raises
    ------
    StartThrottled
        The message stays in its queue.
    OrderNotFound
        There is no such order: nothing may run in its name.
    """
    state = store.state(order_id)
    if state is None:
        raise OrderNotFound
    if not state.is_pending:
        return False
    return workflows.start(order_id, workflow_of(state, rule), trace=state.trace)
