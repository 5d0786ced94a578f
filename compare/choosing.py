"""The page docs/choosing.md: which channel to take, from a measured report and the model."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path

from clients import BadSettings, reading
from compare.meter import number
from compare.model.channels import discover
from compare.model.claims import claims
from compare.model.estimate import Books, Estimate, estimate, read_books
from compare.model.scenario import Scenario
from compare.model.table import seconds

SOON = 1.0
"""Seconds: what comes later, a person notices."""

LIVES = ((5.0, "5 s"), (30.0, "30 s"), (300.0, "5 min"), (3600.0, "1 h"))
FOLLOWERS = (1, 10)
WEBHOOK = "webhook"

HEAD = """\
# Which channel?

<!-- Made by `make choosing` from {source} and the model; do not edit. -->

A client waits for an order, a job, a payment: something that takes seconds or hours and passes
through states. This page says how to inform it. It is generated from the last committed comparison
({orders} orders on each channel, {date}) and from the model
([model.md](model.md); prices and quotas of {prices}, {region}), so it is as true as these are.

## The decision
"""


def render(report: Path, *, region: str = "us-east-1") -> str:
    """Return the page.

    Raises
    ------
    BadSettings
        ``report`` is no report of ``orderwire compare``.
    """
    document = _read(report)
    books = read_books(region)
    base = {entry.model.name: entry for entry in _estimates(Scenario(region=region), books)}
    parts = [
        HEAD.format(
            source=f"`docs/measured/{report.name}`",
            orders=document.get("orders"),
            date=str(document.get("date"))[:10],
            prices=books.prices.date,
            region=region,
        ),
        *_tree(base),
        "\n## The cheapest channel that is soon enough\n",
        f"Dollars for following a million orders. *Soon*: 95 of 100 changes within {SOON:g} s, and no state",
        "missed by design. Webhooks are left out: they reach servers, not pages.\n",
        *_cheapest(region, books),
        "\n## All channels, modelled\n",
        "An order of 30 s and 6 changes, one follower. Late: from commit to receipt on AWS, as far as",
        "that is published (≥ where a part is not). The letters say how sure the least sure part is.\n",
        *_modelled(base.values()),
        "\n## All channels, measured\n",
        *_measured(document),
        "\n## What was written, and what holds\n",
        *_claims(),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _read(path: Path) -> Mapping[str, object]:
    try:
        value: object = json.loads(path.read_text(encoding="utf-8"))
        document = reading.mapping(value, path.name)
        reading.sequence(document.get("channels"), "channels")
    except OSError as error:
        raise BadSettings(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, reading.Unexpected) as error:
        raise BadSettings(f"{path} is no report of orderwire compare: {error}") from None
    return document


def _estimates(scenario: Scenario, books: Books) -> list[Estimate]:
    return [estimate(model, scenario, books) for model in discover()]


def _tree(base: Mapping[str, Estimate]) -> Iterable[str]:
    """Yield the decision tree; what it says of a channel it takes from the model."""

    def of(name: str) -> str:
        entry = base[name]
        return f"**{entry.title}** (${entry.bill.usd:,.0f} a million orders of 30 s, {_late(entry)} late)"

    def bears(name: str) -> str:
        first = base[name].first
        return "" if first is None else f"; {first.orders:,.0f} orders/s until {first.quota.service}'s quota"

    yield "```text"
    yield "Who is told?"
    yield "├─ a server of a partner ──────────────────────────────► webhook by SNS"
    yield "└─ a person's page or app"
    yield "   ├─ may it be some seconds late, and miss states between? ► polling with backoff"
    yield "   └─ it shows each state, at once"
    yield "      ├─ orders live for seconds, few at a time ────────► long polling or Server-Sent Events"
    yield "      └─ longer, or many"
    yield "         ├─ the API is GraphQL on AppSync already ──────► AppSync subscription"
    yield "         ├─ devices, MQTT, or a last state kept for who comes later ► IoT Core"
    yield "         ├─ AWS's own client libraries, no code on connect ► AppSync Events"
    yield "         └─ own protocol, or no AppSync ────────────────► WebSocket (or GraphQL over it)"
    yield "```\n"
    for text in (
        f"{of('webhook')}: signed, retried; the receiver must be reachable{bears('webhook')}.",
        f"{of('poll-backoff')}: {100 * base['poll-backoff'].missed:.0f} % of the states are never shown, and "
        f"nothing is to be operated{bears('poll-backoff')}. At a fixed interval of 1 s: {of('poll-fixed')}.",
        f"{of('sse')} and {of('longpoll')}: each client keeps a function to itself{bears('sse')}.",
        f"{of('appsync')}: typed, authorized by field{bears('appsync')}.",
        *(f"{of(name)}{bears(name)}." for name in ("events", "iot", "websocket", "graphql-ws")),
        f"{of('synchronous')} is no channel: its answer comes at the end, or at a time limit.",
    ):
        yield textwrap.fill(text, 100, initial_indent="- ", subsequent_indent="  ")


def _cheapest(region: str, books: Books) -> Iterable[str]:
    yield "| an order lives | followers | soon and whole | dollars | whatever comes | dollars | late |"
    yield "|---|--:|---|--:|---|--:|--:|"
    for life, words in LIVES:
        for followers in FOLLOWERS:
            scenario = Scenario(life=life, followers=followers, region=region)
            candidates = [entry for entry in _estimates(scenario, books) if entry.model.name != WEBHOOK]
            soon = [entry for entry in candidates if entry.late.p95 <= SOON and entry.model.family.early]
            best, least = (min(some, key=lambda entry: entry.bill.usd) for some in (soon, candidates))
            yield (
                f"| {words} | {followers} | {best.title} | {best.bill.usd:,.2f} | {least.title} "
                f"| {least.bill.usd:,.2f} | {_late(least)} |"
            )


def _modelled(estimates: Iterable[Estimate]) -> Iterable[str]:
    yield "| channel | $ per million orders | late, mean | p95 | missed | first quota, at orders/s |"
    yield "|---|--:|--:|--:|--:|---|"
    for entry in estimates:
        first = entry.first
        ceiling = (
            "-" if first is None else f"{first.orders:,.0f}: `{first.quota.key}` {first.quota.confidence}"
        )
        bound = "≥ " if entry.late.bound else ""
        yield (
            f"| {entry.title} | {entry.bill.usd:,.2f} {entry.confidence} "
            f"| {bound}{_late(entry)} {entry.late.confidence} "
            f"| {bound}{seconds(entry.late.p95)} | {100 * entry.missed:.0f} % | {ceiling} |"
        )


def _measured(document: Mapping[str, object]) -> Iterable[str]:
    """Yield a row for each channel of the report; those that it lacks are named."""
    rows = [
        reading.mapping(entry, "channels[]")
        for entry in reading.sequence(document.get("channels"), "channels")
    ]
    alone = [row for row in rows if row.get("mode") == "alone"]
    where = (
        f"On one machine ({document.get('machine')}), each channel alone: the software's overhead and the "
    )
    yield textwrap.fill(f"{where}channel's own waiting, not AWS's latency.", 100) + "\n"
    yield "| channel | p50 ms | p95 ms | requests | messages | AWS operations | missed |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for row in alone:
        yield _measured_row(row)
    there = {row.get("name") for row in alone}
    without = [model.title for model in discover() if model.name not in there]
    if without:
        yield f"\nNot in this report: {', '.join(without)}."


def _measured_row(row: Mapping[str, object]) -> str:
    title = reading.text(row.get("title"), "channels[].title")
    waits = row.get("commitToReceiptMs")
    times = ["-", "-"]
    if waits is not None:
        percentiles = reading.mapping(waits, "commitToReceiptMs")
        times = [f"{number(percentiles.get(key), key):,.0f}" for key in ("p50", "p95")]
    usage = reading.mapping(row.get("perOrder"), "perOrder")
    messages = sum(number(usage.get(key), key) for key in ("messages_in", "messages_out"))
    operations = "-"
    if row.get("aws") is not None:
        counted = reading.mapping(
            reading.mapping(row.get("aws"), "aws").get("operationsPerOrder"), "operationsPerOrder"
        )
        operations = (
            f"{sum(number(n, key) for key, n in counted.items() if not key.startswith('lambda.')):.1f}"
        )
    changes = number(row.get("changes"), "changes")
    missed = f"{100 * number(row.get('missed'), 'missed') / changes:.0f} %" if changes else "-"
    return (
        f"| {title} | {times[0]} | {times[1]} | {number(usage.get('requests'), 'requests'):.1f} "
        f"| {messages:.1f} | {operations} | {missed} |"
    )


def _claims() -> Iterable[str]:
    for claim in claims():
        text = f"“{claim.statement}” **{claim.verdict.capitalize()}.** {claim.answer}"
        yield textwrap.fill(text, 100, initial_indent="- ", subsequent_indent="  ")
        for figure in claim.figures:
            yield textwrap.fill(figure, 100, initial_indent="  - ", subsequent_indent="    ")


def _late(entry: Estimate) -> str:
    return seconds(entry.late.mean)
