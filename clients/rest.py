"""The companion's REST API: typed in, typed out, repeated when the network fails.

Every request may be sent twice: the ``Idempotency-Key`` names an order before the server has seen it, a
cancelled order may be cancelled again, a second ticket does no harm, and the rest only reads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import quote

from clients import reading
from clients.auth import Token, TokenSource
from clients.errors import BadSettings
from clients.model import Decision, History, NewOrder, Order, Page, Status
from clients.problems import retry_after
from clients.session import Session
from clients.settings import Settings
from clients.traffic import Traffic

# The server holds a request for 25 seconds at most, and API Gateway ends it after 29.
MAX_WAIT = 25


@dataclass(frozen=True, slots=True)
class Fetched:
    """An order as it is now. ``etag`` asks for what is newer, ``retry_after`` says when to."""

    order: Order
    etag: str | None
    retry_after: float | None


@dataclass(frozen=True, slots=True)
class NotModified:
    """The order is as it was."""

    retry_after: float | None


@dataclass(frozen=True, slots=True)
class Ticket:
    """What opens one WebSocket connection, soon and once."""

    value: str = field(repr=False)
    expires_in: int


class RestClient:
    """One person's client of the REST API, over one HTTP session.

    Parameters
    ----------
    attempts
        How often a request is sent before ``Unavailable`` is raised.
    traffic
        Where requests are counted.
    sleep
        What waits between attempts.

    Raises
    ------
    BadSettings
        The address is not known.

    Examples
    --------
    >>> async with RestClient(settings, tokens) as rest:  # doctest: +SKIP
    ...     order = await rest.submit(new_order, prefer_wait=25)
    """

    def __init__(
        self,
        settings: Settings,
        tokens: TokenSource,
        *,
        attempts: int = 4,
        traffic: Traffic | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        if settings.rest is None:
            raise BadSettings(
                "No REST address: start the local cloud and its companion (`make run`), or give --rest-url "
                "or ORDERWIRE_REST_URL."
            )
        self._session = Session(
            settings.rest, tokens, attempts=attempts, traffic=traffic or Traffic(), sleep=sleep
        )

    async def __aenter__(self) -> Self:
        await self._session.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def submit(self, order: NewOrder, *, prefer_wait: int | None = None) -> Order:
        """Record an order and start its workflow.

        Parameters
        ----------
        prefer_wait
            Ask the server to answer only when the order is final, or so many seconds have passed.

        Raises
        ------
        InvalidOrder
            The order breaks a rule of the shop; ``path`` says where.
        Conflict
            The client token already names another order.
        """
        document = order.document()
        headers = {"Idempotency-Key": str(document.pop("clientToken"))}
        if prefer_wait is not None:
            headers["Prefer"] = f"wait={prefer_wait}"
        answer = await self._session.send("POST", "/orders", headers=headers, body=document)
        return Order.parse(answer.document())

    async def order(
        self, order_id: str, *, etag: str | None = None, wait: int | None = None, after: int | None = None
    ) -> Fetched | NotModified:
        """Return one order with its items and history, or that it is as it was. Raises ``NotFound``.

        Parameters
        ----------
        etag
            Of the answer that is known already.
        wait, after
            Have the server answer only when the order is past version ``after``, or so many seconds
            (at most ``MAX_WAIT``) have passed.
        """
        headers = {} if etag is None else {"If-None-Match": etag}
        query = {name: str(value) for name, value in (("wait", wait), ("after", after)) if value is not None}
        answer = await self._session.send(
            "GET", _path(order_id), order_id=order_id, headers=headers, query=query
        )
        again = retry_after(answer.headers)
        if answer.status == 304:
            return NotModified(again)
        return Fetched(Order.parse(answer.document()), answer.headers.get("ETag"), again)

    async def history(self, order_id: str, *, after: int = 0) -> History:
        """Return what happened after a version, oldest first. Raises ``NotFound``."""
        path = f"{_path(order_id)}/history"
        answer = await self._session.send("GET", path, order_id=order_id, query={"after": str(after)})
        return History.parse(answer.document())

    async def page(
        self, *, status: Status | None = None, limit: int | None = None, next_token: str | None = None
    ) -> Page:
        """Return one page of orders, newest first."""
        parameters = (("status", status), ("limit", limit), ("cursor", next_token))
        query = {name: str(value) for name, value in parameters if value is not None}
        page = (await self._session.send("GET", "/orders", query=query)).document()
        orders = reading.sequence(page.get("orders"), "orders")
        return Page(
            orders=tuple(Order.parse(order, f"orders[{n}]") for n, order in enumerate(orders)),
            next_token=reading.optional_text(page.get("nextCursor"), "nextCursor"),
        )

    async def cancel(self, order_id: str) -> Order:
        """Cancel an order that is not packed yet.

        Raises
        ------
        NotFound, NotCancellable
        """
        return Order.parse(
            (await self._session.send("DELETE", _path(order_id), order_id=order_id)).document()
        )

    async def decide(self, order_id: str, decision: Decision, *, reason: str | None = None) -> Order:
        """Approve or reject an order that awaits approval; for staff.

        Raises
        ------
        NotAllowed, NotFound, NotDecidable
        """
        path = f"{_path(order_id)}/decision"
        body = {"decision": str(decision), "reason": reason}
        return Order.parse((await self._session.send("POST", path, order_id=order_id, body=body)).document())

    async def redrive(self, order_id: str) -> Order:
        """Have an order's workflow go on that ended by the shop's own fault; for staff.

        Raises
        ------
        NotAllowed, NotFound, NotRedrivable
        """
        path = f"{_path(order_id)}/redrive"
        return Order.parse((await self._session.send("POST", path, order_id=order_id)).document())

    async def ticket(self, *, token: Token | None = None) -> Ticket:
        """Return what opens a WebSocket connection.

        Parameters
        ----------
        token
            Show this one, and leave it to the caller what to do when it is refused.
        """
        ticket = (await self._session.send("POST", "/ws-tickets", token=token)).document()
        return Ticket(
            value=reading.text(ticket.get("ticket"), "ticket"),
            expires_in=reading.whole(ticket.get("expiresIn"), "expiresIn"),
        )


def _path(order_id: str) -> str:
    return f"/orders/{quote(order_id, safe='')}"
