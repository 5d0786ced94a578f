"""The order as a durable function: the workflow's life of an order, in one function that is replayed.

Each operation has the name, and the retries, of the workflow's state that does the same
(``appsync/workflow/order.asl.json``); the choices between them are Python's. What the shop foresees is a
value. An error that outlasts its retries ends the order as INTERNAL_ERROR and the execution as FAILED, so
that it is seen. docs/orchestrators.md shows both side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, TypeVar

from aws_durable_execution_sdk_python import (
    BatchResult,
    CallbackTimeoutError,
    DurableContext,
    DurableOperationError,
    StepContext,
    StepError,
    durable_execution,
)
from aws_durable_execution_sdk_python.config import CallbackConfig, Duration, StepConfig

from orders.carrying import Standing, Turn, begin, look, refusal, write_status
from orders.fulfilment import authorize_payment, release_stock, reserve_stock, void_payment
from orders.model import ChangeOrder, ChangeOrigin, OrderId, timestamp
from orders.parsing import parse_order_id
from orders.status import FINAL, FailureReason, OrderStatus
from resolvers import run_wiring, wiring
from resolvers.log import logger
from resolvers.run_parts import (
    BOTH,
    COMPENSATION,
    ITEMS,
    TASK,
    WRITE,
    End,
    InternalError,
    Line,
    NotSettled,
    RunEvent,
    StartedRun,
)
from resolvers.tasks import Done, task
from resolvers.tracer import about, traced

Result = TypeVar("Result")
S = OrderStatus
NONE: Final = "NONE"
INTERNAL: Final = FailureReason.INTERNAL_ERROR
FORESEEN: Final = {"OUT_OF_STOCK", "PAYMENT_DECLINED", "PAYMENT_TIMEOUT"}
# On the way to the good end: the state that waits, the one that writes, and the status it writes.
PARCEL: Final = {
    S.CONFIRMED: ("WaitToPack", "MarkPacked", S.PACKED),
    S.PACKED: ("WaitToShip", "MarkShipped", S.SHIPPED),
    S.SHIPPED: ("WaitToDeliver", "MarkDelivered", S.DELIVERED),
}


@traced
@logger.inject_lambda_context(clear_state=True)
@durable_execution
def handler(event: RunEvent, context: DurableContext) -> Done:
    """Carry an order from the status that it has to its end."""
    order_id = parse_order_id(event.get("orderId"), "orderId")
    about(order_id)
    failure = FailureReason(event["failure"]) if "failure" in event else None
    end = OrderRun(order_id, context).run(failure)
    return {"orderId": order_id, "outcome": end.failure or ("OVERTAKEN" if end.gives_back else "DONE")}


class OrderRun:
    """One execution of an order: what it writes, takes and gives back."""

    def __init__(self, order_id: OrderId, context: DurableContext) -> None:
        self._order_id = order_id
        self._context = context
        self._arn = context.execution_context.durable_execution_arn
        # Another execution of the order has a name that begins with its id, too: what it wrote is ours.
        self._runs = f"/durable-execution/{order_id}"

    def run(self, failure: FailureReason | None = None) -> End:
        """Carry the order to its end, and give back what it holds where that is not the good one.

        Raises
        ------
        InternalError
            The order is settled.
        NotSettled
            Something is left to redrive.
        """
        cause = "Nobody knows what was taken, for want of an answer."
        try:
            end = self._carry_on() if failure is None else End(failure, gives_back=True)
        except DurableOperationError as error:
            end, cause = End(INTERNAL, gives_back=True), str(error)
        try:
            if end.gives_back:
                self._compensate()
            if end.failure is not None:
                self._mark("MarkFailed", S.FAILED, reason=end.failure, config=COMPENSATION)
        except DurableOperationError as error:
            raise NotSettled(end.failure or "OVERTAKEN") from error
        if end.failure is INTERNAL:
            raise InternalError(cause)
        return end

    def _carry_on(self) -> End:
        opening = self._step("Validate", self._begin, TASK)
        status = S(opening["status"])
        if opening["items"] is None:
            return End(FailureReason.UNKNOWN_ITEM, gives_back=status is not S.RECEIVED)
        while status not in FINAL:
            match status:
                case S.RECEIVED:
                    turn = self._mark("MarkValidated", S.VALIDATED, source=status)
                case S.VALIDATED:
                    if failure := self._reserve_and_authorize(opening["items"]):
                        return End(failure, gives_back=True)
                    if opening["approval"]:
                        turn = self._mark("MarkAwaitingApproval", S.AWAITING_APPROVAL, source=status)
                    else:
                        turn = self._mark("MarkConfirmed", S.CONFIRMED, source=status)
                case S.AWAITING_APPROVAL:
                    turn = self._await_decision(opening["approvalSeconds"])
                case _:
                    if opening["external"]:
                        return End()
                    wait, state, target = PARCEL[status]
                    if opening["pace"]:
                        self._context.wait(Duration.from_seconds(opening["pace"]), name=wait)
                    turn = self._mark(state, target, source=status)
            if turn.standing is Standing.ELSEWHERE:
                return End()
            status = turn.status
        return End(gives_back=status is not S.DELIVERED)

    def _begin(self) -> StartedRun:
        rules = run_wiring.rules()
        start = begin(self._order_id, wiring.order_store(), wiring.stock_room(), wiring.approval_rule())
        items = None if start.items is None else [(item.sku, item.quantity) for item in start.items]
        return {
            "status": start.status.value,
            "items": items,
            "approval": start.needs_approval,
            "pace": rules.pace,
            "approvalSeconds": rules.approval,
            "external": rules.external,
        }

    def _reserve_and_authorize(self, items: Sequence[Line]) -> FailureReason | None:
        """Take stock and money at once; return what failed: our own faults first, then stock, then money."""

        def reserve_item(context: DurableContext, item: Line, _index: int, _items: Sequence[Line]) -> str:
            take = partial(reserve_stock, self._order_id, *item, wiring.stock_room())
            return self._take("ReserveItem", take, context)

        def reserve(context: DurableContext) -> list[str]:
            reservations: BatchResult[str] = context.map(
                items, reserve_item, name="ReserveStock", config=ITEMS
            )
            return reservations.get_results()

        def authorize(context: DurableContext) -> list[str]:
            take = partial(
                authorize_payment, self._order_id, wiring.order_store(), wiring.authorizing_provider()
            )
            return [self._take("AuthorizePayment", take, context)]

        branches: list[Callable[[DurableContext], list[str]]] = [reserve, authorize]
        both = self._context.parallel(branches, name="ReserveAndAuthorize", config=BOTH)
        both.throw_if_error()
        stock, payment = both.get_results()
        refusals = [reason for reason in (*stock, *payment) if reason != NONE]
        if any(reason not in FORESEEN for reason in refusals):
            return INTERNAL
        return FailureReason(refusals[0]) if refusals else None

    def _take(self, name: str, work: Callable[[], object], context: DurableContext) -> str:
        """Take something, or return why not: so both always finish, and compensation races neither."""
        try:
            return self._step(name, lambda: refusal(work) or NONE, TASK, context)
        except StepError:
            return INTERNAL

    def _await_decision(self, seconds: int) -> Turn:
        config = CallbackConfig(timeout=Duration.from_seconds(seconds))
        callback = self._context.create_callback("AwaitDecision", config)

        def keep() -> bool:
            at = timestamp(wiring.clock().now())
            return run_wiring.decisions().keep(self._order_id, callback.callback_id, at)

        # A decision that came before leaves nothing to wait for; one that comes later finds the callback.
        if self._step("KeepCallback", keep, WRITE):
            try:
                callback.result()
            except CallbackTimeoutError:
                timeout = FailureReason.APPROVAL_TIMEOUT
                return self._mark("MarkExpired", S.EXPIRED, source=S.AWAITING_APPROVAL, reason=timeout)
        return self._turn("ReadOrder", lambda: look(self._order_id, self._runs, wiring.order_store()), WRITE)

    def _compensate(self) -> None:
        release = partial(release_stock, self._order_id, wiring.order_store(), wiring.stock_room())
        void = partial(void_payment, self._order_id, wiring.voiding_provider())
        branches: list[Callable[[DurableContext], bool]] = [
            lambda context: self._step("ReleaseStock", release, COMPENSATION, context),
            lambda context: self._step("VoidPayment", void, COMPENSATION, context),
        ]
        self._context.parallel(branches, name="Compensate", config=BOTH).throw_if_error()

    def _mark(
        self,
        name: str,
        target: OrderStatus,
        *,
        source: OrderStatus | None = None,
        reason: FailureReason | None = None,
        config: StepConfig = WRITE,
    ) -> Turn:
        def write() -> Turn:
            at, origin = timestamp(wiring.clock().now()), ChangeOrigin(self._arn, name)
            command = ChangeOrder(target, at, origin, reason, only_from=source)
            return write_status(self._order_id, command, self._runs, wiring.order_store())

        return self._turn(name, write, config)

    def _turn(self, name: str, work: Callable[[], Turn], config: StepConfig) -> Turn:
        def as_texts() -> list[str]:
            turn = work()
            return [turn.status.value, turn.standing.value]

        status, standing = self._step(name, as_texts, config)
        return Turn(S(status), Standing(standing))

    def _step(
        self,
        name: str,
        work: Callable[[], Result],
        config: StepConfig,
        context: DurableContext | None = None,
    ) -> Result:
        def run(_: StepContext) -> Result:
            with task(name, {"orderId": self._order_id}):
                return work()

        return (context or self._context).step(run, name, config)
