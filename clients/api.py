"""The API's queries and mutations: typed in, typed out, repeated when the network fails.

Every operation may be sent twice: the client token names an order before the server has seen it, a
cancelled order may be cancelled again, and the rest only reads. So this module repeats whatever got
no answer, a few times and with jitter.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Self

from gql import GraphQLRequest
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.appsync_auth import AppSyncJWTAuthentication

from clients import operations, reading
from clients.analytics.figures import ShopFigures
from clients.auth import MAX_REFUSED, Token, TokenSource
from clients.backoff import Backoff
from clients.dead_letters import DeadLetterDesk
from clients.endpoints import NewWebhook, Registered, Webhook
from clients.errors import NotFound, NotSignedIn, OrderwireError, Unavailable
from clients.failures import from_errors, from_transport
from clients.imports import ImportDesk
from clients.model import Decision, History, NewOrder, Order, Page, Status
from clients.settings import Settings
from clients.summaries import Summaries
from clients.traces import Trace
from clients.traffic import Traffic, trace


class OrderApi:
    """One person's client of the API, over one HTTP session.

    Parameters
    ----------
    attempts
        How often a request is sent before ``Unavailable`` is raised.
    traffic
        Where requests are counted.

    Examples
    --------
    >>> async with OrderApi(settings, tokens) as api:  # doctest: +SKIP
    ...     order = await api.submit(NewOrder("EUR", (Item("tea", "Tea", 1, 420),), "tok_approve"))
    """

    def __init__(
        self, settings: Settings, tokens: TokenSource, *, attempts: int = 4, traffic: Traffic | None = None
    ) -> None:
        self._endpoint = settings.endpoint
        self._settings = settings
        self._tokens = tokens
        self._attempts = attempts
        self._auth = AppSyncJWTAuthentication(host=settings.host, jwt="")
        counted = {} if traffic is None else {"trace_configs": [trace(traffic)]}
        self._transport = AIOHTTPTransport(
            url=settings.endpoint, auth=self._auth, timeout=30, client_session_args=counted
        )

    async def __aenter__(self) -> Self:
        await self._transport.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.close()

    async def submit(self, order: NewOrder, *, enqueue: bool = False) -> Order:
        """Record an order and start its workflow; with ``enqueue``, through the queue.

        Raises
        ------
        InvalidOrder
            The order breaks a rule of the shop; ``path`` says where.
        Conflict
            The client token already names another order.
        """
        field = "enqueueOrder" if enqueue else "submitOrder"
        request = operations.ENQUEUE if enqueue else operations.SUBMIT
        data = await self._execute(operations.with_variables(request, input=order.document()))
        return Order.parse(data.get(field), field)

    async def order(self, order_id: str) -> Order:
        """Return one order with its items and history. Raises ``NotFound``."""
        data = await self._execute(operations.with_variables(operations.ORDER, id=order_id))
        if data.get("order") is None:
            raise NotFound(order_id)
        return Order.parse(data["order"])

    async def page(
        self, *, status: Status | None = None, limit: int | None = None, next_token: str | None = None
    ) -> Page:
        """Return one page of orders, newest first."""
        request = operations.with_variables(
            operations.ORDERS, status=status, limit=limit, nextToken=next_token
        )
        return Page.parse((await self._execute(request)).get("orders"), "orders")

    async def page_of_all(
        self, status: Status, *, limit: int | None = None, next_token: str | None = None
    ) -> Page:
        """Return a page of everyone's orders in a status. Raises ``NotAllowed``, ``StaffBoardOff``."""
        request = operations.with_variables(
            operations.ALL_ORDERS, status=status, limit=limit, nextToken=next_token
        )
        return Page.parse((await self._execute(request)).get("allOrders"), "allOrders")

    async def orders(self, *, status: Status | None = None, page_size: int = 100) -> AsyncIterator[Order]:
        """Yield all orders, newest first, reading a page when the one before is used up."""
        next_token: str | None = None
        while True:
            page = await self.page(status=status, limit=page_size, next_token=next_token)
            for order in page.orders:
                yield order
            next_token = page.next_token
            if next_token is None:
                return

    async def history(self, order_id: str, *, after: int = 0) -> History:
        """Return what happened after a version, oldest first. Raises ``NotFound``."""
        request = operations.with_variables(operations.HISTORY, id=order_id, afterVersion=after)
        history = (await self._execute(request)).get("orderHistory")
        if history is None:
            raise NotFound(order_id)
        return History.parse(history, "orderHistory")

    async def trace(self, order_id: str) -> Trace:
        """Return what an order's workflow went through; for staff. Raises ``NotAllowed``, ``NotFound``."""
        trace = (await self._execute(operations.with_variables(operations.TRACE, id=order_id))).get(
            "orderTrace"
        )
        if trace is None:
            raise NotFound(order_id)
        return Trace.parse(trace, "orderTrace")

    async def cancel(self, order_id: str) -> Order:
        """Cancel an order that is not packed yet.

        Raises
        ------
        NotFound, NotCancellable
        """
        try:
            data = await self._execute(operations.with_variables(operations.CANCEL, id=order_id))
        except _NoSuchOrder:
            raise NotFound(order_id) from None
        return Order.parse(data.get("cancelOrder"), "cancelOrder")

    async def decide(self, order_id: str, decision: Decision, *, reason: str | None = None) -> Order:
        """Approve or reject an order that awaits approval; for staff.

        Raises
        ------
        NotAllowed, NotFound, NotDecidable
        """
        document = {"orderId": order_id, "decision": str(decision)}
        decision_input = document if reason is None else {**document, "reason": reason}
        try:
            data = await self._execute(operations.with_variables(operations.DECIDE, input=decision_input))
        except _NoSuchOrder:
            raise NotFound(order_id) from None
        return Order.parse(data.get("decideOrder"), "decideOrder")

    async def webhooks(self) -> tuple[Webhook, ...]:
        """Return one's own webhooks, oldest first. Raises ``WebhookProblem``."""
        data = await self._execute(operations.WEBHOOKS)
        listed = reading.sequence(data.get("webhooks"), "webhooks")
        return tuple(Webhook.parse(item, f"webhooks[{n}]") for n, item in enumerate(listed))

    async def register_webhook(self, webhook: NewWebhook) -> Registered:
        """Register an endpoint; it receives nothing until it is verified. Raises ``WebhookProblem``."""
        request = operations.with_variables(operations.REGISTER_WEBHOOK, input=webhook.document())
        return Registered.parse((await self._execute(request)).get("registerWebhook"), "registerWebhook")

    async def verify_webhook(self, webhook_id: str) -> Webhook:
        """Have an endpoint challenged and subscribed. Raises ``WebhookProblem``."""
        data = await self._execute(operations.with_variables(operations.VERIFY_WEBHOOK, id=webhook_id))
        return Webhook.parse(data.get("verifyWebhook"), "verifyWebhook")

    async def remove_webhook(self, webhook_id: str) -> Webhook:
        """Remove an endpoint. Raises ``WebhookProblem``."""
        data = await self._execute(operations.with_variables(operations.REMOVE_WEBHOOK, id=webhook_id))
        return Webhook.parse(data.get("removeWebhook"), "removeWebhook")

    @property
    def dead_letters(self) -> DeadLetterDesk:
        """Where staff look after dead letters."""
        return DeadLetterDesk(self._execute)

    @property
    def imports(self) -> ImportDesk:
        """Where files are imported."""
        return ImportDesk(self._execute, self._settings, self._tokens)

    async def figures(self) -> ShopFigures:
        """Return what the shop does now; for staff.

        Raises
        ------
        NotAllowed, AnalyticsOff
        """
        data = await self._execute(operations.SHOP_FIGURES)
        return ShopFigures.parse(data.get("shopFigures"))

    @property
    def summaries(self) -> Summaries:
        """What customers have ordered and spent, in short."""
        return Summaries(self._execute)

    async def _execute(self, request: GraphQLRequest) -> dict[str, object]:
        backoff = Backoff(base=0.2, cap=5.0)
        refused: Token | None = None
        # Apart: a token that is refused after the network has failed is renewed all the same.
        failures = refusals = 0
        while True:
            token = await self._tokens.token(refused=refused)
            try:
                return await self._once(request, token)
            except Unavailable:
                failures += 1
                if failures == self._attempts:
                    raise
                await asyncio.sleep(backoff.next())
            except NotSignedIn:
                # The token looked good and was refused: a pool may revoke, clocks may differ. That is no
                # failure to answer, and does not count as one.
                refusals += 1
                if refusals == MAX_REFUSED:
                    raise
                refused = token

    async def _once(self, request: GraphQLRequest, token: Token) -> dict[str, object]:
        # gql reads the token when it builds the request, before anything is awaited.
        self._auth.jwt = token.value
        try:
            result = await self._transport.execute(request)
        except Exception as error:
            raise from_transport(error, self._endpoint) from None
        if result.errors:
            raise _typed(result.errors)
        return reading.mapping(result.data, "the answer's data")


class _NoSuchOrder(OrderwireError):
    """``OrderNotFound``, before it is known which order was asked for."""


def _typed(errors: Sequence[object]) -> OrderwireError:
    first = errors[0]
    if isinstance(first, dict) and first.get("errorType") == "OrderNotFound":
        return _NoSuchOrder(str(first.get("message")))
    return from_errors(errors)
