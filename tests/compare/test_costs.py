"""The bill, against sums done by hand."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from compare import costs
from compare.channels import discover
from compare.channels.sse import inner_subscription, stream_requests
from compare.prices import PriceBook, read_prices, regions
from compare.usage import ChannelUsage, FunctionUse, ServerUse, Usage


@pytest.fixture
def virginia() -> PriceBook:
    return read_prices("us-east-1")


def usd(rules: Sequence[costs.Rule], usage: ChannelUsage, book: PriceBook) -> Decimal:
    return costs.bill(rules, usage, book).usd


def test_polling_is_billed_by_requests(virginia: PriceBook) -> None:
    # 31 requests for 2 orders are 15.5 for one: 15.5 x 3.50 dollars for a million orders.
    usage = ChannelUsage(2, 12, Usage(requests=31))
    assert usd([costs.rest_requests], usage, virginia) == Decimal("54.25")


def test_handshake_of_a_websocket_is_no_rest_request(virginia: PriceBook) -> None:
    usage = ChannelUsage(1, 6, Usage(requests=2, sockets=1))
    assert usd([costs.rest_requests], usage, virginia) == Decimal("3.5")


def test_appsync_is_billed_by_operations_updates_and_minutes(virginia: PriceBook) -> None:
    # One order, 6 changes, 30 s: 6 publishes and 1 query at 4, 2 + 6 updates at 2, 0.5 minutes at 0.08.
    client = Usage(requests=2, sockets=1, messages_in=9, bytes_in=9 * 600, connected_seconds=30.0)
    rules = [costs.appsync_queries, costs.appsync_publishes, costs.appsync_updates, costs.appsync_minutes]
    bill = costs.bill(rules, ChannelUsage(1, 6, client), virginia)
    assert [(line.price.key, line.units, line.usd) for line in bill.lines] == [
        ("appsync.operation", Decimal(1_000_000), Decimal(4)),
        ("appsync.operation", Decimal(6_000_000), Decimal(24)),
        ("appsync.update", Decimal(2_000_000), Decimal(4)),
        ("appsync.update", Decimal(6_000_000), Decimal(12)),
        ("appsync.minute", Decimal(500_000), Decimal("0.04")),
    ]
    assert bill.usd == Decimal("44.04")


@pytest.mark.parametrize(("size", "updates"), [(5120, 6), (5121, 12), (0, 6)])
def test_updates_are_billed_per_started_5_kb(virginia: PriceBook, size: int, updates: int) -> None:
    client = Usage(messages_in=6, bytes_in=6 * size)
    assert usd([costs.appsync_updates], ChannelUsage(1, 6, client), virginia) == Decimal(2 * updates)


def test_websocket_is_billed_by_messages_and_minutes_in_ireland() -> None:
    # 1 + 7 messages at 1.14, half a minute at 0.285.
    client = Usage(sockets=1, messages_in=7, messages_out=1, bytes_in=7000, connected_seconds=30.0)
    rules = [costs.websocket_messages, costs.websocket_minutes]
    assert usd(rules, ChannelUsage(1, 6, client), read_prices("eu-west-1")) == Decimal("9.2625")


def test_server_usage_is_billed_by_its_services(virginia: PriceBook) -> None:
    # 4 invocations of 0.5 s at 128 MB are 0.25 GB-seconds; 3.5 units read, 2 written; 2 messages queued.
    server = ServerUse(
        {"dynamodb.GetItem": 4, "sqs.SendMessage": 1, "sqs.DeleteMessage": 1},
        reads=3.5,
        writes=2.0,
        functions={"api": FunctionUse(4, 0.25)},
    )
    usage = ChannelUsage(1, 6, Usage(), server)
    expected = (
        4 * Decimal("0.20")
        + 250_000 * Decimal("0.0000133334")
        + Decimal("3.5") * Decimal("0.125")
        + 2 * Decimal("0.625")
        + 2 * Decimal("0.40")
    )
    assert usd([costs.server_side], usage, virginia) == expected == Decimal("6.62085")


def test_processor_architectures_have_their_own_prices(virginia: PriceBook) -> None:
    server = ServerUse(functions={"api": FunctionUse(0, 1.0, "x86_64")})
    assert usd([costs.server_side], ChannelUsage(1, 1, Usage(), server), virginia) == Decimal("16.6667")


def test_outgoing_bytes_are_billed_per_gigabyte(virginia: PriceBook) -> None:
    # 6,000 bytes for each of a million orders are 6 GB, at 0.09.
    assert usd([costs.transfer], ChannelUsage(10, 60, Usage(bytes_in=60_000)), virginia) == Decimal("0.54")


def test_no_orders_cost_nothing(virginia: PriceBook) -> None:
    assert costs.bill([costs.rest_requests], ChannelUsage(0, 0, Usage(requests=3)), virginia).lines == ()


def test_unused_services_are_on_no_bill(virginia: PriceBook) -> None:
    assert (
        costs.bill([costs.server_side, costs.rest_requests], ChannelUsage(3, 18, Usage()), virginia).lines
        == ()
    )


def test_bill_has_the_lowest_confidence_of_its_relevant_prices() -> None:
    ireland = read_prices("eu-west-1")
    rules = [costs.websocket_messages, costs.rest_requests, costs.transfer]
    sure = costs.bill(rules, ChannelUsage(1, 1, Usage(requests=1000)), ireland)
    assert sure.confidence == "A"
    assert costs.bill(rules, ChannelUsage(1, 1, Usage(requests=1, messages_out=1)), ireland).confidence == "B"
    # A thousandth of the sum does not make it less sure.
    assert (
        costs.bill(rules, ChannelUsage(1, 1, Usage(requests=1000, messages_out=1)), ireland).confidence == "A"
    )


def test_every_price_has_a_source_and_both_regions() -> None:
    assert regions() == ("us-east-1", "eu-west-1")
    for region in regions():
        book = read_prices(region)
        assert set(book.meaning) == {"A", "B", "C"}
        for price in book.prices.values():
            assert price.usd > 0
            assert price.sources
            assert all(price.sources)


def test_every_channel_has_a_bill(virginia: PriceBook) -> None:
    client = Usage(requests=5, sockets=1, messages_in=8, messages_out=2, bytes_in=4000, connected_seconds=3.0)
    server = ServerUse(functions={"api": FunctionUse(3, 0.1)})
    for channel in discover():
        assert costs.bill(channel.bill, ChannelUsage(1, 6, client, server), virginia).usd > 0, channel.name


def test_deliveries_multiply_by_followers_and_publishes_do_not(
    virginia: PriceBook,
) -> None:
    # A million orders of six changes; three followers receive each.
    client = Usage(requests=6, sockets=3, messages_in=24, messages_out=24, bytes_in=24 * 300)
    usage = ChannelUsage(1, 6, client, followers=3)
    for rule, published, delivered in (
        (costs.events_operations, 6, 18),
        (inner_subscription, 0, 18),
    ):
        units = {line.why: line.units for line in costs.bill([rule], usage, virginia).lines}
        assert units.get("each change, published", 0) == published * 1_000_000
        assert sum(n for why, n in units.items() if "delivered" in why) == delivered * 1_000_000


def test_sns_is_billed_by_metered_deliveries(virginia: PriceBook) -> None:
    server = ServerUse({"sns.delivery.http": 6.0, "sns.delivery.lambda": 9.0})
    assert usd([costs.sns_deliveries], ChannelUsage(1, 6, Usage(), server), virginia) == Decimal("3.6")


def test_stream_is_billed_as_a_request_and_an_inner_subscription(virginia: PriceBook) -> None:
    client = Usage(requests=1, sockets=1, messages_in=6, bytes_in=1711, connected_seconds=30.0)
    server = ServerUse(functions={"StreamEvents": FunctionUse(1.0, 0.125 * 30)})
    priced = costs.bill(
        [stream_requests, inner_subscription, costs.server_side], ChannelUsage(1, 6, client, server), virginia
    )
    assert [(line.price.key, line.units, line.usd) for line in priced.lines] == [
        ("rest.request", Decimal(1_000_000), Decimal("3.5")),
        ("appsync.update", Decimal(2_000_000), Decimal(4)),
        ("appsync.update", Decimal(6_000_000), Decimal(12)),
        ("appsync.minute", Decimal(500_000), Decimal("0.04")),
        ("lambda.request", Decimal(1_000_000), Decimal("0.2")),
        # What makes it dear: the function's time for as long as the stream is open.
        ("lambda.gb-second.arm64", Decimal(3_750_000), Decimal("50.0002500")),
    ]


@pytest.mark.parametrize(("size", "requests"), [(1, 1), (10 * 1024**2, 1), (10 * 1024**2 + 1, 2)])
def test_each_started_ten_megabytes_of_a_stream_are_a_request(
    virginia: PriceBook, size: int, requests: int
) -> None:
    usage = ChannelUsage(1, 6, Usage(requests=1, sockets=1, bytes_in=size))
    assert sum(quantity.units for quantity in stream_requests(usage)) == requests
