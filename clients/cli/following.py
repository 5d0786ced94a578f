"""`orderwire follow`: every change of some orders, by any way, and how long after the change it arrived."""

from __future__ import annotations

import argparse
import contextlib
import sys
from datetime import UTC, datetime

from clients.cli.delays import Delays
from clients.cli.exits import Exit
from clients.cli.silence import Silence
from clients.cli.views import View
from clients.client import OrderClient
from clients.errors import NotFound
from clients.follow import HistoryReader
from clients.model import Status
from clients.rest import RestClient
from clients.ways import Following
from clients.ways.appsync import AppSync
from clients.ways.graphql_ws import GraphQLWebSocket
from clients.ways.longpoll import LongPoll
from clients.ways.poll import Poll
from clients.ways.websocket import WebSocket

# The other ways read history from the stack's GraphQL API, and work where there is no companion.
_OF_COMPANION = frozenset({WebSocket.name, GraphQLWebSocket.name, Poll.name, LongPoll.name})
# What switches off a channel whose clients connect all the same.
_SWITCH = {
    AppSync.name: "AppSyncChannel",
    WebSocket.name: "WebSocketChannel",
    GraphQLWebSocket.name: "WebSocketChannel",
}


async def follow(options: argparse.Namespace, client: OrderClient, view: View) -> Exit:
    """Show every change of some orders until all are final."""
    ids = list(dict.fromkeys(order_id.lower() for order_id in options.ids))
    warn_if_off(client, options.via)
    async with client.way(options.via) as way:
        missing = await _missing(ids, client, by_rest=options.via in _OF_COMPANION)
        existing = [order_id for order_id in ids if order_id not in missing]
        if not existing:
            raise NotFound(missing[0])
        with view:
            view.expect(len(existing))
            for order_id in missing:
                view.refused(ids.index(order_id) + 1, str(NotFound(order_id)))
            async with way.follow(existing, on_state=view.state) as following:
                code = await show(following, view, options.via)
    return max(code, Exit.NOT_FOUND if missing else Exit.OK)


def warn_if_off(client: OrderClient, way: str) -> None:
    """Say on standard error when the stack publishes nothing on a way's channel."""
    switch = _SWITCH.get(way)
    if switch in client.settings.off:
        sys.stderr.write(
            f'orderwire: {switch} is "false" in this stack: changes come late, from the history that is read '
            "now and then; another --via may be quicker.\n"
        )


async def _missing(ids: list[str], client: OrderClient, *, by_rest: bool) -> list[str]:
    """Return the orders that are not there: the others are followed without them."""
    missing: list[str] = []
    rest = RestClient(client.settings, client.tokens) if by_rest else None
    async with rest or contextlib.nullcontext():
        reader: HistoryReader = rest or client.api
        for order_id in ids:
            try:
                await reader.history(order_id)
            except NotFound:
                missing.append(order_id)
    return missing


async def show(follower: Following, view: View, via: str = AppSync.name) -> Exit:
    """Show each change as it arrives, and in the end how long they took to arrive."""
    code = Exit.OK
    delays = Delays(datetime.now(UTC))
    silence = Silence(view.silence)
    async with silence.watched():
        async for arrival in follower:
            silence.change(arrival.change)
            view.change(arrival.change, delays.add(arrival))
            if arrival.change.status.final and arrival.change.status is not Status.DELIVERED:
                code = Exit.ORDER_FAILED
    view.delays(via, delays)
    return code
