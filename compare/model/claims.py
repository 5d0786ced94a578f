"""What has been written about these services, and what the model says of it, with the arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from compare.model.channels import chosen
from compare.model.estimate import estimate, read_books
from compare.model.scenario import Scenario
from compare.prices import Confidence, PriceBook, read_prices

Verdict = Literal["true", "partly", "no longer", "false"]
DAY, DAYS = 25_000, 30
# The function of the claim: 128 MB, 50 ms, x86.
GB_SECONDS = Decimal("0.125") * Decimal("0.05")


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim, answered.

    Attributes
    ----------
    statement
        What was written.
    figures
        The arithmetic, a line each.
    answer
        What to think of it.
    """

    key: str
    statement: str
    verdict: Verdict
    figures: tuple[str, ...]
    answer: str
    confidence: Confidence


def claims() -> list[Claim]:
    """Return all claims, answered."""
    return [_dollar(), _prices(), _polling(), _streams(), _authorizers()]


def _dollar() -> Claim:
    figures, totals = [], []
    for region in ("us-east-1", "eu-west-1"):
        book = read_prices(region)
        messages, calls = Decimal(DAY * DAYS), Decimal(DAY * DAYS)
        inbound = messages * book["websocket.message"].each
        invoked = calls * book["lambda.request"].each
        time = calls * GB_SECONDS * book["lambda.gb-second.x86_64"].each
        total = inbound + invoked + time
        totals.append(total)
        figures.append(
            f"{region}: 750,000 messages ${inbound:.2f} + invocations ${invoked:.2f} + their time "
            f"${time:.2f} "
            f"= ${total:.2f} a month; each message also pushed to one client: ${total + inbound:.2f}"
        )
    return Claim(
        "25,000 messages",
        "A small application with 25,000 messages and as many function calls a day costs below 1 dollar "
        "a month.",
        "partly",
        (
            *figures,
            "connection minutes, DynamoDB and logs are excluded; Lambda's free tier reduces its part to 0",
        ),
        "It is true in us-east-1 while each message is billed once and connections are short. Once each "
        "message is "
        "pushed to a client as well, the bill doubles, in every Region.",
        "B",
    )


def _prices() -> Claim:
    us, eu = read_prices("us-east-1"), read_prices("eu-west-1")

    def pair(key: str) -> str:
        return f"${us[key].usd:g} in us-east-1, ${eu[key].usd:g} in eu-west-1"

    us_now, eu_now = (_two(region) for region in ("us-east-1", "eu-west-1"))
    return Claim(
        "$0.08 against $0.29",
        "A million connection minutes cost $0.08 (AppSync) against $0.29 (WebSocket), a million messages $2 "
        "against $1.14.",
        "partly",
        (
            f"connection minutes: AppSync {pair('appsync.minute')}; WebSocket {pair('websocket.minute')}",
            f"messages: AppSync {pair('appsync.update')}; WebSocket {pair('websocket.message')}",
            f"a million orders of 30 s and 6 changes, followed by one client: {us_now}; in eu-west-1 "
            f"{eu_now}",
        ),
        "Both pairs are true; those of WebSocket are other Regions' prices. They omit the deciding factor: "
        "AppSync publishes by a mutation and reads the history by a query, at $4 a million each, so it costs "
        "more for each order, however long the order lives. AppSync Events, at $1 and $0.08, does not.",
        "B",
    )


def _two(region: str) -> str:
    books = read_books(region)
    estimates = [
        estimate(model, Scenario(region=region), books)
        for model in chosen(["appsync", "websocket", "events"])
    ]
    return ", ".join(f"{each.title} ${each.bill.usd:,.0f}" for each in estimates)


def _polling() -> Claim:
    books = read_books("us-east-1")
    models = chosen(["poll-fixed", "poll-backoff", "websocket"])
    figures = []
    for life, words in ((30.0, "30 s"), (1800.0, "30 minutes")):
        estimates = [estimate(model, Scenario(life=life, poll=2.0), books) for model in models]
        each = ", ".join(
            f"{each.title} ${each.bill.usd:,.0f} ({each.late.mean:.1f} s late)" for each in estimates
        )
        figures.append(f"a million orders of {words}, fixed polling every 2 s: {each}")
    return Claim(
        "polling too costly",
        "Polling is too costly.",
        "partly",
        tuple(figures),
        "For short orders, polling with backoff costs about as much as a WebSocket: it is late, not "
        "expensive. The cost of a fixed interval grows with the order's life. For orders that live for "
        "minutes, only a waiting function costs more.",
        "B",
    )


def _streams() -> Claim:
    books = read_books("us-east-1")
    models = chosen(["sse", "longpoll", "websocket"])
    figures = []
    for life, words in ((5.0, "5 s"), (30.0, "30 s"), (1800.0, "30 minutes")):
        estimates = [estimate(model, Scenario(life=life), books) for model in models]
        figures.append(
            f"a million orders of {words}: "
            + ", ".join(f"{each.title} ${each.bill.usd:,.0f}" for each in estimates)
        )
    (sse,) = chosen(["sse"])
    first = estimate(sse, Scenario(), books).first
    assert first is not None
    figures.append(
        f"at 30 s an order, {first.orders:,.0f} orders/s occupy all {first.quota.limit:,.0f} environments"
    )
    return Claim(
        "SSE a deal-breaker",
        "Server-Sent Events are a deal-breaker: a function must stay alive for as long as a client listens.",
        "partly",
        tuple(figures),
        "Response streaming (REST APIs since November 2025) made it possible to send events as they happen, "
        "for up to 15 minutes. It did not change the bill: AWS bills the function while it waits. For orders "
        "that live for seconds it is affordable and simple; for longer ones the cost and the limit of a "
        "thousand environments rule it out.",
        "B",
    )


def _authorizers() -> Claim:
    return Claim(
        "no custom authorizers",
        "AppSync has no custom authorizers.",
        "no longer",
        (
            "AppSync: Lambda authorizers since 2021-07-30, for GraphQL over HTTP and in real time",
            "AppSync Events: since 2024-10-30 with the service itself; IoT Core and API Gateway have "
            "them as well",
        ),
        "True when it was written, in 2020. Today AppSync accepts API keys, IAM, OpenID Connect, Cognito "
        "user pools and Lambda, several at a time.",
        "A",
    )


def sure(book: PriceBook) -> str:
    """Return what the letters of confidence mean, in one line."""
    return "; ".join(f"{letter}: {meaning}" for letter, meaning in book.meaning.items())
