"""The ports, kept in memory. They promise what the real ones promise, and the same tests hold them to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from orders.caller import Caller
from orders.connections import MOST_ORDERS, TICKET_LIFE, Connection, Subscription
from orders.errors import (
    AlreadyCompensated,
    ConnectionGone,
    NotWoken,
    OrderNotFound,
    OutOfStock,
    PaymentDeclined,
    PaymentTimeout,
    StartThrottled,
    TooManySubscriptions,
    UnknownItem,
)
from orders.model import (
    ChangeOrder,
    CustomerId,
    OrderContents,
    OrderId,
    OrderState,
    OrderStatusChanged,
    Timestamp,
    changed,
)
from orders.operations import MOST_OPERATIONS, AlreadyWelcome, GraphQLConnection, SubscriberExists
from orders.origins import Workflow
from orders.ports import EndOfWait, Position, Recorded
from orders.runs import Run
from orders.status import OrderStatus


class FixedClock:
    """Stands still until it is moved on."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 20, 18, 0, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class MemoryOrderStore:
    def __init__(self) -> None:
        self._orders: dict[OrderId, tuple[OrderContents, OrderState]] = {}
        self._lock = threading.Lock()

    def record(self, contents: OrderContents, state: OrderState) -> bool:
        with self._lock:
            if contents.order_id in self._orders:
                return False
            self._orders[contents.order_id] = (contents, state)
            return True

    def contents(self, order_id: OrderId) -> OrderContents | None:
        record = self._orders.get(order_id)
        return None if record is None else record[0]

    def state(self, order_id: OrderId) -> OrderState | None:
        record = self._orders.get(order_id)
        return None if record is None else record[1]

    def order(self, order_id: OrderId) -> Recorded | None:
        record = self._orders.get(order_id)
        return None if record is None else Recorded(*record)

    def owned(
        self, owner: CustomerId, *, status: OrderStatus | None, limit: int, after: Position | None
    ) -> tuple[Sequence[OrderState], Position | None]:
        def place(state: OrderState) -> tuple[str, str]:
            return state.created_at, state.order_id

        mine = [state for _, state in self._orders.values() if state.customer_id == owner]
        mine.sort(key=place, reverse=True)
        if after is not None:
            mine = [state for state in mine if place(state) < (after.created_at, after.order_id)]
        looked_at = mine[:limit]
        # Like DynamoDB, which stops at the limit and does not look whether anything follows.
        full = len(looked_at) == limit
        last = Position(looked_at[-1].created_at, looked_at[-1].order_id) if full else None
        return [state for state in looked_at if status in (None, state.status)], last

    def change(self, order_id: OrderId, command: ChangeOrder) -> OrderState:
        with self._lock:
            if order_id not in self._orders:
                raise OrderNotFound
            contents, state = self._orders[order_id]
            after = changed(state, command)
            self._orders[order_id] = (contents, after)
            return after

    def pending_since(self, before: Timestamp, limit: int) -> Sequence[OrderId]:
        states = sorted((state for _, state in self._orders.values()), key=lambda state: state.created_at)
        return [s.order_id for s in states if s.is_pending and s.created_at < before][:limit]


class MemoryStockRoom:
    def __init__(self, available: dict[str, int]) -> None:
        self.available = dict(available)
        self._reserved: dict[tuple[OrderId, str], int] = {}
        self._released: set[tuple[OrderId, str]] = set()

    def unknown(self, skus: Iterable[str]) -> Sequence[str]:
        return [sku for sku in skus if sku not in self.available]

    def reserve(self, order_id: OrderId, sku: str, quantity: int) -> None:
        if (order_id, sku) in self._reserved:
            return
        if (order_id, sku) in self._released:
            raise AlreadyCompensated("stock")
        if missing := self.unknown([sku]):
            raise UnknownItem(missing)
        if self.available[sku] < quantity:
            raise OutOfStock([sku])
        self._reserved[order_id, sku] = quantity
        self.available[sku] -= quantity

    def release(self, order_id: OrderId, skus: Sequence[str]) -> bool:
        quantities = {
            sku: self._reserved.pop((order_id, sku)) for sku in skus if (order_id, sku) in self._reserved
        }
        self._released |= {(order_id, sku) for sku in skus}
        for sku, quantity in quantities.items():
            self.available[sku] += quantity
        return bool(quantities)


class MemoryPayments:
    def __init__(self) -> None:
        self.ledger: dict[OrderId, str] = {}

    def authorize(self, order_id: OrderId, *, amount: int, currency: str, card_token: str) -> str:
        if card_token.startswith("tok_timeout") and order_id not in self.ledger:
            raise PaymentTimeout(3)
        approved = card_token.startswith("tok_approve")
        status = self.ledger.setdefault(order_id, "AUTHORIZED" if approved else "DECLINED")
        if status == "DECLINED":
            raise PaymentDeclined
        if status == "VOIDED":
            raise AlreadyCompensated("payment")
        return f"sandbox-{order_id}"

    def void(self, order_id: OrderId) -> bool:
        status = self.ledger.setdefault(order_id, "VOIDED")
        if status == "AUTHORIZED":
            self.ledger[order_id] = "VOIDED"
        return status == "AUTHORIZED"


class MemoryQueue:
    def __init__(self) -> None:
        self.messages: list[OrderId] = []
        self.broken: Exception | None = None

    def put(self, order_ids: Sequence[OrderId], *, delay: int = 0) -> None:
        if self.broken is not None:
            raise self.broken
        self.messages += order_ids

    def waiting(self) -> int:
        return len(self.messages)


class MemoryApprovals:
    """Remembers whose wait was ended, and how; a broken one wakes no waiter."""

    def __init__(self) -> None:
        self.ended: list[tuple[OrderId, EndOfWait]] = []
        self.broken = False

    def end(self, order_id: OrderId, end: EndOfWait) -> None:
        if self.broken:
            raise NotWoken
        self.ended.append((order_id, end))


class MemoryWorkflows:
    def __init__(self) -> None:
        self.started: list[OrderId] = []
        self.kinds: dict[OrderId, Workflow] = {}
        self.throttled: set[OrderId] = set()
        self.traces: dict[OrderId, str] = {}

    def start(self, order_id: OrderId, workflow: Workflow, *, trace: str | None = None) -> bool:
        if order_id in self.throttled:
            raise StartThrottled
        if order_id in self.started:
            return False
        self.started.append(order_id)
        self.kinds[order_id] = workflow
        if trace is not None:
            self.traces[order_id] = trace
        return True


class MemoryRuns:
    """The last run of every order; a second one begins when it is redriven or taken up."""

    def __init__(self, run: Run | None = None) -> None:
        self.run = run
        self.redriven: list[OrderId] = []
        self.taken_up: list[OrderId] = []
        self.too_old = False
        self.overtaken_by: Run | None = None
        self.on_look: Callable[[], object] = lambda: None

    def last(self, order_id: OrderId) -> Run | None:
        self.on_look()
        return self.run

    def redrive(self, order_id: OrderId) -> bool:
        if self.too_old or self.overtaken_by is not None:
            self.run = self.overtaken_by or self.run
            return False
        self.redriven.append(order_id)
        self.run = Run(express=False, until=None, redriven=True)
        return True

    def take_up(self, order_id: OrderId) -> None:
        self.taken_up.append(order_id)
        self.run = Run(express=True, until=None, redriven=True)


class MemoryChannel:
    """Remembers what was published; fails or hangs on demand."""

    def __init__(self, name: str = "memory", *, deadline: float = 0.5) -> None:
        self.name = name
        self.deadline = deadline
        self.published: list[OrderStatusChanged] = []
        self.failing: dict[int, Exception] = {}
        self.hanging: set[str] = set()
        self.let_go = threading.Event()
        self.unprepared: Exception | None = None
        self.meeting: threading.Barrier | None = None
        self._lock = threading.Lock()

    def prepare(self) -> None:
        if self.unprepared is not None:
            raise self.unprepared

    def publish(self, change: OrderStatusChanged, *, deadline: float) -> None:
        if change.order_id in self.hanging:
            self.let_go.wait(120)
        if self.meeting is not None:
            self.meeting.wait(60)
        if change.version in self.failing:
            raise self.failing[change.version]
        with self._lock:
            self.published.append(change)


class MemoryTickets:
    """Tickets that are counted: the first is ``ticket-1``."""

    def __init__(self) -> None:
        self._callers: dict[str, tuple[Caller, datetime]] = {}
        self._issued = 0

    def issue(self, caller: Caller, at: datetime) -> str:
        self._issued += 1
        secret = f"ticket-{self._issued}"
        self._callers[secret] = (caller, at + TICKET_LIFE)
        return secret

    def redeem(self, secret: str, at: datetime) -> Caller | None:
        caller, until = self._callers.pop(secret, (None, at))
        return caller if at < until else None


class MemoryConnections:
    def __init__(self) -> None:
        self.open_now: dict[str, Connection | GraphQLConnection] = {}
        self.claims: dict[str, set[OrderId]] = {}
        self.subscriptions: dict[tuple[OrderId | None, str], Subscription] = {}
        self.operations: dict[str, dict[str, Subscription | None]] = {}
        self._lock = threading.Lock()

    def open(self, connection: Connection) -> None:
        self.open_now[connection.connection_id] = connection
        self.claims[connection.connection_id] = set()

    def find(self, connection_id: str) -> Connection | GraphQLConnection | None:
        return self.open_now.get(connection_id)

    def claim(self, order_id: OrderId, connection_id: str) -> None:
        with self._lock:
            claimed = self.claims.get(connection_id)
            if claimed is None:
                raise ConnectionGone
            if order_id not in claimed and len(claimed) >= MOST_ORDERS:
                raise TooManySubscriptions(MOST_ORDERS)
            claimed.add(order_id)

    def subscribe(self, subscription: Subscription) -> None:
        self.subscriptions[subscription.order_id, subscription.connection_id] = subscription

    def unsubscribe(self, order_id: OrderId, connection_id: str) -> None:
        with self._lock:
            self.claims.get(connection_id, set()).discard(order_id)
            self.subscriptions.pop((order_id, connection_id), None)

    def subscribers(self, order_id: OrderId) -> Sequence[Subscription]:
        return [
            subscription
            for subscription in list(self.subscriptions.values())
            if subscription.order_id == order_id
        ]

    def forget(self, connection_id: str, leftover: Subscription | OrderId | None = None) -> None:
        order_id = leftover.order_id if isinstance(leftover, Subscription) else leftover
        with self._lock:
            self.open_now.pop(connection_id, None)
            self.operations.pop(connection_id, None)
            # As the table does: what was not claimed is found by its order alone.
            for order in self.claims.pop(connection_id, set()) | ({order_id} if order_id else set()):
                self.subscriptions.pop((order, connection_id), None)

    def stale(self, before: datetime, limit: int) -> Sequence[Connection | GraphQLConnection]:
        expired = [
            connection for connection in self.open_now.values() if connection.expires_at < before.timestamp()
        ]
        return expired[:limit]


class MemoryOperations:
    """GraphQL subscriptions, of the same connections."""

    def __init__(self, connections: MemoryConnections) -> None:
        self._connections = connections
        self.wait = 0.0

    def open(self, connection: GraphQLConnection) -> None:
        self._connections.open_now[connection.connection_id] = connection
        self._connections.operations[connection.connection_id] = {}

    def welcome(self, connection_id: str, caller: Caller, expires_at: int) -> None:
        connection = self._connections.open_now.get(connection_id)
        if not isinstance(connection, GraphQLConnection):
            raise ConnectionGone
        if connection.caller is not None:
            raise AlreadyWelcome
        self._connections.open_now[connection_id] = replace(connection, caller=caller, expires_at=expires_at)

    def claim(self, subscription: Subscription) -> None:
        claimed = self._connections.operations.get(subscription.connection_id)
        if claimed is None:
            raise ConnectionGone
        assert subscription.operation is not None
        if subscription.operation.id in claimed:
            raise SubscriberExists
        if len(claimed) >= MOST_OPERATIONS:
            raise TooManySubscriptions(MOST_OPERATIONS)
        claimed[subscription.operation.id] = None

    def subscribe(self, subscription: Subscription, at: datetime) -> float:
        assert subscription.operation is not None
        claimed = self._connections.operations.get(subscription.connection_id, {})
        claimed[subscription.operation.id] = subscription
        return self.wait if subscription.order_id is None else 0.0

    def remove(self, connection_id: str, operation_id: str) -> None:
        self._connections.operations.get(connection_id, {}).pop(operation_id, None)


class MemoryTokens:
    """Tokens by whose they are."""

    def __init__(self) -> None:
        self.callers: dict[str, Caller] = {}
        self.broken: Exception | None = None

    def caller(self, token: str, at: datetime) -> Caller | None:
        if self.broken is not None:
            raise self.broken
        return self.callers.get(token)


class MemoryPusher:
    """Remembers what was pushed; connections are gone, failing or hanging on demand."""

    def __init__(self) -> None:
        self.pushed: list[tuple[str, str, bytes]] = []
        self.order_ids: list[str] = []
        self.closed: list[str] = []
        self.failing: dict[str, Exception] = {}
        self.hanging: set[str] = set()
        self.let_go = threading.Event()
        self.prepared = 0

    def prepare(self) -> None:
        self.prepared += 1

    def push(self, endpoint: str, connection_id: str, frame: bytes, *, deadline: float) -> None:
        self.order_ids.append(connection_id)
        if connection_id in self.hanging:
            self.let_go.wait(120)
        if connection_id in self.failing:
            raise self.failing[connection_id]
        self.pushed.append((endpoint, connection_id, frame))

    def disconnect(self, endpoint: str, connection_id: str, *, deadline: float) -> None:
        self.closed.append(connection_id)

    def close(self) -> None:
        pass
