"""The command line as a person or a script uses it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pytest

from clients import WAYS, __version__
from clients.cli.exits import Exit, exit_for
from clients.cli.options import parser
from clients.cli.words import money
from clients.errors import OrderwireError
from clients.model import ORDER_FIELDS, NewOrder
from compare.channels import discover
from tests.clients.fake_appsync import FakeAppSync
from tests.clients.fake_companion import FakeCompanion
from tests.forked import Forked, run

ROOT = Path(__file__).parents[2]
LIFE = ["RECEIVED", "VALIDATED", "CONFIRMED", "PACKED", "SHIPPED", "DELIVERED"]
ID = "4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10"


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def documents(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


class Shell:
    """Runs `orderwire` against the fake server, in forked processes."""

    def __init__(self, server: FakeAppSync, folder: Path) -> None:
        self.folder = folder
        ready = folder / "ready.json"
        ready.write_text(json.dumps(server.ready_file()))
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "ORDERWIRE_READY_FILE": str(ready),
            "ORDERWIRE_USER": "ada",
            "ORDERWIRE_PASSWORD": "secret-ada",
            "COLUMNS": "120",
        }

    async def start(self, *arguments: str) -> tuple[Forked, BinaryIO]:
        """Start a command that prints into a pipe; return both."""
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        process = Forked(
            *("clients", arguments),
            folder=self.folder,
            out=pipe,
            err=self.folder / "err",
            environment=self.environment,
        )
        return process, await asyncio.to_thread(pipe.open, "rb")

    async def end(self, process: Forked) -> tuple[int, str]:
        """Wait for a started command; return its exit code and its errors."""
        try:
            code = await asyncio.to_thread(process.wait, 60.0)
        finally:
            process.kill()
        return code, (self.folder / "err").read_text("utf-8")

    async def __call__(
        self, *arguments: str, stdin: bytes | None = None, terminal: Path | None = None
    ) -> Ran:
        typed = terminal or self.folder / "stdin"
        if terminal is None:
            typed.write_bytes(stdin or b"")
        ended = await asyncio.to_thread(
            run, "clients", *arguments, folder=self.folder, environment=self.environment, stdin=typed
        )
        return Ran(ended.returncode, ended.stdout, ended.stderr)


@pytest.fixture
async def shell(appsync: FakeAppSync, tmp_path: Path) -> AsyncIterator[Shell]:
    yield Shell(appsync, tmp_path)


def _order(token: str, quantity: int = 1) -> str:
    item = {"sku": "TEA", "name": "茶", "quantity": quantity, "unitPrice": 420}
    return json.dumps({"clientToken": token, "currency": "EUR", "items": [item], "cardToken": "tok_approve"})


def _carry(appsync: FakeAppSync, *, end: str = "DELIVERED") -> None:
    """Make every order that is submitted live its life at once."""

    def work(change: dict[str, object]) -> tuple[float, ...]:
        later = [*LIFE[1:3], end] if end != "DELIVERED" else LIFE[1:]
        if change["status"] == "RECEIVED":
            for status in later:
                appsync.change(str(change["orderId"]), status, "OUT_OF_STOCK" if status == "FAILED" else None)
        return (0.0,)

    appsync.route = work


async def test_submit_prints_the_order_and_show_reads_it(shell: Shell) -> None:
    (shell.folder / "order.json").write_text(_order(ID))
    ran = await shell("submit", "order.json")
    assert (ran.code, ran.err) == (Exit.OK, "")
    assert ran.out == f"{ID}  submitted (line 1), 4.20 EUR\n"
    shown = await shell("show", ID)
    assert shown.code == Exit.OK
    assert "RECEIVED" in shown.out
    assert "茶" in shown.out


async def test_show_as_json_has_every_field_that_is_read(shell: Shell) -> None:
    (shell.folder / "order.json").write_text(_order(ID))
    await shell("submit", "order.json")
    shown = await shell("show", ID, "--json")
    assert list(shown.documents[0]) == ["type", *ORDER_FIELDS, "items", "history"]


async def test_submit_follows_many_orders(appsync: FakeAppSync, shell: Shell) -> None:
    _carry(appsync)
    tokens = [f"order-{n}" for n in range(20)]
    content = "\n".join(map(_order, tokens)).encode()
    ran = await shell("submit", "-", "--follow", "--json", stdin=content)
    assert ran.code == Exit.OK
    for token in tokens:
        changes = [d for d in ran.documents if d["type"] == "change" and d["orderId"] == token]
        assert [(d["version"], d["status"]) for d in changes] == list(enumerate(LIFE, 1))


async def test_submit_reports_invalid_lines_and_continues(shell: Shell) -> None:
    content = "\n".join([_order("a"), "{", _order("b", quantity=0), _order("c")]).encode()
    ran = await shell("submit", "-", "--json", stdin=content)
    assert ran.code == Exit.REFUSED
    assert sorted((d["line"], d["type"]) for d in ran.documents) == [
        (1, "order"),
        (2, "refused"),
        (3, "refused"),
        (4, "order"),
    ]


async def test_submit_enqueues_on_request(appsync: FakeAppSync, shell: Shell) -> None:
    assert (await shell("submit", "-", "--enqueue", stdin=_order("a").encode())).code == Exit.OK
    assert [name for name, _ in appsync.calls] == ["enqueueOrder"]


async def test_follow_ends_with_the_order(appsync: FakeAppSync, shell: Shell) -> None:
    for status in LIFE:
        appsync.change(ID, status)
    ran = await shell("follow", ID)
    assert ran.code == Exit.OK
    assert [line.split()[2:4] for line in ran.out.splitlines()] == [
        [str(version), status] for version, status in enumerate(LIFE, 1)
    ]


async def test_failed_order_sets_the_exit_code(appsync: FakeAppSync, shell: Shell) -> None:
    _carry(appsync, end="FAILED")
    ran = await shell("submit", "-", "--follow", stdin=_order(ID).encode())
    assert ran.code == Exit.ORDER_FAILED
    assert "OUT_OF_STOCK" in ran.out


@pytest.mark.parametrize("end", ["CANCELLED", "REJECTED", "EXPIRED"])
async def test_undelivered_order_sets_the_exit_code(appsync: FakeAppSync, shell: Shell, end: str) -> None:
    for status in ("RECEIVED", "VALIDATED", end):
        appsync.change(ID, status)
    ran = await shell("follow", ID)
    assert (ran.code, end in ran.out) == (Exit.ORDER_FAILED, True)


@pytest.mark.slow
async def test_follow_prints_the_same_over_every_way(
    appsync: FakeAppSync, companion: FakeCompanion, shell: Shell
) -> None:
    (shell.folder / "ready.json").write_text(json.dumps(companion.ready_file()))
    other = "00000000-0000-4000-8000-000000000000"
    for status in LIFE:
        appsync.change(ID, status)
    appsync.change(other, "FAILED", "PAYMENT_DECLINED")
    ids = (ID, other, "nowhere")
    runs = [await shell("follow", *ids, "--via", name, "--json") for name in WAYS]
    assert {ran.code for ran in runs} == {Exit.NOT_FOUND}
    for order_id in ids:
        histories = [
            [d for d in ran.documents if d["type"] == "change" and d["orderId"] == order_id] for ran in runs
        ]
        assert histories == [histories[0]] * len(WAYS)
        assert len(histories[0]) == {ID: 6, other: 1, "nowhere": 0}[order_id]
    assert all(sum(document["type"] == "refused" for document in ran.documents) == 1 for ran in runs)


async def test_submit_and_follow_work_over_rest(
    appsync: FakeAppSync, companion: FakeCompanion, shell: Shell
) -> None:
    arguments = ("--rest", "--rest-url", str(companion.settings.rest))
    ran = await shell("submit", "-", *arguments, stdin=_order(ID).encode())
    assert (ran.code, ran.out) == (Exit.OK, f"{ID}  submitted (line 1), 4.20 EUR\n")
    assert companion.paths("POST") == ["/api/orders"]
    for status in LIFE[1:]:
        appsync.change(ID, status)
    ran = await shell(
        "follow", ID.upper(), "--via", "poll-backoff", "--rest-url", str(companion.settings.rest)
    )
    assert (ran.code, ran.err) == (Exit.OK, "")
    assert [line.split()[3] for line in ran.out.splitlines()] == LIFE


async def test_way_without_an_address_says_what_to_give(shell: Shell) -> None:
    ran = await shell("follow", ID, "--via", "websocket")
    assert (ran.code, ran.out) == (Exit.USAGE, "")
    assert ran.err == (
        "orderwire: No WebSocket address: start the local cloud and its companion (`make run`), "
        "or give --websocket-url or ORDERWIRE_WEBSOCKET_URL.\n"
    )


async def test_follow_by_a_channel_of_the_stack_needs_no_companion(
    appsync: FakeAppSync, shell: Shell
) -> None:
    for status in LIFE:
        appsync.change(ID, status)
    ran = await shell("follow", ID, "--via", "events")
    assert (ran.code, ran.err) == (Exit.OK, "")
    assert [line.split()[3] for line in ran.out.splitlines()] == LIFE


@pytest.mark.parametrize("switch", ["EventsChannel", "IotChannel", "SseChannel"])
async def test_missing_address_names_the_switch_of_its_channel(shell: Shell, switch: str) -> None:
    ready = json.loads((shell.folder / "ready.json").read_text())
    del ready["outputs"]["EventsApiId"]
    (shell.folder / "ready.json").write_text(json.dumps(ready))
    ran = await shell("follow", ID, "--via", switch.removesuffix("Channel").lower())
    assert (ran.code, ran.out) == (Exit.USAGE, "")
    assert ran.err.endswith(f'; a stack whose {switch} is "false" has none.\n')


async def test_follow_says_that_the_stack_publishes_nothing_on_its_channel(
    appsync: FakeAppSync, shell: Shell
) -> None:
    ready = json.loads((shell.folder / "ready.json").read_text())
    ready["outputs"] |= {"AppSyncChannel": "false", "WebSocketChannel": "true"}
    (shell.folder / "ready.json").write_text(json.dumps(ready))
    for status in LIFE:
        appsync.change(ID, status)
    ran = await shell("follow", ID)
    assert ran.code == Exit.OK
    assert [line.split()[3] for line in ran.out.splitlines()] == LIFE
    assert ran.err.startswith('orderwire: AppSyncChannel is "false" in this stack: changes come late')


async def test_webhooks_remove_says_that_the_webhook_is_gone(shell: Shell) -> None:
    ran = await shell("webhooks", "register", "https://shop.example/in", "--json")
    webhook = str(ran.documents[0]["id"])
    ran = await shell("webhooks", "remove", webhook)
    assert (ran.code, ran.out) == (Exit.OK, f"{webhook}  removed\n")


@pytest.mark.parametrize("action", ["verify", "remove"])
async def test_webhooks_exit_with_not_found_when_there_is_no_such_webhook(shell: Shell, action: str) -> None:
    ran = await shell("webhooks", action, "wh-none")
    assert (ran.code, ran.out) == (Exit.NOT_FOUND, "")


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:8765", ":8765"])
async def test_webhooks_receive_needs_the_address_that_leads_to_all_addresses(
    shell: Shell, listen: str
) -> None:
    ran = await shell("webhooks", "receive", "--listen", listen)
    assert (ran.code, ran.out) == (Exit.USAGE, "")
    assert ran.err.startswith(f"orderwire: No sender can post to {listen}: give --webhook-url")


async def test_list_shows_staff_everyones_orders_merged_by_time(appsync: FakeAppSync, shell: Shell) -> None:
    appsync.change("early", "RECEIVED", customer="sub-grace")
    appsync.change("late", "FAILED", "OUT_OF_STOCK")
    ran = await shell("list", "--everyone", "--json")
    assert sorted(str(document["id"]) for document in ran.documents) == ["early", "late"]
    ran = await shell("list", "--everyone", "--status", "RECEIVED")
    assert ("early" in ran.out, "sub-grac" in ran.out, "late" in ran.out) == (True, True, False)


async def test_follow_continues_when_some_orders_are_missing(appsync: FakeAppSync, shell: Shell) -> None:
    appsync.change(ID, "FAILED", "INTERNAL_ERROR")
    ran = await shell("follow", "nowhere", ID)
    assert ran.code == Exit.NOT_FOUND
    assert "There is no order nowhere" in ran.out
    assert "INTERNAL_ERROR" in ran.out


async def test_list_prints_the_customers_orders(appsync: FakeAppSync, shell: Shell) -> None:
    appsync.change("one", "RECEIVED")
    appsync.change("two", "FAILED", "PAYMENT_DECLINED")
    table = await shell("list")
    assert table.code == Exit.OK
    assert "PAYMENT_DECLINED" in table.out
    only = await shell("list", "--status", "failed", "--json")
    assert [d["id"] for d in only.documents] == ["two"]


async def test_cancel_prints_the_status_or_the_refusal(appsync: FakeAppSync, shell: Shell) -> None:
    appsync.change("young", "RECEIVED")
    appsync.change("old", "SHIPPED")
    done = await shell("cancel", "young", "--json")
    assert (done.code, done.documents[0]["status"]) == (Exit.OK, "CANCELLED")
    late = await shell("cancel", "old")
    assert (late.code, late.out, late.err) == (Exit.REFUSED, "", "orderwire: the order is SHIPPED\n")


async def test_redrive_prints_the_status_or_the_refusal(
    appsync: FakeAppSync, companion: FakeCompanion, shell: Shell
) -> None:
    appsync.change("stuck", "VALIDATED")
    appsync.change("done", "FAILED", "INTERNAL_ERROR")
    where = ("--rest-url", str(companion.settings.rest))
    done = await shell("redrive", "stuck", "--json", *where)
    assert (done.code, done.documents[0]["status"]) == (Exit.OK, "VALIDATED")
    late = await shell("redrive", "done", *where)
    assert (late.code, late.out, late.err) == (Exit.REFUSED, "", "orderwire: its workflow has settled it\n")
    assert (await shell("redrive", "stuck")).code == Exit.USAGE  # nobody says where the companion is


async def test_failed_sign_in_sets_the_exit_code(shell: Shell) -> None:
    ran = await shell("list", "--password", "guess")
    assert ran.code == Exit.NOT_SIGNED_IN
    assert ran.err == "orderwire: Cognito refuses the sign-in: Incorrect username or password.\n"
    del shell.environment["ORDERWIRE_USER"]
    assert (await shell("list")).code == Exit.NOT_SIGNED_IN


async def test_unreachable_server_sets_the_exit_code(shell: Shell) -> None:
    shell.environment["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"] = "http://127.0.0.1:9"
    ran = await shell("list", "--json")
    assert ran.code == Exit.UNREACHABLE
    assert ran.documents[0]["error"] == "Unavailable"


@pytest.mark.parametrize(
    "arguments",
    [[], ["list", "--status", "SOLD"], ["submit", "no-such-file"], ["list", "--ready-file", "nowhere"]],
)
async def test_invalid_arguments_exit_with_usage(shell: Shell, arguments: list[str]) -> None:
    assert (await shell(*arguments)).code == Exit.USAGE


async def test_show_of_a_missing_order_exits_with_not_found(shell: Shell) -> None:
    ran = await shell("show", "nowhere")
    assert (ran.code, ran.err) == (
        Exit.NOT_FOUND,
        "orderwire: There is no order nowhere, or it is not yours.\n",
    )


async def test_ctrl_c_ends_follow_without_a_traceback(appsync: FakeAppSync, shell: Shell) -> None:
    appsync.change(ID, "RECEIVED")
    process, printed = await shell.start("follow", ID)
    with printed:
        assert b"RECEIVED" in await asyncio.to_thread(printed.readline)
        process.send_signal(signal.SIGINT)
        assert await shell.end(process) == (Exit.INTERRUPTED, "")


async def test_closed_pipe_ends_list_without_a_traceback(appsync: FakeAppSync, shell: Shell) -> None:
    for n in range(2000):
        appsync.change(f"order-{n}", "RECEIVED")
    process, printed = await shell.start("list", "--json")
    with printed:
        await asyncio.to_thread(printed.readline)
    assert await shell.end(process) == (Exit.OK, "")


async def test_help_has_examples_and_exit_codes(shell: Shell) -> None:
    ran = await shell("--help")
    assert ran.code == Exit.OK
    assert "orderwire submit examples/orders.jsonl --follow" in ran.out
    assert "orderwire compare --orders 100" in ran.out
    assert all(f"{int(code)}  " in ran.out for code in Exit)
    commands = {line.split()[0] for line in ran.out.splitlines() if line.startswith("    ") and line.split()}
    assert {"submit", "compare", "model"} <= commands


async def test_version_names_the_release(shell: Shell) -> None:
    ran = await shell("--version")
    assert (ran.code, ran.out) == (Exit.OK, f"orderwire {__version__}\n")


async def test_compare_after_other_options_says_where_it_belongs(shell: Shell) -> None:
    ran = await shell("--json", "compare", "--orders", "3")
    assert (ran.code, json.loads(ran.out)["error"]) == (Exit.USAGE, "BadSettings")
    assert "bin/orderwire compare" in ran.out


async def test_help_of_a_command_says_what_it_does_and_lists_its_own_options_alone(shell: Shell) -> None:
    ran = await shell("dlq", "redrive", "--help")
    assert ran.code == Exit.OK
    assert "Put letters back where they came from." in ran.out
    assert "--dry-run" in ran.out and "--iot-url" not in ran.out
    assert "orderwire --help" in ran.out


async def test_help_of_follow_explains_each_way(shell: Shell) -> None:
    ran = await shell("follow", "--help")
    assert ran.code == Exit.OK
    for name in WAYS:
        assert any(line.startswith(f"  {name} ") for line in ran.out.splitlines()), name


def test_short_name_of_a_channel_stands_for_the_channel() -> None:
    for short, name in (("ws", "websocket"), ("poll", "poll-backoff")):
        assert parser().parse_args(["follow", ID, "--via", short]).via == name
        assert name in WAYS and name in {channel.name for channel in discover()}


@pytest.mark.parametrize("action", ["receive", "register", "verify", "list"])
async def test_help_of_webhooks_teaches_by_examples(shell: Shell, action: str) -> None:
    ran = await shell("webhooks", "--help")
    assert (ran.code, f"  orderwire webhooks {action}" in ran.out) == (Exit.OK, True)


async def test_installed_script_finds_its_environment(shell: Shell) -> None:
    process = await asyncio.create_subprocess_exec(
        ROOT / "bin" / "orderwire", "--help", cwd=shell.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert out.startswith(b"usage: orderwire")


def test_every_error_has_an_exit_code() -> None:
    def all_below(kind: type[OrderwireError]) -> list[type[OrderwireError]]:
        return [kind for sub in kind.__subclasses__() for kind in (sub, *all_below(sub))]

    for kind in all_below(OrderwireError):
        # Other tests make errors of their own, which live as long as the process.
        if kind.__module__.startswith("clients.") and not kind.__name__.startswith("_"):
            assert exit_for(kind.__new__(kind)) is not Exit.OK


def test_amount_has_the_digits_of_its_currency() -> None:
    assert [money(1234567, c) for c in ("EUR", "JPY", "KWD")] == [
        "12,345.67 EUR",
        "1,234,567 JPY",
        "1,234.567 KWD",
    ]


def test_card_token_is_not_printed() -> None:
    assert "tok_" not in repr(NewOrder.parse(json.loads(_order("a"))))
