"""Imports of files, from the form to the report, by stock clients."""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from pathlib import Path
from typing import cast

import pytest

from clients.cli.exits import Exit
from orders.imports.lines import order_id_of
from orders.model import CustomerId
from tests.forked import Ended, run
from tests.integration.conftest import PASSWORD, Json, Person, Shop, ask
from tests.integration.imports import announce, csv_of, find, following, line, report, until, upload
from tests.integration.test_orders import GOOD_END, ORDER

pytestmark = pytest.mark.integration


async def imported(shop: Shop, person: Person, data: bytes) -> Json:
    """Import a file, and return the import when it is over."""
    created = await announce(shop, person, data)
    assert await upload(created, data) == (204, "")
    return await until(shop, person, cast("Json", created["import"])["id"])


async def statuses(shop: Shop, person: Person, order_id: str, last: str) -> list[str]:
    """Return the statuses of an order once it has come to ``last``."""
    async with asyncio.timeout(90), shop.as_person(person) as session:
        while True:
            order = (await session.execute(ask(ORDER, {"id": order_id})))["order"]
            if order["status"] == last:
                return [change["status"] for change in order["history"]]
            await asyncio.sleep(0.1)


async def test_imported_file_becomes_orders_and_its_report_names_each_line(shop: Shop) -> None:
    ada = shop.person("ada")
    shop.stock("cup", 10)
    data = csv_of(
        [
            line("A1"),
            line("A2", quantity=0),
            line("A1"),
            line("A3", name="Two\nlines"),
            line("A4", name='Cup, "large"'),
        ]
    )
    import_id = str(uuid.uuid4())
    async with following(shop, ada, import_id) as message:
        created = await announce(shop, ada, data, clientToken=import_id)
        assert await upload(created, data) == (204, "")
        last = await message()
        refusals = [*last["refusals"]]
        while last["status"] != "COMPLETED":
            last = await message()
            refusals += last["refusals"]
    record = await find(shop, ada, import_id)
    assert [record[name] for name in ("lines", "accepted", "repeated", "refused")] == [5, 2, 1, 2]
    assert record["refusals"] == refusals
    assert [(item["line"], item["code"]) for item in refusals] == [
        (3, "QUANTITY_RANGE"),
        (5, "NAME_CHARACTERS"),
    ]
    assert (last["version"], last["accepted"]) == (record["version"], 2)
    rows = await report(record)
    first = order_id_of(CustomerId(ada.sub), "A1")
    assert [(row["line"], row["outcome"]) for row in rows] == [
        ("2", "accepted"),
        ("3", "refused"),
        ("4", "repeated"),
        ("5", "refused"),
        ("7", "accepted"),  # the record before it has two lines
    ]
    assert rows[0]["order"] == rows[2]["order"] == first
    assert rows[1]["reason"] == "quantity: must be 1 to 999"
    assert await statuses(shop, ada, first, "DELIVERED") == GOOD_END


@pytest.mark.slow  # `tests/orders/imports` holds the rule in memory
async def test_repeated_file_repeats_and_a_corrected_one_adds_the_rest(shop: Shop) -> None:
    ada = shop.person("ada")
    shop.stock("cup", 10)
    first = await imported(shop, ada, csv_of([line("B1"), line("B2", quantity="two")]))
    again = await imported(shop, ada, csv_of([line("B1"), line("B2", quantity="two")]))
    assert (first["accepted"], first["refused"], first["duplicateOf"]) == (1, 1, None)
    assert (again["accepted"], again["repeated"], again["refused"]) == (0, 1, 1)
    assert again["duplicateOf"] == first["id"]
    mended = await imported(shop, ada, csv_of([line("B1", quantity=2), line("B2", quantity=2)]))
    assert (mended["accepted"], mended["repeated"], mended["duplicateOf"]) == (1, 0, None)
    [refused] = cast("list[Json]", mended["refusals"])
    assert refused["code"] == "REFERENCE_TAKEN"


async def test_file_that_is_no_csv_fails_with_the_reason(shop: Shop) -> None:
    ada = shop.person("ada")
    record = await imported(shop, ada, b"\x89PNG\r\n\x1a\n\0\0")
    assert (record["status"], record["reason"], record["reportUrl"]) == ("FAILED", "NOT_TEXT", None)
    record = await imported(shop, ada, b"reference,currency\r\nA1,EUR\r\n")
    assert (record["reason"], record["lines"]) == ("WRONG_HEADER", None)
    assert "cardToken is missing" in str(record["detail"])


async def test_upload_form_accepts_the_announced_file_alone(shop: Shop) -> None:
    ada = shop.person("ada")
    data = csv_of([line("D1")])
    created = await announce(shop, ada, data)
    status, words = await upload(created, data + b"more")
    assert (status, "EntityTooLarge" in words) == (400, True)
    fields = cast("list[dict[str, str]]", created["fields"])
    elsewhere = [
        {**field, "value": f"{field['value']}x"} if field["name"] == "key" else field for field in fields
    ]
    assert (await upload({**created, "fields": elsewhere}, data))[0] == 403
    forged = [
        {**field, "value": "0" * 64} if field["name"] == "x-amz-signature" else field for field in fields
    ]
    assert (await upload({**created, "fields": forged}, data))[0] == 403
    assert await upload(created, data) == (204, "")
    cancelled = await until(shop, ada, cast("Json", created["import"])["id"])
    assert cancelled["accepted"] == 1


async def test_command_line_imports_follows_and_saves_the_report(shop: Shop, tmp_path: Path) -> None:
    ada, eve = shop.person("ada"), shop.person("eve")
    shop.stock("cup", 10)
    file, report_file = tmp_path / "orders.csv", tmp_path / "report.csv"
    file.write_bytes(csv_of([line("E1"), line("E2", sku=""), line("E1")]))
    ran = await orderwire(shop, ada, tmp_path, "import", str(file), "--report", str(report_file), "--json")
    documents = [json.loads(text) for text in ran.stdout.splitlines()]
    assert ran.returncode == Exit.REFUSED, ran.stderr
    assert [d["line"] for d in documents if d["type"] == "refused"] == [3]
    last = documents[-1]
    assert [last[name] for name in ("status", "accepted", "repeated", "refused")] == ["COMPLETED", 1, 1, 1]
    assert report_file.read_text().splitlines()[0] == "line,order,outcome,code,reason"
    ran = await orderwire(shop, eve, tmp_path, "import", "--status", str(last["id"]))
    assert ran.returncode == Exit.NOT_FOUND


async def orderwire(shop: Shop, person: Person, folder: Path, *arguments: str) -> Ended:
    """Run the command line as a person."""
    environment = {
        "PATH": os.environ["PATH"],
        "ORDERWIRE_READY_FILE": str(shop.cloud.printed.with_name("ready.json")),
        "ORDERWIRE_USER": person.name,
        "ORDERWIRE_PASSWORD": PASSWORD,
    }
    nothing = folder / "stdin"
    nothing.write_bytes(b"")
    return await asyncio.to_thread(
        run, "clients", *arguments, folder=folder, environment=environment, stdin=nothing
    )
