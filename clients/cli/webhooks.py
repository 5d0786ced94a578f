"""``orderwire webhooks``: list, register, verify and remove endpoints, and receive with one of one's own."""

from __future__ import annotations

import argparse
import asyncio

from rich.console import Console
from rich.table import Table

from clients.cli.exits import Exit
from clients.cli.views import change_line, write_json
from clients.cli.words import change_document
from clients.client import OrderClient
from clients.endpoints import Delivery, NewWebhook, Webhook
from clients.model import Change


async def run_webhooks(
    options: argparse.Namespace, client: OrderClient, console: Console, *, as_json: bool
) -> Exit:
    """Run the action that the options name."""
    match options.action:
        case "list":
            _show(await client.api.webhooks(), console, as_json=as_json)
        case "register":
            registered = await client.api.register_webhook(
                NewWebhook(options.url, tuple(options.status or ()), _delivery(options))
            )
            if as_json:
                webhook = registered.webhook.document()
                write_json({"type": "webhook", **webhook, "secret": registered.secret})
            else:
                console.print(f"{registered.webhook.id}  {registered.webhook.status}")
                console.print(f"secret, shown this once: {registered.secret}", soft_wrap=True)
                console.print(
                    f"give it to the endpoint, then: orderwire webhooks verify {registered.webhook.id}"
                )
        case "verify":
            _show([await client.api.verify_webhook(options.id)], console, as_json=as_json)
        case "remove":
            removed = await client.api.remove_webhook(options.id)
            if as_json:
                _show([removed], console, as_json=True)
            else:
                console.print(f"{removed.id}  removed")
        case _:
            await _receive(options, client, console, as_json=as_json)
    return Exit.OK


async def _receive(
    options: argparse.Namespace, client: OrderClient, console: Console, *, as_json: bool
) -> None:
    """Show what arrives until interrupted; the webhook is then removed."""
    from clients.webhooks.feed import PATH, Feed  # noqa: PLC0415 - a server: for who receives
    from clients.webhooks.reception import Reception  # noqa: PLC0415

    feed = None if options.page is None else Feed(options.page)

    def receive(change: Change, _size: int) -> None:
        if feed is not None:
            feed.add(change)
        if as_json:
            write_json(change_document(change))
        else:
            console.print(change_line(change))

    reception = Reception(
        client.api,
        client.settings.webhooks,
        receive,
        delivery=_delivery(options),
        statuses=tuple(options.status or ()),
        feed=feed,
    )
    async with reception:
        assert reception.webhook is not None
        if as_json:
            write_json({"type": "webhook", **reception.webhook.document(), "listening": reception.local_url})
        else:
            console.print(f"{reception.webhook.id}  {reception.webhook.status}  {reception.url}")
            if feed is not None:
                console.print(f"for {options.page}: {reception.local_url.rsplit('/', 1)[0]}{PATH}")
        await asyncio.Event().wait()


def _delivery(options: argparse.Namespace) -> Delivery:
    return Delivery.RAW if options.raw else Delivery.WRAPPED


def _show(webhooks: tuple[Webhook, ...] | list[Webhook], console: Console, *, as_json: bool) -> None:
    if as_json:
        for webhook in webhooks:
            write_json({"type": "webhook", **webhook.document()})
        return
    table = Table("webhook", "status", "delivery", "changes into", "url", box=None, pad_edge=False)
    for webhook in webhooks:
        statuses = ", ".join(webhook.statuses) or "any"
        table.add_row(webhook.id, webhook.status, webhook.delivery, statuses, webhook.url)
    console.print(table if table.row_count else "No webhooks.")
