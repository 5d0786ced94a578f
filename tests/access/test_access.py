"""Every operation, tried by everyone: each cell of the table, and each credential that does not hold."""

from __future__ import annotations

import uuid
from typing import Any

import graphql
import pytest

from tests.access.conftest import World
from tests.access.table import (
    NOWHERE,
    ON_IMPORT,
    ON_MINE,
    PUBLISH,
    PUBLISH_IMPORT,
    REFUSALS,
    ROWS,
    Bad,
    Caller,
    Of,
    Outcome,
    Row,
)
from tests.access.wire import PUBLISHED_AT, REFUSED_HANDSHAKE, Json, error_frame, event, request_of
from tests.localcloud.running import ROOT

pytestmark = pytest.mark.integration

CONFLICT = (
    "This clientToken was used for another order. Make a new UUID to submit a new order; "
    "to repeat one, send exactly what you sent before."
)
PLACES = (
    *("orders", "companion", "redelivery", "fanout", "settlement", "fulfilment", "reconcile"),
    *("imports", "import-progress", "webhooks"),
    *("events", "invoices", "warehouse", "fraud", "summaries", "webhook-events"),
)
FOR_STAFF = {
    "orderTrace": "look at an order's workflow",
    "decideOrder": "decide on orders",
    "rebuildSummaries": "rebuild the read model",
    **dict.fromkeys(("allOrders", "onAnyOrder"), "see everyone's orders"),
    **dict.fromkeys(("shopFigures", "onShopFigures"), "see the shop's figures"),
    **dict.fromkeys(("deadLetters", "deadLetterMessages", "redriveDeadLetters"), "look after dead letters"),
}
REQUESTS = [row for row in ROWS if row.type_name != "Subscription"]
SUBSCRIPTIONS = [row for row in ROWS if row.type_name == "Subscription"]


def cells(rows: list[Row]) -> list[Any]:
    return [
        pytest.param(row, who, id=f"{row.name}-{row.of.name}-{who.name}") for row in rows for who in Caller
    ]


def change(order_id: object, customer_id: str) -> Json:
    return {
        "orderId": order_id,
        "customerId": customer_id,
        "version": 7,
        "status": "SHIPPED",
        "at": PUBLISHED_AT,
        "reason": None,
    }


def heard_figures() -> Json:
    """Return what a subscriber of the table's document receives of `figures`."""
    return {name: figures()[name] for name in ("version", "at", "revenue")}


def figures() -> Json:
    return {
        "version": 3,
        "at": PUBLISHED_AT,
        "windowSeconds": 10,
        "statuses": [{"status": "DELIVERED", "now": 1, "entries": 2}],
        "minutes": [{"minute": PUBLISHED_AT, "entries": [{"status": "DELIVERED", "count": 1}]}],
        "revenue": [{"currency": "EUR", "amount": "12345678901234567890", "orders": 1}],
        "delivery": {"orders": 1, "p50Ms": 9.5, "p95Ms": 9.5, "averageMs": None},
        "deadLetters": 0,
    }


def progress(import_id: object, customer_id: str) -> Json:
    return {
        "id": import_id,
        "customerId": customer_id,
        "status": "RUNNING",
        "version": 3,
        "reason": None,
        "detail": None,
        "lines": 2,
        "accepted": 1,
        "repeated": 0,
        "refused": 1,
        "at": PUBLISHED_AT,
        "refusals": [{"line": 3, "code": "REQUIRED", "reason": "sku: is required"}],
    }


async def publish(world: World, message: Json) -> None:
    name, document = (
        ("publishImport", PUBLISH_IMPORT) if "refusals" in message else ("publishOrderStatus", PUBLISH)
    )
    status, answer = await world.endpoints.post(
        world.credentials[Caller.ADMINISTRATOR], document, {"input": message}
    )
    assert (status, answer) == (200, {"data": {name: message}})


async def publish_figures(world: World) -> None:
    [row] = [row for row in ROWS if row.name == "publishShopFigures"]
    administrator = world.credentials[Caller.ADMINISTRATOR]
    status, answer = await world.endpoints.post(administrator, row.document, {"input": figures()})
    assert (status, answer) == (200, {"data": {"publishShopFigures": heard_figures()}})


def test_access_table_has_every_operation_of_the_schema() -> None:
    schema = graphql.parse((ROOT / "schema.graphql").read_text(encoding="utf-8"))
    roots = {
        f"{node.name.value}.{field.name.value}"
        for node in schema.definitions
        if isinstance(node, graphql.ObjectTypeDefinitionNode)
        and node.name.value in {"Query", "Mutation", "Subscription"}
        for field in node.fields or ()
    }
    assert {row.operation for row in ROWS} == roots
    assert set(REFUSALS) == set(Bad)


async def variables(world: World, row: Row) -> Json:
    """Return what the operation is asked with."""
    match row.of:
        case Of.ANY:
            return {}
        case Of.FIGURES:
            return {"input": figures()}
        case Of.WEBHOOK:
            return {"id": await world.webhook()}
        case Of.IMPORT if row.name == "publishImport":
            return {"input": progress(await world.announced(), world.owner.sub)}
        case Of.IMPORT:
            return {"id": await world.announced()}
        case Of.NEW:
            return {"input": world.order()}
        case Of.NONE:
            return {"id": str(uuid.uuid4())}
        case Of.REPEATED:
            return {"input": await world.submitted()}
        case Of.THEIRS:
            order = await world.submitted()
            if row.name == "publishOrderStatus":
                return {"input": change(order["clientToken"], world.owner.sub)}
            return {"id": order["clientToken"]}


def failed(row: Row, error_type: str, message: str) -> Json:
    """Return the answer with one error of the field."""
    error = {
        "path": [row.name],
        "data": None,
        "errorType": error_type,
        "errorInfo": None,
        "locations": [{"line": 1, "column": row.document.index(row.name) + 1, "sourceName": None}],
        "message": message,
    }
    return {"data": {row.name: None} if row.nullable else None, "errors": [error]}


def done(world: World, row: Row, who: Caller, arguments: Json) -> Json | list[Json]:
    match row.name:
        case "order" | "import":
            return {"id": arguments["id"], "customerId": world.owner.sub}
        case "orderHistory" | "orderTrace":
            return {"orderId": arguments["id"]}
        case "deadLetters":
            return [{"name": name} for name in PLACES]
        case "deadLetterMessages":
            return []
        case "customerSummary":
            return {"customerId": world.people[who].sub}
        case "rebuildSummaries":
            return {"status": "SETTLING"}
        case "redriveDeadLetters":
            return {"matched": 0, "redriven": 0}
        case "removeWebhook":
            return {"id": arguments["id"]}
        case "cancelOrder" | "cancelImport":
            return {"id": arguments["id"], "status": "CANCELLED"}
        case "publishOrderStatus" | "publishImport":
            return dict(arguments["input"])
        case "publishShopFigures":
            return heard_figures()
    return {"id": arguments["input"]["clientToken"], "customerId": world.people[who].sub}


@pytest.mark.parametrize(("row", "who"), cells(REQUESTS))
async def test_http_access_is_as_the_table_says(world: World, row: Row, who: Caller) -> None:
    arguments = await variables(world, row)
    status, answer = await world.endpoints.post(world.credentials[who], row.document, arguments)
    assert status == 200
    match row.outcome(who):
        case Outcome.DONE if row.name == "registerWebhook":
            assert answer["data"]["registerWebhook"]["webhook"]["url"] == NOWHERE
        case Outcome.DONE if row.name == "createImport":
            assert answer["data"]["createImport"]["import"]["customerId"] == world.people[who].sub
        case Outcome.DONE if row.name == "imports":
            import_id = await world.announced()
            _, answer = await world.endpoints.post(world.credentials[who], row.document)
            assert {"id": import_id, "customerId": world.owner.sub} in answer["data"]["imports"]["imports"]
        case Outcome.DONE if row.name == "allOrders":
            cancelled = await world.submitted()
            document = "mutation ($id: ID!) { cancelOrder(id: $id) { id customerId status } }"
            order = {"id": cancelled["clientToken"]}
            _, answer = await world.endpoints.post(world.credentials[Caller.OWNER], document, order)
            _, listed = await world.endpoints.post(world.credentials[who], row.document)
            assert answer["data"]["cancelOrder"] in listed["data"]["allOrders"]["orders"]
        case Outcome.DONE:
            assert answer == {"data": {row.name: done(world, row, who, arguments)}}
        case Outcome.NULL:
            assert answer == {"data": {row.name: None}}
        case Outcome.NOT_FOUND:
            assert answer == failed(row, "OrderNotFound", "You have no order with this id.")
        case Outcome.STAFF_ONLY:
            assert answer == failed(row, "StaffOnly", f"Only staff may {FOR_STAFF[row.name]}.")
        case Outcome.ANALYTICS_OFF:
            assert answer == failed(row, "AnalyticsOff", "Analytics are switched off here.")
        case Outcome.NOT_DECIDABLE:  # it awaits nothing: its total is below the limit
            [error] = answer["errors"]
            assert error["errorType"] == "OrderNotDecidable"
            assert error["errorInfo"].keys() == {"status"}
        case Outcome.CONFLICT:
            assert answer == failed(row, "IdempotencyConflict", CONFLICT)
        case Outcome.REFUSED:
            where = f"{row.name} on type {row.type_name}"
            assert answer == failed(row, "Unauthorized", f"Not Authorized to access {where}")
        case Outcome.NO_WEBHOOK:
            assert answer == failed(row, "WebhookNotFound", "You have no webhook with this id.")
        case Outcome.NO_IMPORT:
            assert answer == failed(row, "ImportNotFound", "You have no import with this id.")
        case Outcome.NOT_VERIFIED:  # nobody listens there
            [error] = answer["errors"]
            assert error["errorType"] == "WebhookNotVerified"
            assert error["errorInfo"] == {"reason": "NO_ANSWER"}
        case Outcome.OWN if row.name == "webhooks":
            webhook_id = await world.webhook()
            _, answer = await world.endpoints.post(world.credentials[who], row.document)
            ids = {webhook["id"] for webhook in answer["data"]["webhooks"]}
            assert (webhook_id in ids) is (who is Caller.OWNER)
        case Outcome.OWN if row.name == "imports":
            import_id = await world.announced()
            _, answer = await world.endpoints.post(world.credentials[who], row.document)
            listed = answer["data"]["imports"]["imports"]
            assert {item["customerId"] for item in listed} <= {world.people[who].sub}
            assert (import_id in {item["id"] for item in listed}) is (who is Caller.OWNER)
        case Outcome.OWN:
            before = {order["id"] for order in answer["data"]["orders"]["orders"]}
            document = "mutation ($input: SubmitOrderInput!) { submitOrder(input: $input) { id } }"
            own = world.order()
            theirs = await world.submitted() if who is not Caller.OWNER else world.order()
            await world.endpoints.post(world.credentials[who], document, {"input": own})
            _, answer = await world.endpoints.post(world.credentials[who], row.document)
            listed = answer["data"]["orders"]["orders"]
            assert {order["customerId"] for order in listed} == {world.people[who].sub}
            assert {order["id"] for order in listed} == before | {own["clientToken"]}
            assert theirs["clientToken"] not in {order["id"] for order in listed}
        case other:
            pytest.fail(f"{other} is no outcome of a request")


@pytest.mark.parametrize(("row", "who"), cells(SUBSCRIPTIONS))
async def test_websocket_access_is_as_the_table_says(world: World, row: Row, who: Caller) -> None:
    order_id = str(uuid.uuid4())  # subscribed before it is submitted: the subscription looks nothing up
    arguments = {} if row.name in {"onMyOrders", "onAnyOrder"} else {"id": order_id}
    of_imports = row.name == "onImport"
    message = progress if of_imports else change
    frame = message(order_id, world.owner.sub)
    async with world.endpoints.socket(world.credentials[who]) as opened:
        socket = await opened.connected()
        id_ = await socket.start(world.credentials[who], row.document, arguments)
        if row.outcome(who) is Outcome.REFUSED:
            words = f"Not Authorized to access {row.name} on type Subscription"
            assert await socket.frame() == error_frame(id_, "Unauthorized", words)
            return
        if row.outcome(who) is Outcome.STAFF_ONLY:
            [error] = (await socket.frame())["payload"]["errors"]
            expected = ("StaffOnly", f"Only staff may {FOR_STAFF[row.name]}.")
            assert (error["errorType"], error["message"]) == expected
            return
        assert await socket.frame() == {"id": id_, "type": "start_ack"}
        if row.of is Of.FIGURES:
            await publish_figures(world)
            assert await socket.frame() == event(id_, row.name, heard_figures())
            return
        await publish(world, frame)
        if row.outcome(who) is Outcome.HEARS:
            assert await socket.frame() == event(id_, row.name, frame)
            return
        # Silence: of two changes in a row the second, which is this caller's own, comes first.
        own = message(str(uuid.uuid4()), world.people[who].sub)
        control = await socket.live(
            world.credentials[who], *((ON_IMPORT, {"id": own["id"]}) if of_imports else (ON_MINE,))
        )
        await publish(world, frame)
        await publish(world, own)
        received = await socket.frame()
        if row.name == "onMyOrders" and received["id"] == id_:
            assert received == event(id_, "onMyOrders", own)
            received = await socket.frame()
        assert received == event(control, "onImport" if of_imports else "onMyOrders", own)


@pytest.mark.parametrize("kind", list(Bad))
async def test_invalid_credential_is_refused_for_every_operation(world: World, kind: Bad) -> None:
    credential, refusal = world.bad[kind], REFUSALS[kind]
    order_id = str(uuid.uuid4())
    arguments = {"id": order_id, "input": world.order()}
    for row in ROWS:
        publishes = {
            "publishOrderStatus": change(order_id, world.owner.sub),
            "publishShopFigures": figures(),
            "publishImport": progress(order_id, world.owner.sub),
        }
        values = {"input": publishes[row.name]} if row.name in publishes else arguments
        body = request_of(row.document, values)
        status, answer = await world.endpoints.send(credential, body)
        [error] = answer.pop("errors")
        assert answer == {}, row
        assert status == refusal.status, row
        assert error["errorType"] == refusal.error_type, row
        assert refusal.says(error["message"]), row


@pytest.mark.parametrize("kind", list(Bad))
async def test_invalid_credential_does_not_connect(world: World, kind: Bad) -> None:
    async with world.endpoints.socket(world.bad[kind]) as socket:
        assert await socket.frame() == REFUSED_HANDSHAKE
        closing = await socket.socket.receive(timeout=60)
        assert (closing.data, closing.extra) == (1008, "UnauthorizedException")


@pytest.mark.parametrize("kind", list(Bad))
@pytest.mark.parametrize("row", SUBSCRIPTIONS, ids=lambda row: row.name)
async def test_invalid_credential_starts_nothing_on_an_open_connection(
    world: World, row: Row, kind: Bad
) -> None:
    refusal = REFUSALS[kind]
    async with world.endpoints.socket(world.credentials[Caller.OWNER]) as opened:
        socket = await opened.connected()
        id_ = await socket.start(world.bad[kind], row.document, {"id": str(uuid.uuid4())})
        frame = await socket.frame()
    [error] = frame["payload"].pop("errors")
    assert frame == {"id": id_, "type": "error", "payload": {}}
    assert error["errorType"] == refusal.of_start
    assert refusal.says(error["message"])


async def test_each_port_serves_its_own_api(world: World) -> None:
    owner = world.credentials[Caller.OWNER]
    for row in SUBSCRIPTIONS:
        arguments = {"id": str(uuid.uuid4())}
        assert await world.endpoints.post(owner, row.document, arguments) == (
            400,
            {
                "errors": [
                    {
                        "errorType": "BadRequestException",
                        "message": "A subscription is served over the real-time endpoint (WebSocket) alone.",
                    }
                ]
            },
        )
    async with world.endpoints.socket(owner) as opened:
        socket = await opened.connected()
        for row in REQUESTS:
            id_ = await socket.start(owner, row.document, await variables(world, row))
            kind = row.type_name.lower()
            message = f"{kind} not supported through the realtime channel"
            assert await socket.frame() == error_frame(id_, "UnsupportedOperation", message)
