"""`orderwire dlq`: what staff are shown, and how letters go back."""

from __future__ import annotations

import os
import pty
from pathlib import Path

import pytest

from clients.cli.exits import Exit
from tests.clients.fake_appsync import FakeAppSync
from tests.clients.fake_letters import FakeLetters
from tests.clients.test_cli import ID, Shell

OTHER = "3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"


@pytest.fixture
def shell(appsync: FakeAppSync, tmp_path: Path) -> Shell:
    return Shell(appsync, tmp_path)


@pytest.fixture
def letters(appsync: FakeAppSync) -> FakeLetters:
    return appsync.shop.letters


async def test_list_shows_places_as_text_and_json(shell: Shell, letters: FakeLetters) -> None:
    letters.put("orders", "m1", ID)
    ran = await shell("dlq", "list")
    assert ran.code == Exit.OK
    [orders] = [line.split() for line in ran.out.splitlines() if line.startswith("orders ")]
    assert orders[1] == "1" and "What ends in orders." in ran.out
    ran = await shell("dlq", "list", "--json")
    assert [(d["type"], d["name"], d["depth"]) for d in ran.documents] == [
        ("place", "orders", 1),
        ("place", "fulfilment", 0),
    ]


async def test_show_prints_letters_with_their_details(shell: Shell, letters: FakeLetters) -> None:
    letters.put("fulfilment", "m1", ID, problem="its records are gone", cause="RetriesExhausted: Broken")
    ran = await shell("dlq", "show", "fulfilment")
    text = " ".join(ran.out.split())
    assert ID in text and "RetriesExhausted: Broken" in text and "its records are gone" in text
    assert (await shell("dlq", "show", "orders")).out == "No letters.\n"
    ran = await shell("dlq", "show", "fulfilment", "--json")
    assert ran.documents[0]["attempts"] == 10


async def test_dry_run_counts_and_moves_nothing(shell: Shell, letters: FakeLetters) -> None:
    letters.put("orders", "m1", ID)
    letters.put("fulfilment", "m2", OTHER)
    ran = await shell("dlq", "redrive", "--dry-run")
    assert (ran.code, ran.out.splitlines()) == (
        Exit.OK,
        ["orders: 1 would go back", "fulfilment: 1 would go back"],
    )
    assert all(call["dryRun"] for call in letters.calls)
    ran = await shell("dlq", "redrive", "--dry-run", "--only", ID, "--json")
    assert [document["matched"] for document in ran.documents] == [1, 0]


async def test_redrive_without_a_terminal_needs_yes(shell: Shell, letters: FakeLetters) -> None:
    letters.put("fulfilment", "m1", ID)
    ran = await shell("dlq", "redrive")
    assert ran.code == Exit.USAGE and "--yes" in ran.err
    assert len(letters.letters["fulfilment"]) == 1


async def test_redrive_of_all_places_repeats_calls_and_waits_for_sqs(
    shell: Shell, letters: FakeLetters
) -> None:
    for number in range(5):
        letters.put("fulfilment", f"f{number}", ID)
        letters.put("orders", f"o{number}", ID)
    letters.looks = 3
    ran = await shell("dlq", "redrive", "--yes")
    assert (ran.code, ran.out.splitlines()) == (
        Exit.OK,
        ["orders: 5 went back", "fulfilment: 5 went back"],
    )
    assert letters.letters == {"orders": [], "fulfilment": []}
    again = await shell("dlq", "redrive", "--yes")
    assert (again.code, again.out) == (Exit.OK, "There is nothing to put back.\n")


async def test_redrive_of_one_order_leaves_the_others(shell: Shell, letters: FakeLetters) -> None:
    letters.put("orders", "m1", ID)
    letters.put("orders", "m2", OTHER)
    ran = await shell("dlq", "redrive", "--yes", "--only", ID)
    assert ran.code == Exit.OK
    assert [letter["id"] for letter in letters.letters["orders"]] == ["m2"]


async def test_letters_left_behind_are_reported_with_the_reason(shell: Shell, letters: FakeLetters) -> None:
    letters.put("fulfilment", "m1", ID)
    letters.put("fulfilment", "m2", ID)
    letters.stuck = {"m1"}
    ran = await shell("dlq", "redrive", "fulfilment", "--yes")
    assert ran.code == Exit.ORDER_FAILED
    assert ran.out.splitlines() == [
        "fulfilment: 1 went back",
        "  m1 stays: the function failed again: Broken",
    ]


async def test_failed_move_is_reported(shell: Shell, letters: FakeLetters) -> None:
    letters.put("orders", "m1", ID)
    letters.ends = "FAILED"
    ran = await shell("dlq", "redrive", "orders", "--yes", "--json")
    assert ran.code == Exit.ORDER_FAILED
    assert ran.documents[0]["failures"] == {
        "orders": "SQS's move is FAILED: AWS.SimpleQueueService.NonExistentQueue"
    }


async def test_unknown_place_names_the_existing_places(shell: Shell, letters: FakeLetters) -> None:
    ran = await shell("dlq", "redrive", "nowhere", "--yes")
    assert ran.code == Exit.NOT_FOUND and "orders, fulfilment" in ran.err
    ran = await shell("dlq", "show", "nowhere")
    assert (ran.code, "'nowhere': there are orders, fulfilment" in ran.err) == (Exit.NOT_FOUND, True)


async def test_dead_letter_help_has_examples(shell: Shell) -> None:
    ran = await shell("dlq", "--help")
    assert "--dry-run" in ran.out and "Fix the cause first" in ran.out and "exit codes" in ran.out


@pytest.mark.parametrize(("answer", "remaining"), [("y\n", 0), ("\n", 1)])
async def test_redrive_in_a_terminal_asks_first(
    shell: Shell, letters: FakeLetters, answer: str, remaining: int
) -> None:
    letters.put("fulfilment", "m1", ID)
    ours, theirs = pty.openpty()
    try:
        os.write(ours, answer.encode())
        ran = await shell("dlq", "redrive", terminal=Path(os.ttyname(theirs)))
    finally:
        os.close(ours)
        os.close(theirs)
    assert "Put back 1 of fulfilment? [y/N]" in ran.err
    assert (ran.code == Exit.OK) == (remaining == 0)
    assert len(letters.letters["fulfilment"]) == remaining
