"""What an endpoint is sent, and how it is signed. ``docs/webhooks.md`` is for receivers.

SNS signs wrapped deliveries; of raw ones it signs nothing, and lets us set no header. So our own signature
is inside the message, for both. A message is one for all endpoints of a customer, with a signature for each:

    {"id": …, "time": seconds, "payload": "…JSON text…", "signatures": {webhook id: "v1,base64"}}

Signed is ``id.time.payload``, with HMAC-SHA256 and the endpoint's own secret. The payload is text inside
JSON so that receivers need not reproduce our formatting to check it.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterable

from orders.model import OrderStatusChanged
from orders.views import change_view
from orders.webhooks.model import Webhook

PREFIX = "whsec_"
_PURPOSE = b"orderwire webhook "
_ANSWER = "answer."


def secret_of(master: bytes, webhook_id: str) -> str:
    """Return a webhook's secret: derived, so that none is kept and fan-out reads none.

    Examples
    --------
    >>> secret_of(b"m" * 32, "7c1e")[:10]
    'whsec_eMNj'
    """
    key = hmac.digest(master, _PURPOSE + webhook_id.encode(), "sha256")
    return PREFIX + base64.b64encode(key).decode()


def sign(secret: str, text: str) -> str:
    """Return the signature of ``text``: ``v1,`` and HMAC-SHA256 in base64.

    The key is what the secret's base64 part holds.
    """
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return f"v1,{base64.b64encode(hmac.digest(key, text.encode(), 'sha256')).decode()}"


def change_message(
    change: OrderStatusChanged, webhooks: Iterable[Webhook], master: bytes, *, time: int
) -> str:
    """Return the message of ``change`` for a customer's ``webhooks``, sent at ``time``."""
    payload = _compact({"type": "change", "change": change_view(change)})
    secrets = {webhook.webhook_id: secret_of(master, webhook.webhook_id) for webhook in webhooks}
    return _message(f"{change.order_id}:{change.version}", time, payload, secrets)


def challenge_message(webhook: Webhook, master: bytes, challenge: str, *, time: int) -> str:
    """Return the message that asks an endpoint whether it is ours; it names the topic to confirm."""
    payload = _compact(
        {
            "type": "challenge",
            "challenge": challenge,
            "webhookId": webhook.webhook_id,
            "topicArn": webhook.topic,
            "delivery": webhook.delivery.value,
        }
    )
    secrets = {webhook.webhook_id: secret_of(master, webhook.webhook_id)}
    return _message(f"challenge:{challenge}", time, payload, secrets)


def is_answer(body: bytes, challenge: str, secret: str) -> bool:
    """Return whether ``body`` answers ``challenge``: ``{"answer": signature of "answer." + challenge}``.

    Who only echoes what it is sent cannot give it.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return False
    answer = document.get("answer") if isinstance(document, dict) else None
    if not isinstance(answer, str):
        return False
    return hmac.compare_digest(answer.encode(errors="replace"), sign(secret, _ANSWER + challenge).encode())


def _message(identity: str, time: int, payload: str, secrets: dict[str, str]) -> str:
    text = f"{identity}.{time}.{payload}"
    signatures = {webhook_id: sign(secret, text) for webhook_id, secret in secrets.items()}
    return _compact({"id": identity, "time": time, "payload": payload, "signatures": signatures})


def _compact(document: object) -> str:
    return json.dumps(document, separators=(",", ":"))
