"""The handler that registers webhooks: each action, and the answers to its callers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from orders.webhooks.registration import Registration
from resolvers import manage_webhooks, wiring
from tests.orders.webhooks.fakes import memory_desk
from tests.resolvers.conftest import Log

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

INPUT = {"url": "https://shop.example/in"}


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Registration:
    created = memory_desk()
    monkeypatch.setattr(wiring, "webhook_desk", lambda: created)
    return created


def act(context: LambdaContext, action: str, **more: object) -> dict[str, Any]:
    event = {"action": action, "customerId": "ada", **more}
    return cast("dict[str, Any]", manage_webhooks.handler(event, context))


def test_webhook_is_registered_verified_and_removed(
    desk: Registration, context: LambdaContext, log: Log
) -> None:
    registered = act(context, "register", input=INPUT)["result"]
    webhook = registered["webhook"]
    assert webhook | {"id": "", "topicArn": ""} == {
        "id": "",
        "url": "https://shop.example/in",
        "statuses": None,
        "delivery": "WRAPPED",
        "status": "PENDING",
        "topicArn": "",
        "createdAt": "2026-11-20T18:00:00.000Z",
    }
    verified = act(context, "verify", id=webhook["id"])["result"]
    assert verified == webhook | {"status": "ACTIVE"}
    assert act(context, "list")["result"] == {"webhooks": [verified]}
    assert act(context, "remove", id=webhook["id"])["result"] == verified
    assert registered["secret"] not in log.text


def test_refusal_has_type_class_and_info(desk: Registration, context: LambdaContext) -> None:
    assert act(context, "verify", id="nothing")["error"] == {
        "kind": "WebhookNotFound",
        "type": "WebhookNotFound",
        "message": "You have no webhook with this id.",
        "info": None,
    }
    assert act(context, "register", input={"url": "http://a.example"}, root="body")["error"] == {
        "kind": "InvalidWebhook",
        "type": "InvalidWebhook",
        "message": "body.url: must begin with https://",
        "info": {"path": "body.url", "code": "NOT_HTTPS"},
    }


@pytest.mark.parametrize("event", [{}, {"action": "list"}, {"action": "list", "customerId": ""}])
def test_request_without_a_customer_is_an_internal_error(
    desk: Registration, context: LambdaContext, event: dict[str, object]
) -> None:
    error = cast("dict[str, Any]", manage_webhooks.handler(event, context))["error"]
    assert (error["type"], error["message"]) == ("InternalError", manage_webhooks.FAULT)


def test_unknown_action_is_an_internal_error(desk: Registration, context: LambdaContext) -> None:
    assert act(context, "publish")["error"]["type"] == "InternalError"


def test_stack_without_webhooks_says_so(monkeypatch: pytest.MonkeyPatch, context: LambdaContext) -> None:
    for name in ("WEBHOOKS_TABLE", "WEBHOOK_SECRET_ARN", "WEBHOOK_TOPICS", "WEBHOOK_DEAD_LETTERS_ARN"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("ALLOW_PRIVATE_WEBHOOKS", "false")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    wiring.webhook_desk.cache_clear()
    assert act(context, "list")["error"]["type"] == "WebhooksOff"
    wiring.webhook_desk.cache_clear()
