"""The operations of the REST API that are about webhooks."""

from __future__ import annotations

from chalicelib.documents import WebhookList
from orders.webhooks.addresses import LONGEST
from orders.webhooks.views import RegisteredWebhookView, WebhookView
from tools.openapi_operations import answer, operation
from tools.openapi_parts import WEBHOOK_ID
from tools.openapi_schemas import Json, Schemas, reference

_ID = {"parameters": [reference("WebhookId", "parameters")]}


def webhook_paths(schemas: Schemas) -> dict[str, Json]:
    """Return the operations of webhooks, by path and method."""
    return {
        "/webhooks": {"post": _register(schemas), "get": _list(schemas)},
        "/webhooks/{webhook_id}": {**_ID, "delete": _remove(schemas)},
        "/webhooks/{webhook_id}/verification": {**_ID, "post": _verify(schemas)},
    }


def _example(status: str) -> WebhookView:
    return WebhookView(
        id=WEBHOOK_ID,
        url="https://shop.example/webhooks",
        statuses=["SHIPPED", "DELIVERED"],
        delivery="WRAPPED",
        status=status,
        topicArn="arn:aws:sns:eu-west-1:123456789012:orderwire-WebhookTopic2-1A2B3C",
        createdAt="2026-11-20T18:00:00.000Z",
    )


def _register(schemas: Schemas) -> Json:
    schema: Json = {
        "type": "object",
        "required": ["url"],
        "additionalProperties": False,
        "properties": {
            "url": {
                "type": "string",
                "maxLength": LONGEST,
                "description": "It begins with https://, and leads to the public internet.",
            },
            "statuses": {
                "type": ["array", "null"],
                "items": schemas.enum("OrderStatus"),
                "minItems": 1,
                "description": "Deliver only changes into one of these; all without.",
            },
            "delivery": {
                "anyOf": [schemas.enum("WebhookDelivery"), {"type": "null"}],
                "description": "WRAPPED without.",
            },
        },
    }
    example = {"url": "https://shop.example/webhooks", "statuses": ["SHIPPED", "DELIVERED"]}
    return operation(
        "registerWebhook",
        "webhooks",
        "Register an endpoint of yours",
        "It is PENDING, and nothing is sent to it, until it is verified: give it the secret, which is shown "
        "this once, then `verifyWebhook`.",
        body={"required": True, "content": {"application/json": {"schema": schema, "example": example}}},
        responses={
            "201": answer(
                "The webhook, and its secret.",
                schemas.of(RegisteredWebhookView),
                RegisteredWebhookView(
                    webhook=_example("PENDING"), secret="whsec_RXhhbXBsZUV4YW1wbGVFeGFtcGxlRXhhbXBsZTA="
                ),
                headers=("CacheControl",),
            ),
            "400": "InvalidRequest",
            "409": "WebhookQuotaExceeded",
            "413": "ContentTooLarge",
            "415": "UnsupportedMediaType",
            "422": "InvalidWebhook",
            "404": "WebhooksOff",
        },
    )


def _list(schemas: Schemas) -> Json:
    return operation(
        "listWebhooks",
        "webhooks",
        "Your endpoints, oldest first",
        "At most 5.",
        responses={
            "200": answer(
                "The webhooks.",
                schemas.of(WebhookList),
                WebhookList(webhooks=[_example("ACTIVE")]),
                headers=("CacheControl",),
            ),
            "404": "WebhooksOff",
        },
    )


def _verify(schemas: Schemas) -> Json:
    return operation(
        "verifyWebhook",
        "webhooks",
        "Have an endpoint prove that it wants messages",
        "It is sent a challenge, which takes its secret to answer, and is then subscribed, which it confirms "
        "to SNS. When the confirmation takes longer than 5 seconds the webhook is still CONFIRMING.",
        responses={
            "200": answer(
                "The webhook, ACTIVE or CONFIRMING.",
                schemas.of(WebhookView),
                _example("ACTIVE"),
                headers=("CacheControl",),
            ),
            "404": "WebhookNotFound",
            "409": "WebhookNotVerified",
            "422": "InvalidWebhook",
        },
    )


def _remove(schemas: Schemas) -> Json:
    return operation(
        "removeWebhook",
        "webhooks",
        "Remove an endpoint",
        "It receives nothing any more.",
        responses={
            "200": answer(
                "The webhook that was removed.",
                schemas.of(WebhookView),
                _example("ACTIVE"),
                headers=("CacheControl",),
            ),
            "404": "WebhookNotFound",
        },
    )
