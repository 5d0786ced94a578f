"""Drive everything of the application that speaks to DynamoDB, on one engine, in one order."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from localcloud.appsync.datasources.clients import SourceClient
from localcloud.appsync.datasources.dynamodb.source import DynamoDBSource
from localcloud.appsync.definition import DataSource, DynamoDBConfig
from localcloud.appsync.resolving import FieldCall, ResolverEngine
from orders.adapters.connection_items import markers_request
from orders.adapters.dynamodb_approvals import WaitingWorkflows
from orders.adapters.dynamodb_connections import DynamoDBConnections, DynamoDBTickets
from orders.adapters.dynamodb_figures import DynamoDBFigures
from orders.adapters.dynamodb_imported import DynamoDBImportedOrders
from orders.adapters.dynamodb_imports import DynamoDBImports
from orders.adapters.dynamodb_operations import DynamoDBOperations
from orders.adapters.dynamodb_stock import DynamoDBStockRoom
from orders.adapters.dynamodb_store import DynamoDBOrderStore
from orders.adapters.dynamodb_subscribers import READS
from orders.adapters.dynamodb_summaries import DynamoDBSummaries
from orders.adapters.dynamodb_webhooks import DynamoDBWebhooks
from orders.adapters.sandbox_payments import SandboxPayments
from orders.analytics.counting import count_events
from orders.analytics.memory import OrderMemory
from orders.analytics.ports import Recount
from orders.analytics.sums import Sums
from orders.caller import Caller
from orders.connections import CONNECTION_LIFE, MOST_ORDERS, Subscription, opened
from orders.errors import OrderwireError, TooManySubscriptions
from orders.imports.model import Import, ImportId, ImportStatus, RefusedLine
from orders.imports.ports import BatchResult
from orders.model import ChangeOrder, ChangeOrigin, OrderId, OrderItem, Timestamp, received
from orders.operations import AlreadyWelcome, Operation, Projection, SubscriberExists, pending
from orders.origins import ImportLine
from orders.ports import EndOfWait
from orders.status import OrderStatus
from orders.summaries.generations import FIRST, Generations
from orders.summaries.model import Counted, Summary
from orders.webhooks.model import Delivery, Webhook, WebhookStatus
from orders.webhooks.ports import Kept
from tests.aws_rules.recording import Document, Recorder, filled, integration
from tests.aws_rules.tables import declared
from tests.orders.analytics.fakes import Clock
from tests.orders.analytics.lives import life as life_of
from tests.orders.engine import Engine
from tests.orders.samples import ADA, LATER, an_order, to
from tests.shape import api, shape
from tests.shape.samples import AT, INPUT, ORDER_ID, STARTED

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ORDERS, FULFILMENT, CONNECTIONS = "OrdersTable", "FulfilmentTable", "ConnectionsTable"
WEBHOOKS = "WebhooksTable"
IMPORTS = "ImportsTable"
SUMMARIES = "SummariesTable"
FIGURES = "FiguresTable"
# As much as an order may hold: the limits must hold for this one.
LARGEST = tuple(OrderItem(f"S-{n:062}", "𝄞" * 128, 999, 42) for n in range(50))
AWAITING = "aaaaaaaa-9a4d-4e0f-8b7a-5c6d7e8f9a0b"
EXECUTION = f"arn:aws:states:us-east-1:000000000000:execution:orderwire:{ORDER_ID}"


def make_tables(engine: Engine) -> None:
    """Make the template's tables under their logical ids."""
    for name, arguments in declared().items():
        engine.dynamodb().create_table(TableName=name, **arguments)


def drive_adapters(recorder: Recorder) -> None:
    """Call every method of every adapter that speaks to DynamoDB, on each of its ways out."""
    client = recorder.client()
    store = DynamoDBOrderStore(client, ORDERS)
    for contents in (an_order(), an_order(items=LARGEST), an_order(items=LARGEST)):
        store.record(contents, received(contents))
        store.record(contents, received(contents))  # refused
        store.contents(contents.order_id)
        store.state(contents.order_id)
        for target in (OrderStatus.VALIDATED, OrderStatus.CONFIRMED, OrderStatus.CANCELLED):
            store.change(contents.order_id, to(target))
        with contextlib.suppress(OrderwireError):
            store.change(contents.order_id, to(OrderStatus.SHIPPED))
    with contextlib.suppress(OrderwireError):
        store.change(OrderId("00000000-0000-4000-8000-000000000000"), to(OrderStatus.VALIDATED))
    store.order(contents.order_id)
    store.pending_since(LATER, 10)
    _, place = store.owned(ADA, status=None, limit=1, after=None)
    store.owned(ADA, status=OrderStatus.CANCELLED, limit=100, after=place)
    drive_connections(recorder, client)
    drive_webhooks(client)
    drive_figures(client)
    drive_imports(client)
    drive_summaries(client)

    stock = DynamoDBStockRoom(client, FULFILMENT)
    for item in LARGEST:
        shelf = {"pk": {"S": f"STOCK#{item.sku}"}, "sku": {"S": item.sku}, "available": {"N": "999"}}
        recorder.send("PutItem", {"TableName": FULFILMENT, "Item": shelf}, "the role that fills the shelves")
    first, second, third = (OrderId(f"{n}f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b") for n in range(3))
    stock.unknown([item.sku for item in LARGEST])
    for item in LARGEST:
        stock.reserve(first, item.sku, item.quantity)
    stock.reserve(first, LARGEST[0].sku, LARGEST[0].quantity)  # held already
    with contextlib.suppress(OrderwireError):
        stock.reserve(second, LARGEST[0].sku, LARGEST[0].quantity)  # out of stock
    for order_id in (first, first, third):
        stock.release(order_id, [item.sku for item in LARGEST])

    waiting = WaitingWorkflows(client, lambda: cast("Any", None), lambda: cast("Any", None), ORDERS)
    waiting.end(contents.order_id, EndOfWait("APPROVE", ADA, LATER))  # nobody waits
    payments = SandboxPayments(client, FULFILMENT, timeout=0, sleep=lambda _: None)
    for order_id, card in ((first, "tok_approve"), (second, "tok_decline"), (third, "tok_timeout")):
        with contextlib.suppress(OrderwireError):
            payments.authorize(order_id, amount=2**31 - 1, currency="EUR", card_token=card)
        payments.void(order_id)


def drive_figures(client: DynamoDBClient) -> None:
    """Count as many orders as a transaction takes, of which one is over, and once more in vain."""
    store = DynamoDBFigures(client, FIGURES)
    orders = [life_of(number) for number in range(1, 61)]
    for _ in range(2):
        count_events([event for events in orders for event in events], store, Clock(), part=0)
    [first, *_] = orders[0]
    recount = Recount(OrderMemory(), OrderMemory().with_event(first))
    assert not store.commit({first.order_id: recount}, Sums(), part=0, at=first.at)  # refused
    store.sums("2026-11-30T07:00")


def drive_imports(client: DynamoDBClient) -> None:
    """Import ten of the largest orders, twice; each write is refused once."""
    orders = DynamoDBImportedOrders(client, ORDERS)
    contents = [replace(an_order(items=LARGEST), imported=ImportLine(ORDER_ID, n)) for n in range(10)]
    assert list(orders.record_all(contents)) == [None] * 10
    assert list(orders.record_all(contents)) == contents
    assert len(orders.lines_of([order.order_id for order in contents])) == 10
    imports = DynamoDBImports(client, IMPORTS, lambda: 1_800_000_000.0)
    new = Import(
        *(ImportId(ORDER_ID), ADA, "a" * 255, 9, ImportStatus.RUNNING, 1, LATER, LATER, 1_800_000_000),
        run="etag",
    )
    assert [imports.create(new), imports.create(replace(new, size=8))] == [True, False]
    lines = tuple(RefusedLine(n, "REQUIRED", "a" * 300) for n in range(100))
    for first in (2, 102):
        batch = BatchResult(first, first + 99, 0, tuple(range(100)), lines)
        counted = [imports.count(new.import_id, "etag", batch, LATER) for _ in range(2)]
        assert counted == [True, False]
    state = imports.load(new.import_id)
    assert state is not None
    assert not imports.save(replace(state, version=9), new)
    assert imports.save(replace(state, version=state.version + 1, detail="a" * 300), state)
    imports.create(replace(new, import_id=ImportId(AWAITING)))
    for owner in (ADA, None):
        _, place = imports.listed(owner, limit=1, after=None)
        imports.listed(owner, limit=1, after=place)
    assert len(imports.refusals(new.import_id, 150)) == 150
    assert len(imports.batches(new.import_id)) == 2
    for import_id in (new.import_id, ImportId(AWAITING)):
        assert imports.first_with(ADA, "a" * 64, import_id, 1_800_000_000) == new.import_id


def drive_summaries(client: DynamoDBClient) -> None:
    """Count as many orders as one message brings, twice; each write is refused once."""
    store = DynamoDBSummaries(client, SUMMARIES)
    assert store.generations() == Generations()
    for before in (Generations(), Generations(FIRST, "summaries-2", AT, revision=1)):
        assert [store.switch(before, before) for _ in range(2)] == [True, False]
    counted = [
        Counted(OrderId(f"{n:08}-9a4d-4e0f-8b7a-5c6d7e8f9a0b"), 6, OrderStatus.DELIVERED, "EUR", 2**53)
        for n in range(90)
    ]
    summary = Summary(ADA, dict.fromkeys(OrderStatus, 2**31), {"EUR": 2**53}, updated_at=LATER)
    for revision in (1, 2):
        written = replace(summary, revision=revision)
        assert [store.save(FIRST, written, counted) for _ in range(2)] == [True, False]
    assert store.load(FIRST, ADA, [each.order_id for each in counted])[0].revision == 2
    for number in range(1, 3):
        store.note_unreadable(FIRST, {f"event-{number}", "event-0"})
        assert store.unreadable(FIRST) == number + 1
    assert [store.drop(FIRST) for _ in range(2)] == [False, True]


def drive_webhooks(client: DynamoDBClient) -> None:
    """Write a customer's webhooks twice, each time refused once."""
    store = DynamoDBWebhooks(client, WEBHOOKS)
    webhook = Webhook(
        webhook_id=ORDER_ID,
        customer_id=ADA,
        url=f"https://shop.example/{'a' * 480}",
        statuses=tuple(OrderStatus),
        delivery=Delivery.WRAPPED,
        status=WebhookStatus.ACTIVE,
        topic="arn:aws:sns:us-east-1:000000000000:topic",
        created_at=Timestamp(AT),
    )
    five = (webhook,) * 5
    assert store.load(ADA) == Kept()
    assert [store.save(ADA, Kept(five, revision)) for revision in (0, 0, 1, 1)] == [True, False, True, False]
    assert store.load(ADA) == Kept(five, 2)


def drive_connections(recorder: Recorder, client: DynamoDBClient) -> None:
    """Follow as many orders as one connection may, and one more."""
    tickets, connections = DynamoDBTickets(client, CONNECTIONS), DynamoDBConnections(client, CONNECTIONS)
    now = datetime(2026, 11, 20, 18, tzinfo=UTC)
    secret = tickets.issue(Caller(ADA), now)
    tickets.redeem(secret, now)
    tickets.redeem(secret, now)  # refused
    opened_ = opened("IAAAAfKoIAMCJqw=", Caller(ADA), "https://example.invalid/api", now)
    connections.open(opened_)
    connections.find(opened_.connection_id)
    orders = [OrderId(f"{n:08}-9a4d-4e0f-8b7a-5c6d7e8f9a0b") for n in range(MOST_ORDERS + 1)]
    for order_id in orders:
        with contextlib.suppress(TooManySubscriptions):
            connections.claim(order_id, opened_.connection_id)
            connections.subscribe(Subscription(order_id, opened_.connection_id, Caller(ADA), "https://x", 1))
    list(connections.subscribers(orders[0]))
    markers = markers_request(CONNECTIONS, orders[:READS])
    recorder.send("BatchGetItem", dict(markers), "dynamodb_subscribers.followed")
    connections.unsubscribe(orders[0], opened_.connection_id)
    connections.unsubscribe(orders[0], "nobody")  # refused
    connections.stale(now + 2 * CONNECTION_LIFE, 10)
    connections.forget(opened_.connection_id, orders[0])
    _operations(DynamoDBOperations(client, CONNECTIONS), connections, now)


def _operations(operations: DynamoDBOperations, connections: DynamoDBConnections, now: datetime) -> None:
    """Follow by GraphQL: one order, and all; each write in its good form and refused."""
    waiting = pending("IAAAAgraphql=", "https://example.invalid/api", now)
    operations.open(waiting)
    connections.find(waiting.connection_id)
    for _ in range(2):
        with contextlib.suppress(AlreadyWelcome):
            operations.welcome(waiting.connection_id, Caller(ADA), waiting.expires_at + 7200)
    projection = Projection("onOrderStatus", (("status", "status"),))
    for number, order_id in enumerate((OrderId("3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"), None)):
        operation = Operation(f"op-{number}", projection)
        request = Subscription(
            order_id, waiting.connection_id, Caller(ADA), "https://x", waiting.expires_at + 7200, operation
        )
        for _ in range(2):
            with contextlib.suppress(SubscriberExists):
                operations.claim(request)
            operations.subscribe(request, now)
    operations.remove(waiting.connection_id, "op-0")
    operations.remove(waiting.connection_id, "op-0")  # nothing is there any more
    connections.forget(waiting.connection_id)


@dataclass
class _Sources:
    """DynamoDB for real, through the recorder; every other data source says that all went well."""

    recorder: Recorder
    operations: set[tuple[str, str]]

    def open(self, source: DataSource) -> SourceClient:
        if source.type != "AMAZON_DYNAMODB":
            return _Content()
        config = DynamoDBConfig(ORDERS, "us-east-1")
        inner = DynamoDBSource(config, cast("Any", self.recorder), cast("Any", None))
        return _Noted(inner, self.operations)

    async def close(self) -> None:
        """Nothing is open."""


class _Content:
    async def execute(self, request: Any, _call: FieldCall) -> Any:
        return STARTED(request)


@dataclass
class _Noted:
    inner: DynamoDBSource
    operations: set[tuple[str, str]]

    async def execute(self, request: Any, call: FieldCall) -> Any:
        self.operations.add((f"{call.type_name}.{call.field_name}", request["operation"]))
        return await self.inner.execute(request, call)


def drive_resolvers(recorder: Recorder) -> set[tuple[str, str]]:
    """Run every resolver; return (field, operation) of what they asked of DynamoDB."""
    operations: set[tuple[str, str]] = set()
    environment = {**api.ENVIRONMENT, "ORDERS_TABLE": ORDERS}
    engine = ResolverEngine(
        api.definition(environment=environment), sources=cast("Any", _Sources(recorder, operations))
    )
    items = [{"sku": i.sku, "name": i.name, "quantity": 1, "unitPrice": i.unit_price} for i in LARGEST]
    source: Any = {"id": ORDER_ID, "version": 6}

    contents = an_order(AWAITING)
    store = DynamoDBOrderStore(recorder.client(), ORDERS)
    store.record(contents, received(contents))
    for target in (OrderStatus.VALIDATED, OrderStatus.AWAITING_APPROVAL):
        store.change(contents.order_id, to(target))

    async def run() -> None:
        calls: list[tuple[str, Any, Any]] = [
            ("Mutation.submitOrder", {"input": {**INPUT, "items": items}}, api.ADA),
            ("Mutation.submitOrder", {"input": INPUT}, api.ADA),
            ("Query.order", {"id": ORDER_ID}, api.ADA),
            ("Query.orderHistory", {"id": ORDER_ID, "afterVersion": 0}, api.ADA),
            ("Query.orders", {"status": None, "limit": 100, "nextToken": None}, api.ADA),
            ("Query.orders", {"status": "RECEIVED", "limit": 1, "nextToken": None}, api.ADA),
            ("Query.allOrders", {"status": "RECEIVED", "limit": 100, "nextToken": None}, api.STAFF),
            ("Order.items", {}, api.ADA),
            ("Order.history", {}, api.ADA),
            ("Mutation.decideOrder", {"input": {"orderId": ORDER_ID, "decision": "APPROVE"}}, api.STAFF),
            ("Mutation.decideOrder", {"input": {"orderId": AWAITING, "decision": "REJECT"}}, api.STAFF),
            ("Mutation.cancelOrder", {"id": ORDER_ID}, api.GRACE),
            ("Mutation.cancelOrder", {"id": ORDER_ID}, api.ADA),
            ("Mutation.cancelOrder", {"id": ORDER_ID}, api.STAFF),
        ]
        for field, arguments, identity in calls:
            type_name, name = field.split(".")
            await engine.resolve(FieldCall(type_name, name, arguments, source=source, identity=identity))

    asyncio.run(run())
    return operations


LIVES = (
    # The good end, and the other ends of an order that waits for a human; the rest, in the file's order.
    ("MarkValidated", "MarkConfirmed", "MarkPacked", "MarkShipped", "MarkDelivered"),
    ("MarkValidated", "MarkAwaitingApproval", "AwaitDecision", "MarkExpired"),
    ("MarkValidated", "MarkAwaitingApproval", "", "MarkPacked", "MarkShipped", "MarkDelivered"),
)
"""Each an order; the empty one is a decision, which is no state's."""


def drive_workflow(recorder: Recorder) -> set[str]:
    """Send what the state machine sends by itself, for an order of each life; return the states' names."""
    sending = {name for name, state in shape.states().items() if integration(state)}
    rest = tuple(name for name in shape.states() if name in sending - {n for life in LIVES for n in life})
    for life in (*LIVES, rest):
        contents = an_order()
        store = DynamoDBOrderStore(recorder.client(), ORDERS)
        store.record(contents, received(contents))
        for name in life:
            if name:
                _send_state(recorder, name, contents.order_id)
            else:
                origin = ChangeOrigin("decideOrder", "APPROVE")
                decision = ChangeOrder(
                    OrderStatus.CONFIRMED, LATER, origin, only_from=OrderStatus.AWAITING_APPROVAL
                )
                store.change(contents.order_id, decision)
    return {name for life in (*LIVES, rest) for name in life if name}


def _send_state(recorder: Recorder, name: str, order_id: OrderId) -> None:
    state = shape.states()[name]
    operation = integration(state)
    assert operation is not None
    context = {
        "$.orderId": order_id,
        "States.Format('ORDER#{}', $.orderId)": f"ORDER#{order_id}",
        "$$.State.EnteredTime": AT,
        "$$.State.Name": name,
        "$$.Execution.Id": EXECUTION,
        "$$.Task.Token": "token",
        "$.failure.reason": "PAYMENT_DECLINED",
    }
    parameters: Document = filled(state["Parameters"], context, {ORDERS, FULFILMENT})
    recorder.send(operation, parameters, f"workflow.{name}")
