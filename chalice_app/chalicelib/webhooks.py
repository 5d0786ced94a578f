"""The REST routes of webhooks.

::

    POST   /webhooks                            201 register an endpoint; shows its secret
    GET    /webhooks                            200 your endpoints
    POST   /webhooks/{webhook_id}/verification  200 have it verified
    DELETE /webhooks/{webhook_id}               200 remove it
"""

from __future__ import annotations

from chalice.app import Response

from chalicelib import inputs, log, wiring
from chalicelib.callers import caller_of
from chalicelib.documents import WebhookList
from chalicelib.problems import to_json
from chalicelib.rest import view
from chalicelib.staff import routes
from orders.webhooks.views import registered_view, webhook_view

__all__ = ["routes"]


@view("/webhooks", "POST", takes=("application/json",))
def register_webhook() -> Response:
    """Register an endpoint."""
    request = routes.current_request
    desk = wiring.webhook_desk()
    registered = desk.register(inputs.document(request), caller_of(request), root="body")
    log.info("webhook registered", webhook_id=registered.webhook.webhook_id)
    return _json(registered_view(registered), status=201)


@view("/webhooks", "GET")
def get_webhooks() -> Response:
    """Answer the caller's endpoints."""
    webhooks = wiring.webhook_desk().list(caller_of(routes.current_request))
    return _json(WebhookList(webhooks=[webhook_view(webhook) for webhook in webhooks]))


@view("/webhooks/{webhook_id}/verification", "POST")
def verify_webhook(webhook_id: str) -> Response:
    """Have an endpoint prove that it wants messages."""
    webhook = wiring.webhook_desk().verify(webhook_id, caller_of(routes.current_request))
    log.info("webhook verified", webhook_id=webhook.webhook_id, status=webhook.status.value)
    return _json(webhook_view(webhook))


@view("/webhooks/{webhook_id}", "DELETE")
def delete_webhook(webhook_id: str) -> Response:
    """Remove an endpoint."""
    webhook = wiring.webhook_desk().remove(webhook_id, caller_of(routes.current_request))
    log.info("webhook removed", webhook_id=webhook.webhook_id)
    return _json(webhook_view(webhook))


def _json(answer: object, *, status: int = 200) -> Response:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return Response(to_json(answer), headers=dict(headers), status_code=status)
