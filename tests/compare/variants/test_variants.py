"""Ways in and orchestrators: run by turns, billed as they are, and reported with the noise."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
from rich.console import Console

from clients import BadSettings, NewOrder
from compare import cli as compare_cli
from compare.costs import Quantity
from compare.meter import Count
from compare.prices import read_prices
from compare.records import OrderRecord, RunPlan
from compare.runner import new_run
from compare.target import Target
from compare.variants import cli, output
from compare.variants.base import CustomerClients, Spent, Stack, Variant, durable, express, transitions
from compare.variants.comparison import Comparison
from compare.variants.intake import Fifo, Unattended
from compare.variants.running import faults, overtaken, row, run_variants
from tests.compare.fakes import SETTINGS, FakeShop, Pushed, Quiet, change

SHOP = FakeShop()


class FakeStack:
    """Remembers what was set."""

    def __init__(self) -> None:
        self.log: list[tuple[str, str]] = []

    async def set_parameter(self, name: str, value: str) -> None:
        self.log.append((name, value))

    async def set_parameters(self, values: Mapping[str, str]) -> None:
        self.log += values.items()


class Plain(Variant):
    """Submits to the fake shop."""

    name = "plain"
    title = "Plain"
    how = "sends it"

    async def prepare(self, stack: Stack) -> None:
        await stack.set_parameter("Kind", self.name)

    async def submit(self, clients: CustomerClients, customer: str, order: NewOrder) -> None:
        await SHOP.submit(customer, order)

    def bill(self, spent: Spent) -> Iterator[Quantity]:
        yield Quantity("rest.request", Decimal(spent.orders), "a request")


class Other(Plain):
    """The same by another name."""

    name = "other"
    title = "Other"


async def test_variants_take_turns_and_each_is_prepared_for_its_own() -> None:
    stack, plan = FakeStack(), RunPlan(orders=2, rate=100.0, warm_up=1)
    runs = await run_variants(
        SHOP,
        CustomerClients(cast("Target", None)),
        [Plain(), Other()],
        plan,
        show=Quiet(),
        stack=stack,
        follower=Pushed,
    )
    assert [value for _, value in stack.log] == ["plain", "other", "plain", "other"]
    assert [(run.title, len(run.orders)) for run in runs] == [("Plain", 2), ("Other", 2)]
    rows = [
        row(variant, run, read_prices("us-east-1"), {})
        for variant, run in zip((Plain(), Other()), runs, strict=True)
    ]
    assert all(item.orders == 2 and item.accepted is not None and item.started is not None for item in rows)
    assert rows[0].operations == {"dynamodb.PutItem": 1.0}
    # A request for each order: 3.50 dollars a million.
    assert rows[0].bill.usd == Decimal("3.5")
    assert faults(rows) == []
    shown = Comparison(
        "intake", datetime.now(UTC), "a machine", 2, 4.0, tuple(rows), read_prices("us-east-1"), ()
    )
    # One turn each: nothing is known of the machine's noise.
    assert [line.split(": ")[0] for line in shown.drowned] == ["accepted", "first state", "last state"]


def empty(*, refused: int = 0) -> Comparison:
    book = read_prices("eu-west-1")
    created = row(Plain(), new_run("Plain", [Pushed], 10), book, {})
    created = replace(created, refused=("no",) * refused)
    return Comparison(
        "intake",
        datetime(2026, 11, 30, tzinfo=UTC),
        "<machine>",
        10,
        4.0,
        (created,),
        book,
        tuple(faults([created])),
    )


def test_refused_order_is_a_worry() -> None:
    assert empty(refused=3).worries == ("Plain: 3 orders were refused (no)", "Plain: no order was taken")


def test_comparison_is_written_as_a_document_and_a_page(tmp_path: Path) -> None:
    data, page = output.write(tmp_path, empty())
    assert json.loads(data.read_text(encoding="utf-8"))["variants"][0]["name"] == "plain"
    assert "&lt;machine&gt;" in page.read_text(encoding="utf-8")
    console = Console(width=120, record=True)
    output.show(console, empty())
    assert "Plain" in console.export_text()
    burst = replace(empty(), burst=True)
    output.show(console, burst)
    text = console.export_text()
    assert "10 orders each, all at once" in text
    assert output.ONE_TURN in text
    assert "Not decided" not in text
    assert "sent all at once." in output.render(burst)


def test_standard_machine_is_billed_by_transitions_and_express_by_time() -> None:
    spent = Spent(10, Count({}, {}, {}, 150.0), 3.0)
    assert [(transition.price, transition.units) for transition in transitions(spent)] == [
        ("states.transition", Decimal("150.0"))
    ]
    # 10 orders of 3 s in 64 MB: 30 s / 16.
    assert [(item.price, item.units) for item in express(spent)] == [
        ("states.request", Decimal(10)),
        ("states.gb-second", Decimal("30.0") / 16),
    ]


def test_durable_function_is_billed_by_operations() -> None:
    spent = Spent(10, Count({}, {}, {}, 0.0), 3.0, durable=142.0)
    assert [(item.price, item.units) for item in durable(spent)] == [("durable.operation", Decimal("142.0"))]


@pytest.mark.parametrize("family", ["intake", "orchestrators"])
def test_help_names_the_variants(family: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        compare_cli.main([family, "--help"])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert "sets the stack's Orchestrator" in printed
    assert ("--crashes" in printed.split("examples:")[0]) == (family == "orchestrators")


def test_unknown_variant_is_named() -> None:
    with pytest.raises(
        BadSettings, match="there is no 'pigeon'; there are direct, queue, rest, gateway, fifo"
    ):
        cli.chosen("intake", ["pigeon"])
    assert [item.name for item in cli.chosen("orchestrators", None)] == [*("standard", "express", "durable")]


def test_missing_local_cloud_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare_cli.main(["intake", "--ready-file", str(tmp_path / "none.json")]) == 2
    assert "No local cloud" in capsys.readouterr().err.replace("\n", " ")


def followed(number: int, *, sent: float, start: float, customer: str = "ada") -> OrderRecord:
    """An order that was accepted at once and began later; times in seconds."""
    order = RunPlan().order(number)
    history = tuple(
        change(order.client_token, version, at=datetime.fromtimestamp(at, UTC))
        for version, at in ((1, sent), (2, start))
    )
    return OrderRecord(number, customer, order, submitted=sent, answered=sent + 0.1, history=history)


def test_order_is_overtaken_by_a_later_one_of_its_customer_alone() -> None:
    run = new_run("Plain", [Pushed], 2)
    first = followed(1, sent=1000.0, start=1060.0)
    assert overtaken([first, followed(2, sent=1001.0, start=1002.0)], run) == 1
    assert overtaken([first, followed(2, sent=1001.0, start=1002.0, customer="bob")], run) == 0
    # Begun at about the same time, as workflows do that are started one after another.
    assert overtaken([first, followed(2, sent=1001.0, start=1059.5)], run) == 0


async def test_burst_sends_all_orders_at_once_in_one_turn() -> None:
    stack = FakeStack()
    plan = cli.plan_of(cli.parser("intake").parse_args(["--burst", "60"]))
    (run,) = await run_variants(
        SHOP,
        CustomerClients(cast("Target", None)),
        [Plain()],
        plan,
        show=Quiet(),
        stack=stack,
        follower=Pushed,
        burst=True,
    )
    assert (len(run.orders), run.at_once) == (60, 60)
    assert len(stack.log) == 2  # the warm-up, and one turn


def test_unavailable_submission_way_is_named_with_the_available_ones() -> None:
    variants = cli.chosen("intake", None)
    with pytest.raises(BadSettings, match=r"`rest`: the companion is not deployed. There is: --only dire"):
        cli.check_needs(variants, SETTINGS)
    settings = replace(SETTINGS, rest="http://127.0.0.1:1")
    with pytest.raises(BadSettings, match=r"`gateway`: .*ExtraIntakes is false.* --only direct,queue,rest"):
        cli.check_needs(variants, settings)
    cli.check_needs(variants, replace(settings, intake="http://127.0.0.1:1"))


def test_fifo_queue_has_its_own_price() -> None:
    run = new_run("Plain", [Pushed], 1)
    run.orders.append(followed(1, sent=1000.0, start=1001.0))
    run.count = Count({"sqs.SendMessage": 1.0}, {}, {}, 0.0)
    prices = {
        variant.name: [line.price.item for line in row(variant, run, read_prices("us-east-1"), {}).bill.lines]
        for variant in (Unattended(), Fifo())
    }
    assert "FIFO queue requests" in prices["fifo"]
    assert "FIFO queue requests" not in prices["gateway"]
