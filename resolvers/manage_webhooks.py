"""Registers webhooks, for AppSync and for the companion alike: the one place that sends to customers' URLs.

The event is ``{"action": …, "customerId": sub, …}``, the customer as AppSync or API Gateway verified them:

========  =======================  ==========================
action    beside it                the answer's ``result``
========  =======================  ==========================
register  ``input``, ``root``      a `RegisteredWebhook`
verify    ``id``                   a `Webhook`
list                               ``{"webhooks": [Webhook]}``
remove    ``id``                   a `Webhook`
========  =======================  ==========================

The answer is ``{"result": …}`` or ``{"error": {"kind", "type", "message", "info"}}``: raised exceptions would
all reach the client as ``Lambda:Unhandled``. ``kind`` is the error's class, for the companion.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypedDict

from orders.answers import ErrorAnswer, to_answer
from orders.caller import Caller
from orders.errors import CallerError, OrderwireError, TryAgain, WebhooksOff
from orders.model import CustomerId
from orders.webhooks.views import RegisteredWebhookView, WebhookView, registered_view, webhook_view
from resolvers import wiring
from resolvers.log import logger
from resolvers.tracer import traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

FAULT = "The webhook could not be managed just now: try again."


class WebhooksView(TypedDict):
    """All of a customer's webhooks."""

    webhooks: list[WebhookView]


class KindOfError(ErrorAnswer):
    """An error with the name of its class."""

    kind: str


class WebhooksResponse(TypedDict, total=False):
    """One of the two."""

    result: WebhookView | RegisteredWebhookView | WebhooksView
    error: KindOfError


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: Mapping[str, object], context: LambdaContext) -> WebhooksResponse:
    """Carry out an action of a customer's."""
    action = event.get("action")
    try:
        result = _act(action, event, _caller(event))
    except (CallerError, TryAgain) as error:
        logger.info("webhook action refused", action=action, error=type(error).__name__)
        return {"error": _error(error)}
    except Exception as error:
        logger.exception("webhook action failed", action=action)
        return {"error": _error(error)}
    logger.info("webhook action done", action=action)
    return {"result": result}


def _act(
    action: object, event: Mapping[str, object], caller: Caller
) -> WebhookView | RegisteredWebhookView | WebhooksView:
    desk = wiring.webhook_desk()
    if desk is None:
        raise WebhooksOff
    match action:
        case "register":
            return registered_view(
                desk.register(event.get("input"), caller, root=str(event.get("root") or "input"))
            )
        case "verify":
            return webhook_view(desk.verify(str(event.get("id")), caller))
        case "list":
            return {"webhooks": [webhook_view(webhook) for webhook in desk.list(caller)]}
        case "remove":
            return webhook_view(desk.remove(str(event.get("id")), caller))
        case _:
            raise OrderwireError(f"There is no action {action!r}.")


def _caller(event: Mapping[str, object]) -> Caller:
    customer = event.get("customerId")
    if not isinstance(customer, str) or not customer:
        # It is taken from the verified token: without one nothing may be registered.
        raise OrderwireError("The event has no customerId.")
    return Caller(CustomerId(customer))


def _error(error: Exception) -> KindOfError:
    return {**to_answer(error, otherwise=FAULT), "kind": type(error).__name__}
