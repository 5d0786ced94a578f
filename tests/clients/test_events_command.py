"""`orderwire events`: summaries, and rebuilding them step by step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clients.cli import events
from clients.cli.exits import Exit
from tests.clients.fake_appsync import FakeAppSync
from tests.clients.test_cli import Shell

SUMMARY = {
    "customerId": "sub-ada",
    "orders": [{"status": "DELIVERED", "count": 2}],
    "spent": [{"currency": "EUR", "amount": "5000000000"}],
    "lastOrderId": "4b0c",
    "lastOrderAt": None,
    "updatedAt": None,
}


@pytest.fixture
def shell(appsync: FakeAppSync, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setattr(events, "LOOK_SECONDS", 0.0)
    return Shell(appsync, tmp_path)


def step(status: str, **more: object) -> dict[str, Any]:
    document = {"status": status, "generation": "g2", "startedAt": None, "replayedUntil": None}
    return {**document, "waiting": 0, "unreadable": 0, "reason": None, **more}


async def test_summary_is_printed_as_text_and_json(shell: Shell, appsync: FakeAppSync) -> None:
    appsync.shop.summaries["sub-ada"] = SUMMARY
    ran = await shell("events", "summary")
    text = " ".join(ran.out.split())
    assert "DELIVERED 2" in text and "50,000,000.00" in text and "last order 4b0c" in text
    ran = await shell("events", "summary", "--customer", "sub-ada", "--json")
    assert ran.documents == [{"type": "summary", **SUMMARY}]
    ran = await shell("events", "summary", "--customer", "sub-grace")
    assert ran.code == Exit.NOT_FOUND
    assert ran.err.endswith("There is no such summary, or it is not yours; or the stack has no events.\n")
    assert "There is no order" not in ran.err


async def test_rebuild_is_called_until_it_is_complete(shell: Shell, appsync: FakeAppSync) -> None:
    shop = appsync.shop
    replaying = step("REPLAYING", replayedUntil="2026-11-29T10:00:00.000Z", waiting=3)
    shop.steps = [step("SETTLING"), step("SETTLING"), replaying, step("CLEANING"), step("COMPLETED")]
    ran = await shell("events", "rebuild", "--settle", "0")
    assert (ran.code, ran.out.splitlines()) == (
        Exit.OK,
        ["SETTLING", "REPLAYING, replayed until 2026-11-29 10:00:00, 3 wait", "CLEANING", "COMPLETED"],
    )
    assert shop.rebuilds[0] == {"settleSeconds": 0}
    assert shop.rebuilds[1] == {"settleSeconds": 0, "generation": "g2"}


@pytest.mark.parametrize(("unreadable", "events"), [(1, "1 event"), (1000, "1000 events")])
async def test_rebuild_prints_where_unreadable_events_are(
    shell: Shell, appsync: FakeAppSync, unreadable: int, events: str
) -> None:
    appsync.shop.steps = [
        step("REPLAYING"),
        step("CLEANING", unreadable=unreadable),
        step("COMPLETED", unreadable=unreadable),
    ]
    ran = await shell("events", "rebuild")
    assert (ran.code, ran.out.splitlines()[-2:]) == (
        Exit.OK,
        ["COMPLETED", f"{events} could not be read: orderwire dlq show summaries"],
    )
    assert ran.out.count("could not be read") == 1


async def test_failed_rebuild_prints_the_reason(shell: Shell, appsync: FakeAppSync) -> None:
    appsync.shop.steps = [step("SETTLING"), step("FAILED", reason="the replay is CANCELLED")]
    ran = await shell("events", "rebuild", "--json")
    assert ran.code == Exit.ORDER_FAILED
    assert [document["status"] for document in ran.documents] == ["SETTLING", "FAILED"]


async def test_stack_without_events_has_nothing_to_rebuild(shell: Shell) -> None:
    assert (await shell("events", "rebuild")).code == Exit.USAGE
