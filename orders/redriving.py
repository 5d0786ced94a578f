"""Redriving: has an order's workflow, which ended by our own fault, go on from what failed.

Such a run gave up at a status write or at compensation, because a table or a function was broken for longer
than its retries last: stock or money is stuck, or the order has no final status. Once the cause is mended, a
Standard execution is redriven from the state that failed. An Express one cannot be: a new run takes up what
the dead one has left, when its claim is over. So does a new execution of the durable function, at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC

from orders.caller import Caller
from orders.errors import OrderNotRedrivable, StaffOnly
from orders.model import OrderState
from orders.origins import Orchestrator
from orders.ports import Clock, OrderStore
from orders.reading import find_state, to_order_id
from orders.runs import Run, WorkflowRuns
from orders.status import FINAL, OrderStatus

SETTLED_FAILURE = "InternalError"
"""The error of an execution that gave everything back and failed the order: it failed to be seen."""


def redrive_order(
    order_id: str,
    caller: Caller,
    store: OrderStore,
    workflows: Mapping[Orchestrator, WorkflowRuns],
    clock: Clock,
) -> OrderState:
    """Have the order's workflow go on, and return the order; one that goes on already is answered the same.

    Raises
    ------
    StaffOnly, OrderNotFound
    OrderNotRedrivable
        Its ``reason`` is FINAL, RUNNING or NOTHING_TO_REDRIVE.
    StartThrottled
    """
    to_order_id(order_id)  # what names no order is no secret
    if not caller.is_staff:
        raise StaffOnly("redrive orders")
    state = find_state(order_id, caller, store)
    runs = workflows[state.orchestrator]
    run = runs.last(state.order_id)
    if run is None:
        raise _nothing(state, "no workflow has taken it up yet")
    if run.is_running(clock.now()):
        return _going_on(state, run)
    if run.express:
        # A cancelled order may still hold something: only a run knows, and it gives it back once.
        if state.status in FINAL - {OrderStatus.CANCELLED}:
            raise _final(state)
        runs.take_up(state.order_id)
        return state
    if not _settled(run):
        if runs.redrive(state.order_id):
            return state
        # Another redrive was faster, or it ended too long ago.
        run = runs.last(state.order_id) or run
        if run.is_running(clock.now()):
            return _going_on(state, run)
        if not _settled(run):
            raise _nothing(state, "its workflow ended too long ago to be redriven")
    state = find_state(order_id, caller, store)  # it may have ended since the first look
    raise _final(state) if state.status in FINAL else _nothing(state, "its workflow has done its work")


def _settled(run: Run) -> bool:
    return run.succeeded or run.error == SETTLED_FAILURE


def _going_on(state: OrderState, run: Run) -> OrderState:
    if run.redriven:
        return state
    if run.until is None:
        raise OrderNotRedrivable(state.status, "RUNNING", "its workflow still runs")
    # A claim outlives its run, however that ended.
    if state.status in FINAL - {OrderStatus.CANCELLED}:
        raise _final(state)
    over = f"{run.until.astimezone(UTC):%H:%M:%S} UTC"
    raise OrderNotRedrivable(
        state.status, "RUNNING", f"an Express run may be at work until {over}; redrive it after that"
    )


def _final(state: OrderState) -> OrderNotRedrivable:
    return OrderNotRedrivable(state.status, "FINAL", "its workflow has settled it")


def _nothing(state: OrderState, words: str) -> OrderNotRedrivable:
    return OrderNotRedrivable(state.status, "NOTHING_TO_REDRIVE", words)
