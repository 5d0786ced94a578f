"""The table, the JSON document and the page, of a comparison in memory."""

from __future__ import annotations

import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import cast

import jsonschema_rs
import pytest
from rich.console import Console

import compare
from clients import Arrival
from compare import channels, cli, page, runner, table
from compare.channels import Channel, chosen, discover
from compare.document import document
from compare.latency import meanings, read_parts
from compare.prices import read_prices
from compare.records import RunPlan, Runs
from compare.report import Report
from compare.results import rows
from compare.runfacts import facts, sample
from compare.spread import Spread
from tests.compare.fakes import START, Deaf, FakeShop, Forgetful, Poller, Pushed, Quiet, arrival, run_one

SCHEMA = json.loads((Path(compare.__file__).parent / "report.schema.json").read_text(encoding="utf-8"))
FOUR = range(4)
WICKED = "<script>alert('&\"')</script>"


@pytest.fixture(autouse=True)
def no_settling(monkeypatch: pytest.MonkeyPatch) -> None:
    async def settled(meter: object) -> object:
        return await meter.read()  # type: ignore[attr-defined]

    monkeypatch.setattr(runner, "settled", settled)


async def report_of(*kinds: type[Channel], region: str = "us-east-1") -> Report:
    shop, plan = FakeShop(), RunPlan(rate=1000.0, warm_up=0)
    runs = Runs(await run_one(shop, [Pushed], plan, Quiet(), "", FOUR))
    shop.api_per_order = (2, 0.1)
    for kind in kinds:
        runs.alone.append(await run_one(shop, [kind], plan, Quiet(), "", FOUR))
    runs.together = await run_one(shop, kinds, plan, Quiet(), "", FOUR)
    book = read_prices(region)
    return Report(
        date=datetime(2026, 11, 20, 21, 45, tzinfo=UTC),
        machine="A machine",
        orders=4,
        rate=4.0,
        poll_seconds=1.0,
        rows=tuple(rows(runs, book, {"api": "arm64"}, read_parts())),
        facts={run.channels[0].title: facts(run) for run in runs.alone}
        | {"all at once": facts(runs.together)},
        book=book,
        latency_meaning=meanings(),
        sample=sample(runs.together),
    )


async def test_one_turn_of_each_channel_says_nothing_of_the_noise() -> None:
    report = await report_of(Pushed, Poller)
    assert "one turn" in report.noise
    assert "50 orders or more" in report.noise
    assert report.noise in Tags(page.render(report)).text


async def test_channels_whose_turns_overlap_are_not_decided() -> None:
    report = await report_of(Pushed, Poller)
    noisy = Spread("A", (1.0, 9.0)), Spread("B", (2.0, 10.0))
    quiet = Spread("A", (1.0, 1.5)), Spread("B", (2.0, 10.0))
    alone = report.of("alone")

    def having(spreads: tuple[Spread, Spread]) -> Report:
        return replace(
            report, rows=tuple(replace(row, turns=turns) for row, turns in zip(alone, spreads, strict=True))
        )

    assert having(noisy).noise.endswith("than the turns of one channel do: A ≈ B.")
    assert having(quiet).noise == ""


class Tags(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


async def test_report_page_loads_nothing() -> None:
    text = page.render(await report_of(Pushed, Poller))
    tags = Tags(text).tags
    assert {tag for tag, _ in tags} & {"script", "link", "img", "iframe", "base", "object"} == set()
    assert [attrs for _, attrs in tags if {"src", "href", "xlink:href", "action"} & set(attrs)] == []
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text


async def test_page_has_every_section() -> None:
    text = Tags(page.render(await report_of(Pushed, Poller))).text
    for part in (
        "The same orders, over every channel",
        "2026-11-20 21:45 UTC",
        "A machine",
        "One order, as each channel reported it",
        "From commit to receipt, on this machine",
        "What a million orders cost to follow",
        "not AWS's latency",
        "The arithmetic",
        "Prices of 2026-11-20, us-east-1",
        "https://bitesizedserverless.com",
    ):
        assert part in text, part


async def test_page_escapes_foreign_text() -> None:
    class Wicked(Pushed):
        name = "wicked"
        title = WICKED
        how = WICKED

    report = await report_of(Wicked, Poller)
    failed = replace(report.rows[0], failed=(WICKED,))
    text = page.render(replace(report, machine=WICKED, rows=(failed, *report.rows[1:])))
    assert "<script" not in text
    assert WICKED in Tags(text).text


@pytest.mark.parametrize("kinds", [(Deaf,), (Forgetful,), (Deaf, Pushed)])
async def test_worries_are_in_every_report(kinds: tuple[type[Channel], ...]) -> None:
    report = await report_of(*kinds)
    assert report.worries
    shown = Tags(page.render(report)).text
    printed = text_of(report).replace("\n", "")
    for worry in report.worries:
        assert worry in shown
        assert worry.replace(" ", "") in printed.replace(" ", "")
    jsonschema_rs.validate(SCHEMA, document(report))


async def test_figures_are_wide_enough_for_their_contents() -> None:
    text = page.render(await report_of(Pushed, Poller))
    numbers = [
        float(value.removesuffix("%"))
        for tag, attrs in Tags(text).tags
        for name, value in attrs.items()
        if tag in {"circle", "rect", "line"} and name in {"cx", "x", "x1", "x2"} and value
        if attrs.get("class") != "late"  # in pixels around a place of its own
    ]
    assert numbers
    assert 0 <= min(numbers) <= max(numbers) <= 100


async def test_document_is_valid_against_its_schema() -> None:
    report = await report_of(Pushed, Poller, region="eu-west-1")
    result = json.loads(json.dumps(document(report)))
    jsonschema_rs.validate(SCHEMA, result)
    assert result["format"] == 1
    pushed, request = result["channels"][:2]
    assert (pushed["name"], pushed["mode"], pushed["missed"]) == ("pushed", "alone", 0)
    assert pushed["commitToReceiptMs"]["p50"] == 10.0
    assert pushed["perOrder"]["requests"] == 2.0
    assert request["missed"] == 20
    assert request["aws"]["functionsPerOrder"]["api"]["invocations"] == 2.0
    assert result["channels"][2]["cost"] is None
    (item,) = pushed["cost"]["items"]
    # Six changes an order are six million publishes, at 4 dollars a million.
    assert (item["units"], item["usd"], item["per"], item["amountUsd"]) == (6_000_000, 4.0, 1_000_000, 24.0)
    assert (pushed["cost"]["usdPerMillionOrders"], pushed["cost"]["confidence"]) == (24.0, "B")
    assert item["sources"]


async def test_measured_and_modelled_figures_stay_apart() -> None:
    result = document(await report_of(Pushed, Poller))
    pushed, request = cast("list[dict[str, dict[str, object]]]", result["channels"])[:2]
    assert pushed["modelledAwsMs"]["p50"] == [273.0, 273.0]
    assert (request["modelledAwsMs"]["p50AtLeast"], request["modelledAwsMs"]["confidence"]) == (True, "C")


def text_of(report: Report, width: int = table.WIDTH) -> str:
    out = io.StringIO()
    table.show(Console(file=out, width=width, highlight=False, markup=False), report)
    return out.getvalue()


async def test_table_fits_the_terminal() -> None:
    class Wordy(Poller):
        name = "wordy"
        title = "GraphQL without AppSync"

    text = text_of(await report_of(Pushed, Wordy), width=400)
    heads = [line for line in text.splitlines() if line.startswith(("channel", "Pushed", "GraphQL"))]
    assert len(heads) == 6
    assert max(len(line.rstrip()) for line in heads) <= table.WIDTH
    line = r"^Pushed +10 +10 +10 +2\.0 +8\.0 .* 0 % +0 +4 +273 +B +.* 24\.00 +B *$"
    assert re.search(line, text, re.MULTILINE)
    assert re.search(r"^GraphQL without AppSync .* 83 % +0 ", text, re.MULTILINE)


async def test_latest_document_has_a_name_of_its_own(tmp_path: Path) -> None:
    report = await report_of(Pushed)
    for date in (report.date, report.date + timedelta(hours=1)):
        data, shown = cli.write(tmp_path / "out", replace(report, date=date))
        assert (tmp_path / "out" / "latest.json").read_bytes() == data.read_bytes()
        assert shown.suffix == ".html"
        assert json.loads(data.read_bytes())["page"] == shown.name
    assert len(list((tmp_path / "out").iterdir())) == 5


def test_channel_is_discovered_from_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pigeon.py").write_text(
        "from tests.compare.fakes import Poller\n\n\n"
        "class Pigeon(Poller):\n    name = 'pigeon'\n    title = 'Carrier pigeon'\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(tmp_path)])
    (results,) = [channel for channel in discover() if channel.name == "pigeon"]
    assert results.title == "Carrier pigeon"


async def test_new_channel_is_in_every_report() -> None:
    class Pigeon(Poller):
        name = "pigeon"
        title = "Carrier pigeon"

        async def follow(self) -> AsyncIterator[Arrival]:
            for version in range(1, 7):
                yield arrival(self.order.client_token, version, at=START + timedelta(days=version))

    report = await report_of(Pushed, Pigeon)
    assert "Carrier pigeon" in text_of(report)
    assert "Carrier pigeon" in page.render(report)
    assert "Carrier pigeon" in json.dumps(document(report))


def test_channels_are_discovered_in_their_order() -> None:
    assert [channel.name for channel in discover()] == [
        "appsync",
        "events",
        "websocket",
        "graphql-ws",
        "sse",
        "iot",
        "poll-fixed",
        "poll-backoff",
        "longpoll",
        "webhook",
        "synchronous",
    ]


def test_channels_are_selected_by_name() -> None:
    assert [item.name for item in chosen(["longpoll", "appsync"], discover())] == ["appsync", "longpoll"]
    with pytest.raises(ValueError, match=r"no channel is called 'pigeon'; there are appsync, "):
        chosen(["pigeon"], discover())


async def test_busy_machine_is_reported_first() -> None:
    report = replace(await report_of(Pushed, Poller), cores=1000)
    assert report.busy == ""
    facts_ = {title: replace(fact, load=1.0) for title, fact in report.facts.items()}
    busy = replace(report, cores=2, facts=facts_ | {"Pushed": replace(facts_["Pushed"], load=2.5)})
    assert "(Pushed 2.5 processes wanted to run)" in busy.busy
    shown = Tags(page.render(busy)).text
    assert shown.index("Measured on a busy machine") < shown.index("In short")
    assert "more to do than its 2 cores can" in text_of(busy).replace("\n", " ")
