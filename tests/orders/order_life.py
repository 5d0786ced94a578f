"""A state machine that does to orders whatever can be done, in any order, and looks at them all the time."""

from __future__ import annotations

import contextlib
import itertools
from uuid import uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from orders.caller import Caller
from orders.cancelling import cancel_order
from orders.errors import (
    ChangeRefused,
    IdempotencyConflict,
    OrderNotCancellable,
    OrderNotFound,
)
from orders.model import ChangeOrder, CustomerId, OrderContents, OrderId, OrderState
from orders.ports import OrderStore
from orders.reading import history_after
from orders.status import FINAL, TRANSITIONS, OrderStatus
from orders.submission import record_order
from tests.orders.fakes import FixedClock, MemoryApprovals
from tests.orders.samples import ADA, GRACE, an_order, to

SLOTS = 2
slots = st.integers(0, SLOTS - 1)
customers = st.sampled_from([ADA, GRACE])
targets = st.sampled_from([status for status in OrderStatus if status is not OrderStatus.RECEIVED])
# Mostly a life as it should be, so that sequences get far; anything else as well.
steps = st.one_of(st.none(), targets)
GOOD_LIFE = dict(
    zip(
        [
            OrderStatus.RECEIVED,
            OrderStatus.VALIDATED,
            OrderStatus.CONFIRMED,
            OrderStatus.PACKED,
            OrderStatus.SHIPPED,
        ],
        [
            OrderStatus.VALIDATED,
            OrderStatus.CONFIRMED,
            OrderStatus.PACKED,
            OrderStatus.SHIPPED,
            OrderStatus.DELIVERED,
        ],
        strict=True,
    )
)


class OrderLife(RuleBasedStateMachine):
    """Commands, repeats, lost answers and late arrivals on two orders."""

    store: OrderStore

    def __init__(self) -> None:
        super().__init__()
        self.clock = FixedClock()
        self.approvals = MemoryApprovals()
        self.ids = [OrderId(str(uuid4())) for _ in range(SLOTS)]
        self.recorded: dict[OrderId, OrderContents] = {}
        self.states: dict[OrderId, OrderState] = {}
        self.applied: list[tuple[OrderId, ChangeOrder]] = []
        self.sent: list[tuple[OrderId, ChangeOrder]] = []

    @rule(
        slot=slots,
        customer=customers,
        card=st.sampled_from(["tok_approve", "tok_decline"]),
        times=st.integers(1, 3),
    )
    def submit(self, slot: int, customer: CustomerId, card: str, times: int) -> None:
        contents = an_order(self.ids[slot], customer=customer, card_token=card)
        for _ in range(times):
            first = self.recorded.get(contents.order_id)
            same = first is None or (first.customer_id, first.card_token) == (customer, card)
            if not same:
                with contextlib.suppress(IdempotencyConflict):
                    record_order(contents, self.store)
                    raise AssertionError("another order took the same id")
                continue
            answer = record_order(contents, self.store)
            assert answer.is_new is (first is None)
            assert answer.contents == (first or contents)
            self.recorded.setdefault(contents.order_id, contents)

    @rule(slot=slots, step=steps, run=st.sampled_from(["run-1", "run-2"]), answer_lost=st.booleans())
    def change(self, slot: int, step: OrderStatus | None, run: str, answer_lost: bool) -> None:
        order_id = self.ids[slot]
        state = self.store.state(order_id)
        now = OrderStatus.RECEIVED if state is None else state.status
        command = to(step or GOOD_LIFE.get(now, OrderStatus.FAILED), run=run)
        self.sent.append((order_id, command))
        result = self._send(order_id, command)
        if answer_lost:
            # The write may have happened: the same one is sent again and must tell the same.
            assert self._send(order_id, command) == result

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def arrive_late(self, data: st.DataObject) -> None:
        """A write that was sent before arrives (again)."""
        order_id, command = data.draw(st.sampled_from(self.sent))
        was_applied = (order_id, command) in self.applied
        before = self.store.state(order_id)
        self._send(order_id, command)
        if was_applied:
            assert self.store.state(order_id) == before

    @rule(slot=slots, customer=customers, is_staff=st.booleans())
    def cancel(self, slot: int, customer: CustomerId, is_staff: bool) -> None:
        order_id = self.ids[slot]
        before = self.store.state(order_id)
        caller = Caller(customer, is_staff)
        try:
            after = cancel_order(order_id, caller, self.store, self.approvals, self.clock)
        except OrderNotFound:
            assert before is None or (before.customer_id != customer and not is_staff)
        except OrderNotCancellable as error:
            assert before is not None
            assert error.status is before.status
            assert OrderStatus.CANCELLED not in TRANSITIONS[before.status]
        else:
            assert after.status is OrderStatus.CANCELLED
            assert self.store.state(order_id) == after

    @rule(slot=slots, version=st.integers(-1, 8))
    def read_history(self, slot: int, version: int) -> None:
        order_id = self.ids[slot]
        state = self.store.state(order_id)
        if state is None:
            return
        changes = history_after(order_id, version, Caller(state.customer_id), self.store)
        assert [change.version for change in changes] == list(range(max(version, 0) + 1, state.version + 1))
        assert all(change.status is state.history[change.version - 1].status for change in changes)

    @invariant()
    def every_order_has_a_legal_history(self) -> None:
        for order_id in self.ids:
            state = self.store.state(order_id)
            assert (state is None) is (order_id not in self.recorded)
            if state is None:
                continue
            statuses = [change.status for change in state.history]
            assert statuses[0] is OrderStatus.RECEIVED
            assert all(after in TRANSITIONS[before] for before, after in itertools.pairwise(statuses))
            assert len(set(statuses)) == len(statuses) <= 7
            assert state.version == len(statuses)
            assert state.status is statuses[-1]
            self._grew(state)
            self.states[order_id] = state

    def _grew(self, state: OrderState) -> None:
        """What was said once is never taken back, and nothing follows the end."""
        before = self.states.get(state.order_id)
        if before is None:
            assert state.version == 1
            return
        assert state.history[: before.version] == before.history
        # One rule makes at most one change.
        assert state.version <= before.version + 1
        if before.status in FINAL:
            assert state == before

    def _send(self, order_id: OrderId, command: ChangeOrder) -> OrderState | str:
        try:
            state = self.store.change(order_id, command)
        except ChangeRefused as error:
            return f"refused in {error.status}"
        except OrderNotFound:
            return "not found"
        assert state.last_change == command.origin
        assert state.status is command.target
        self.applied.append((order_id, command))
        return state


def live(store: OrderStore, *, examples: int, steps: int) -> None:
    """Try ``examples`` sequences of up to ``steps`` commands on ``store``."""

    class Life(OrderLife):
        pass

    Life.store = store
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
