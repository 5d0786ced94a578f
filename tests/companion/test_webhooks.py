"""Webhooks over the companion's REST API and its GraphQL, with the use case itself behind them."""

from __future__ import annotations

from typing import Any, cast

import pytest

from chalicelib import wiring
from orders.errors import WebhooksOff
from tests.companion.conftest import Log, Shop
from tests.companion.gateway import GRACE, Gateway, GatewayResponse, Person
from tests.companion.graphql_world import World
from tests.orders.webhooks.fakes import Endpoint

OTHER = Person(GRACE)
STAFF = Person(GRACE, groups=("staff",))
NEW = '{"url": "https://shop.example/in", "statuses": ["SHIPPED"]}'
FIELDS = "id url statuses delivery status topicArn createdAt"


def register(gateway: Gateway, body: str = NEW) -> GatewayResponse:
    return gateway.send("POST", "/webhooks", headers={"Content-Type": "application/json"}, body=body)


def test_webhook_is_registered_verified_and_removed(shop: Shop, gateway: Gateway, log: Log) -> None:
    answer = register(gateway)
    assert (answer.status, answer.headers["cache-control"]) == (201, "no-store")
    webhook, secret = answer.json()["webhook"], answer.json()["secret"]
    assert (webhook["status"], webhook["statuses"]) == ("PENDING", ["SHIPPED"])
    assert gateway.send("GET", "/webhooks").json() == {"webhooks": [webhook]}
    verified = gateway.send("POST", f"/webhooks/{webhook['id']}/verification")
    assert (verified.status, verified.json()) == (200, webhook | {"status": "ACTIVE"})
    removed = gateway.send("DELETE", f"/webhooks/{webhook['id']}")
    assert (removed.status, removed.json()["id"]) == (200, webhook["id"])
    assert gateway.send("GET", "/webhooks").json() == {"webhooks": []}
    assert secret not in log.text


@pytest.mark.parametrize("person", [OTHER, STAFF])
def test_webhook_of_another_customer_is_not_found(shop: Shop, gateway: Gateway, person: Person) -> None:
    webhook_id = register(gateway).json()["webhook"]["id"]
    assert gateway.send("GET", "/webhooks", person=person).json() == {"webhooks": []}
    for method, path in (("DELETE", ""), ("POST", "/verification")):
        answer = gateway.send(method, f"/webhooks/{webhook_id}{path}", person=person)
        assert (answer.status, answer.json()["type"]) == (404, "urn:orderwire:problem:webhook-not-found")


@pytest.mark.parametrize(
    ("body", "status", "path"),
    [
        ("{}", 422, "body.url"),
        ('{"url": "http://shop.example"}', 422, "body.url"),
        ('{"url": "https://shop.example", "statuses": []}', 422, "body.statuses"),
        ("{", 400, "body"),
    ],
)
def test_invalid_webhook_is_refused_with_its_place(
    shop: Shop, gateway: Gateway, body: str, status: int, path: str
) -> None:
    answer = register(gateway, body)
    assert (answer.status, answer.json()["errorInfo"]["path"]) == (status, path)


def test_sixth_webhook_and_unverified_webhook_are_conflicts(shop: Shop, gateway: Gateway) -> None:
    first, *_ = [register(gateway) for _ in range(5)]
    webhook_id = first.json()["webhook"]["id"]
    full = register(gateway)
    assert (full.status, full.json()["errorInfo"]) == (409, {"scope": "CUSTOMER", "limit": "5"})
    cast("Endpoint", shop.desk.challenger).answer = lambda payload, secret: None
    refused = gateway.send("POST", f"/webhooks/{webhook_id}/verification")
    assert (refused.status, refused.json()["errorInfo"]) == (409, {"reason": "NO_ANSWER"})


def test_stack_without_webhooks_says_so(
    shop: Shop, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def off() -> None:
        raise WebhooksOff

    monkeypatch.setattr(wiring, "webhook_desk", off)
    answer = gateway.send("GET", "/webhooks")
    assert (answer.status, answer.json()["type"]) == (404, "urn:orderwire:problem:webhooks-off")


def test_graphql_lists_the_same_webhooks(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.install(monkeypatch)

    def ask(query: str, **variables: Any) -> Any:
        document = world.ask(query, **variables)
        assert "errors" not in document, document
        [value] = document["data"].values()
        return value

    registered = ask(
        "mutation ($input: RegisterWebhookInput!) "
        f"{{ registerWebhook(input: $input) {{ webhook {{ {FIELDS} }} secret }} }}",
        input={"url": "https://shop.example/in", "delivery": "RAW", "statuses": ["SHIPPED", "DELIVERED"]},
    )
    webhook = registered["webhook"]
    assert (webhook["delivery"], webhook["statuses"]) == ("RAW", ["SHIPPED", "DELIVERED"])
    verify = f"mutation ($id: ID!) {{ verifyWebhook(id: $id) {{ {FIELDS} }} }}"
    assert ask(verify, id=webhook["id"]) == webhook | {"status": "ACTIVE"}
    assert [item["status"] for item in ask(f"{{ webhooks {{ {FIELDS} }} }}")] == ["ACTIVE"]
    assert ask("mutation ($id: ID!) { removeWebhook(id: $id) { id } }", id=webhook["id"]) == {
        "id": webhook["id"]
    }
    error = world.error(verify, id=webhook["id"])
    assert (error["errorType"], error["errorInfo"]) == ("WebhookNotFound", None)
    error = world.error('mutation { registerWebhook(input: { url: "ftp://x" }) { secret } }')
    assert (error["errorType"], error["errorInfo"]) == (
        "InvalidWebhook",
        {"path": "input.url", "code": "NOT_HTTPS"},
    )
