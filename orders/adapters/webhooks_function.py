"""`WebhookDesk` by the stack's own function, which is invoked and waited for.

The companion could do the work itself. But what is sent to URLs that customers name is better sent from one
place, whose role can do nothing else, and which may be put in a network of its own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from orders.adapters.endpoints import service_endpoint
from orders.adapters.http import HttpPool
from orders.adapters.signing import Role, Signer
from orders.caller import Caller
from orders.errors import (
    InvalidWebhook,
    OrderwireError,
    PublishError,
    TryAgain,
    WebhookNotFound,
    WebhookNotVerified,
    WebhookQuotaExceeded,
    WebhooksOff,
)
from orders.model import CustomerId, Timestamp
from orders.status import OrderStatus
from orders.webhooks.model import Delivery, Webhook, WebhookStatus
from orders.webhooks.ports import Registered

SECONDS = 26.0
"""For one call: the function has 25, and API Gateway waits for 29."""

_ERRORS: Mapping[str, Callable[[str, Mapping[str, str]], OrderwireError]] = {
    "InvalidWebhook": lambda words, info: InvalidWebhook(
        words.removeprefix(f"{info['path']}: "), path=info["path"], code=info["code"]
    ),
    "WebhookNotFound": lambda words, info: WebhookNotFound(),
    "WebhookNotVerified": lambda words, info: WebhookNotVerified(info["reason"]),
    "WebhookQuotaExceeded": lambda words, info: WebhookQuotaExceeded(info["scope"], int(info["limit"])),
    "WebhooksOff": lambda words, info: WebhooksOff(),
    "TryAgain": lambda words, info: TryAgain(words),
    "Contended": lambda words, info: TryAgain(words),
}


class WebhooksFunction:
    """Keeps ``orders.webhooks.ports.WebhookDesk``.

    Parameters
    ----------
    arn, region : str
        The function, and where it is.
    role : Role, optional
        Who signs.
    """

    def __init__(
        self, arn: str, region: str, role: Role | None = None, *, endpoint: str | None = None
    ) -> None:
        self._pool = HttpPool(endpoint or service_endpoint("lambda", region))
        self._path = f"/2015-03-31/functions/{quote(arn, safe='')}/invocations"
        self._signer = Signer("lambda", region, role)

    def register(self, document: object, caller: Caller, *, root: str = "input") -> Registered:
        """Keep a new endpoint, PENDING."""
        result = self._call("register", caller, input=document, root=root)
        return Registered(_webhook(_part(result, "webhook"), caller), str(result["secret"]))

    def verify(self, webhook_id: str, caller: Caller) -> Webhook:
        """Have an endpoint prove that it wants messages, and subscribe it."""
        return _webhook(self._call("verify", caller, id=webhook_id), caller)

    def list(self, caller: Caller) -> Sequence[Webhook]:
        """Return the caller's endpoints."""
        listed = self._call("list", caller)["webhooks"]
        if not isinstance(listed, list):
            raise OrderwireError("The function that manages webhooks answered no list.")
        return [_webhook(item, caller) for item in listed]

    def remove(self, webhook_id: str, caller: Caller) -> Webhook:
        """Unsubscribe an endpoint and forget it."""
        return _webhook(self._call("remove", caller, id=webhook_id), caller)

    def close(self) -> None:
        """Close the connections that are kept."""
        self._pool.close()

    def _call(self, action: str, caller: Caller, **more: object) -> Mapping[str, object]:
        event = {"action": action, "customerId": caller.customer_id, **more}
        body = json.dumps(event, separators=(",", ":")).encode()
        url = f"{self._pool.origin}{self._path}"
        headers = self._signer.sign(url, body, {"content-type": "application/json"})
        try:
            answer = self._pool.post(body, headers, deadline=time.monotonic() + SECONDS, path=self._path)
        except PublishError as error:
            raise TryAgain(f"The function that manages webhooks: {error}") from error
        if answer.status == 429 or answer.status >= 500:
            raise TryAgain(f"Lambda answered {answer.status}.")
        try:
            document = json.loads(answer.body)
        except ValueError:
            document = None
        if isinstance(document, dict) and isinstance(document.get("result"), dict):
            return dict(document["result"])
        raise _error(answer.status, document)


def _error(status: int, document: object) -> OrderwireError:
    error = document.get("error") if isinstance(document, dict) else None
    if isinstance(error, dict) and error.get("kind") in _ERRORS:
        info = error.get("info")
        return _ERRORS[error["kind"]](str(error.get("message")), info if isinstance(info, dict) else {})
    # Its own fault, which is in its own log.
    return OrderwireError(f"The function that manages webhooks failed (HTTP {status}).")


def _part(result: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = result.get(name)
    if not isinstance(value, dict):
        raise OrderwireError(f"The function that manages webhooks answered no {name}.")
    return value


def _webhook(view: Mapping[str, object], caller: Caller) -> Webhook:
    statuses = view["statuses"]
    return Webhook(
        webhook_id=str(view["id"]),
        customer_id=CustomerId(caller.customer_id),
        url=str(view["url"]),
        statuses=tuple(OrderStatus(item) for item in statuses) if isinstance(statuses, list) else (),
        delivery=Delivery(str(view["delivery"])),
        status=WebhookStatus(str(view["status"])),
        topic=str(view["topicArn"]),
        created_at=Timestamp(str(view["createdAt"])),
    )
