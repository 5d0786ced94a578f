"""Files that are imported by stock clients: the form sent as a browser sends it."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import aiohttp
from gql import Client, gql

from tests.integration.conftest import Json, ObservedTransport, Person, Shop, ask

HEADER = ("reference", "currency", "cardToken", "sku", "name", "quantity", "unitPrice")
FIELDS = (
    "id customerId status version reason detail lines accepted repeated refused refusals { line code reason }"
)
CREATE = gql(
    "mutation ($input: CreateImportInput!) { createImport(input: $input) "
    f"{{ import {{ {FIELDS} }} url fields {{ name value }} expiresAt }} }}"
)
FIND = gql(f"query ($id: ID!) {{ import(id: $id) {{ {FIELDS} size duplicateOf reportUrl fileName }} }}")
CANCEL = gql(f"mutation ($id: ID!) {{ cancelImport(id: $id) {{ {FIELDS} }} }}")
FOLLOW = gql(f"subscription ($id: ID!) {{ onImport(id: $id) {{ {FIELDS} at }} }}")
FINAL = {"COMPLETED", "CANCELLED", "FAILED", "EXPIRED"}


def line(reference: str, sku: str = "cup", quantity: object = 1, name: str = "Cup") -> list[object]:
    """Return the cells of an order of one item."""
    return [reference, "EUR", "tok_approve", sku, name, quantity, 250]


def csv_of(rows: Iterable[Sequence[object]], header: Sequence[str] = HEADER) -> bytes:
    """Return a file as a spreadsheet writes it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


async def announce(shop: Shop, person: Person, data: bytes, **more: object) -> Json:
    """Announce a file; return the upload."""
    async with shop.as_person(person) as session:
        request = ask(CREATE, {"input": {"fileName": "orders.csv", "size": len(data), **more}})
        answer = await session.execute(request)
    return cast("Json", answer["createImport"])


async def upload(created: Json, data: bytes) -> tuple[int, str]:
    """Send the form; return the status and the body."""
    form = aiohttp.FormData()
    for field in cast("list[dict[str, str]]", created["fields"]):
        form.add_field(field["name"], field["value"])
    form.add_field("file", data, filename="orders.csv", content_type="text/csv")
    page = {"Origin": "https://shop.example"}
    async with (
        aiohttp.ClientSession(headers=page) as session,
        session.post(str(created["url"]), data=form) as answer,
    ):
        # The bucket's own rules let any page in.
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        return answer.status, await answer.text()


async def find(shop: Shop, person: Person, import_id: object) -> Json:
    async with shop.as_person(person) as session:
        answer = await session.execute(ask(FIND, {"id": import_id}))
    return cast("Json", answer["import"])


async def until(shop: Shop, person: Person, import_id: object, statuses: set[str] = FINAL) -> Json:
    """Wait until an import has one of the statuses."""
    async with asyncio.timeout(120):
        while (record := await find(shop, person, import_id))["status"] not in statuses:
            await asyncio.sleep(0.1)
    return record


async def report(record: Json) -> list[dict[str, str]]:
    """Download the report."""
    async with aiohttp.ClientSession() as session, session.get(str(record["reportUrl"])) as answer:
        assert answer.status == 200, await answer.text()
        return list(csv.DictReader(io.StringIO(await answer.text())))


@asynccontextmanager
async def following(
    shop: Shop, person: Person, import_id: object
) -> AsyncIterator[Callable[[], Awaitable[dict[str, Any]]]]:
    """Subscribe to an import; yields a function that waits for the next message."""
    transport = ObservedTransport(url=shop.api.realtime, auth=shop.jwt(person))
    messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    async with Client(transport=transport) as session:

        async def listen() -> None:
            async for event in session.subscribe(ask(FOLLOW, {"id": import_id})):
                messages.put_nowait(event["onImport"])

        listener = asyncio.create_task(listen())
        try:
            await asyncio.wait_for(transport.live.wait(), 60)
            yield lambda: asyncio.wait_for(messages.get(), 90)
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)
