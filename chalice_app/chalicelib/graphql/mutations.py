"""The contract's mutations but `publishOrderStatus`, which exists to feed AppSync's subscriptions."""

from __future__ import annotations

import strawberry

from chalicelib import log
from chalicelib.graphql.context import RequestInfo
from chalicelib.graphql.types import DecideOrderInput, Order, SubmitOrderInput
from chalicelib.graphql.webhooks import (
    RegisteredWebhook,
    Webhook,
    register_webhook,
    remove_webhook,
    verify_webhook,
)
from orders.adapters.xray.header import current_text
from orders.approval import Decision, decide_order
from orders.cancelling import cancel_order
from orders.model import timestamp
from orders.parsing import parse_order
from orders.submission import enqueue_order, record_order


def _submit(info: RequestInfo, input: SubmitOrderInput) -> Order:
    """Record an order and put it in the companion's queue.

    Both submissions come here: nothing but AppSync can start a workflow without a function in between,
    and a function that has to run anyway had better leave the start to a worker that can repeat it.
    """
    context = info.context
    context.count()
    contents = parse_order(
        input.document(),
        customer_id=context.caller.customer_id,
        at=timestamp(context.clock.now()),
        orchestrator=context.orchestrator(),
    )
    submitted = record_order(contents, context.store, current_text())
    try:
        enqueue_order(submitted, context.queue())
    except Exception:
        # The order is recorded, so it is accepted: the reconciler will find it and queue it.
        log.exception("order recorded but not queued", order_id=submitted.state.order_id)
    return Order.of(submitted.state, submitted.contents)


def _cancel_order(info: RequestInfo, id: strawberry.ID) -> Order:
    info.context.count()
    context = info.context
    return Order.of(cancel_order(id, context.caller, context.store, context.approvals(), context.clock))


def _decide_order(info: RequestInfo, input: DecideOrderInput) -> Order:
    context = info.context
    context.count()
    state = decide_order(
        input.order_id,
        Decision(input.decision.name),
        context.caller,
        context.store,
        context.approvals(),
        clock=context.clock,
        note=input.reason or None,
    )
    return Order.of(state)


_SUBMISSION_ERRORS = (
    "Errors: InvalidOrder, IdempotencyConflict; TryAgain when nothing was done and the same call may work in "
    "a\nmoment, InternalError when it is our fault. Sending it again is safe after either."
)


@strawberry.type
class Mutation:
    """GraphQL's `Mutation`."""

    submit_order: Order = strawberry.mutation(
        resolver=_submit,
        description=(
            "Record an order and start its workflow at once: AppSync calls Step Functions or Lambda itself.\n"
            "Sending the same order with the same `clientToken` again answers the same order.\n\n"
            f"{_SUBMISSION_ERRORS}"
        ),
    )
    enqueue_order: Order = strawberry.mutation(
        resolver=_submit,
        description=(
            "Record an order and put it in the queue; a worker starts its workflow. The answer is the\n"
            "same as `submitOrder`'s; which of the two is right depends on how bursty your traffic is.\n\n"
            f"{_SUBMISSION_ERRORS}"
        ),
    )
    cancel_order: Order = strawberry.mutation(
        resolver=_cancel_order,
        description=(
            "Cancel an order that is not packed yet. Stock and payment are given back.\n"
            "Cancelling a cancelled order answers that order.\n\n"
            "Errors: OrderNotFound, OrderNotCancellable; TryAgain and InternalError as above."
        ),
    )
    decide_order: Order = strawberry.mutation(
        resolver=_decide_order,
        description=(
            "Decide on an order that is AWAITING_APPROVAL; for staff alone. Deciding the same again answers "
            "the order.\n\n"
            "Errors: StaffOnly, OrderNotFound, OrderNotDecidable when it awaits no such decision (any more); "
            "TryAgain\nand InternalError as above."
        ),
    )
    register_webhook: RegisteredWebhook = strawberry.mutation(
        resolver=register_webhook,
        description=(
            "Register an endpoint of yours that is to receive your orders' changes by HTTP. It is PENDING, "
            "and nothing is\nsent to it, until it is verified: give it the secret, which is shown this once, "
            "then call `verifyWebhook`.\n\n"
            "Errors: InvalidWebhook, WebhookQuotaExceeded, WebhooksOff; TryAgain and InternalError as above."
        ),
    )
    verify_webhook: Webhook = strawberry.mutation(
        resolver=verify_webhook,
        description=(
            "Verify an endpoint: it is sent a challenge, which takes its secret to answer, and is then "
            "subscribed, which it\nconfirms. When the confirmation takes longer than 5 seconds the webhook "
            "is still CONFIRMING.\n\n"
            "Errors: WebhookNotFound, WebhookNotVerified, InvalidWebhook when its address has become one "
            "that is refused,\nWebhookQuotaExceeded, WebhooksOff; TryAgain and InternalError as above."
        ),
    )
    remove_webhook: Webhook = strawberry.mutation(
        resolver=remove_webhook,
        description=(
            "Remove an endpoint: it receives nothing any more.\n\n"
            "Errors: WebhookNotFound, WebhooksOff; TryAgain and InternalError as above."
        ),
    )
