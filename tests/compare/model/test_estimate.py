"""One channel under one load: the bill is the comparison's, and the ceilings are the quota file's."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from clients import BadSettings
from compare.channels import discover as measured
from compare.model.channels import chosen, discover
from compare.model.claims import claims
from compare.model.estimate import Books, Estimate, estimate, of_channel, read_books
from compare.model.scenario import Scenario
from compare.prices import regions

ELEVEN = {
    "appsync", "events", "websocket", "graphql-ws", "iot", "webhook", "sse",
    "poll-fixed", "poll-backoff", "longpoll", "synchronous",
}  # fmt: skip
PUSHED = ("appsync", "events", "websocket", "graphql-ws", "iot", "webhook", "sse")


@pytest.fixture(scope="module")
def books() -> Books:
    return read_books("us-east-1")


def of(name: str, books: Books, scenario: Scenario = Scenario()) -> Estimate:  # noqa: B008
    return estimate(chosen([name])[0], scenario, books)


def units(expected: Estimate, price: str) -> Decimal:
    return sum((line.units for line in expected.bill.lines if line.price.key == price), Decimal(0))


def test_each_of_eleven_channels_has_a_model() -> None:
    assert {model.name for model in discover()} >= ELEVEN


def test_measured_channel_is_billed_by_its_own_rules() -> None:
    by_name = {channel.name: channel for channel in measured()}
    for model in discover():
        title, rules, aws = of_channel(model)
        if model.name in by_name:
            there = by_name[model.name]
            assert (title, rules, aws) == (there.title, there.bill, there.aws)


def test_every_measured_channel_has_a_model() -> None:
    assert {channel.name for channel in measured()} <= {model.name for model in discover()}


@pytest.mark.parametrize("region", regions())
def test_every_channel_has_a_bill_and_names_its_uncertainties(region: str) -> None:
    estimates = [estimate(model, Scenario(region=region), read_books(region)) for model in discover()]
    assert all(item.bill.usd > 0 and item.model.assumptions and item.ceilings for item in estimates)
    # The model's own assumptions are never surer than B.
    assert {item.confidence for item in estimates} <= {"B", "C"}


def test_appsync_estimate_equals_the_manual_calculation(books: Books) -> None:
    result = of("appsync", books, Scenario(life=30.0, changes=6))
    assert units(result, "appsync.update") == pytest.approx(Decimal(8_000_000))
    assert units(result, "appsync.minute") == pytest.approx(Decimal(500_000))
    # 6 mutations, the first query, and those after 5 s of silence, 15 s, 35 s: of 6 s on average.
    quiet = sum(pow(2.718281828, -t / 6) for t in (5, 15, 35, 75))
    assert float(units(result, "appsync.operation")) == pytest.approx((7 + 5 * quiet) * 1e6, rel=1e-3)


@pytest.mark.parametrize("name", PUSHED)
def test_each_follower_adds_deliveries_and_no_publishes(name: str, books: Books) -> None:
    first, two, three = (of(name, books, Scenario(followers=n)).bill.usd for n in (1, 2, 3))
    assert two - first == pytest.approx(three - two, rel=Decimal("0.001"))
    # Of a hundred changes in a second each is delivered to each follower: sixty cents a million by SNS.
    fast = Scenario(life=1.0, changes=100)
    more = of(name, books, replace(fast, followers=2)).bill.usd - of(name, books, fast).bill.usd
    assert more >= 60
    assert two > first


def test_dollars_alone_grow_with_the_rate(books: Books) -> None:
    first, hundred = of("websocket", books), of("websocket", books, Scenario(rate=100.0))
    assert hundred.usd == first.usd * 100
    assert hundred.late == first.late
    assert hundred.first == first.first


def test_held_request_occupies_an_environment_for_the_life_of_the_order(books: Books) -> None:
    first = of("longpoll", books, Scenario(life=30.0)).first
    assert first is not None
    assert first.quota.key == "lambda.concurrent"
    assert first.orders == pytest.approx(1000 / 30, rel=0.02)


def test_websocket_breaks_at_new_connections_in_a_large_region(books: Books) -> None:
    result = of("websocket", books, Scenario(rate=501.0))
    assert result.broken is not None
    assert result.broken.quota.key == "gateway.connect"
    assert of("websocket", books, Scenario(rate=499.0)).broken is None


def test_payload_beyond_five_kilobytes_is_delivered_in_two_units(books: Books) -> None:
    small, large = (of("appsync", books, Scenario(payload=size)) for size in (400, 6000))
    assert units(large, "appsync.update") > units(small, "appsync.update")


@pytest.mark.parametrize(
    ("name", "value"), [("rate", 0.0), ("changes", 1), ("life", -1.0), ("followers", -1)]
)
def test_impossible_load_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(BadSettings, match=name):
        replace(Scenario(), **{name: value})  # type: ignore[arg-type]


def test_the_claims_are_answered_with_figures() -> None:
    answered = {claim.key: claim for claim in claims()}
    assert set(answered) == {
        "25,000 messages", "$0.08 against $0.29", "polling too costly", "SSE a deal-breaker",
        "no custom authorizers",
    }  # fmt: skip
    dollar = answered["25,000 messages"]
    assert any("$0.98" in figure and "$1.73" in figure for figure in dollar.figures)
    assert any("$1.08" in figure for figure in dollar.figures)
    assert "$0.25 in us-east-1, $0.285 in eu-west-1" in answered["$0.08 against $0.29"].figures[0]
    assert answered["no custom authorizers"].verdict == "no longer"
