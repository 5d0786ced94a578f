"""The composition root: which adapter keeps which port, made when first needed and kept."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from orders.adapters.wiring import (
    approval_rule,
    clock,
    executions,
    express_rule,
    order_store,
    spans,
    workflows,
)
from orders.environment import read
from resolvers import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from orders.adapters.pool_tokens import PoolTokens
    from orders.dead_letters.redriving import Desk
    from orders.model import OrderId
    from orders.ports import (
        OrderQueue,
        PaymentProvider,
        StockRoom,
    )
    from orders.sse.watching import Feed
    from orders.summaries.ports import SummaryStore
    from orders.summaries.rebuilding import Rebuilding
    from orders.webhooks.ports import WebhookDesk

__all__ = [
    "approval_rule",
    "audience",
    "authorizing_provider",
    "clock",
    "dead_letters",
    "executions",
    "express_rule",
    "feed",
    "order_queue",
    "order_store",
    "pool_tokens",
    "rebuilding",
    "send_to_redelivery",
    "spans",
    "stock_room",
    "summaries",
    "voiding_provider",
    "webhook_desk",
    "workflows",
]

# ruff: noqa: PLC0415 - adapters import botocore, which takes 100 ms: only who needs one pays.


@cache
def stock_room() -> StockRoom:
    """Return the stock room."""
    from orders.adapters.clients import dynamodb
    from orders.adapters.dynamodb_stock import DynamoDBStockRoom

    table = read(settings.FulfilmentSettings).fulfilment_table
    return DynamoDBStockRoom(dynamodb(), table)


@cache
def authorizing_provider() -> PaymentProvider:
    """Return the payment provider, with the time it has to answer."""
    from orders.adapters.clients import dynamodb
    from orders.adapters.sandbox_payments import SandboxPayments

    payment = read(settings.PaymentSettings)
    return SandboxPayments(dynamodb(), payment.fulfilment_table, timeout=payment.payment_timeout_seconds)


@cache
def voiding_provider() -> PaymentProvider:
    """Return the payment provider for giving back, which no card's token delays."""
    from orders.adapters.clients import dynamodb
    from orders.adapters.sandbox_payments import SandboxPayments

    table = read(settings.FulfilmentSettings).fulfilment_table
    return SandboxPayments(dynamodb(), table, timeout=1)


@cache
def order_queue() -> OrderQueue:
    """Return the queue of orders that wait for a worker."""
    from orders.adapters.clients import client
    from orders.adapters.sqs import SQSOrderQueue

    return SQSOrderQueue(client("sqs"), read(settings.QueueSettings).order_queue_url)


@cache
def audience() -> str:
    """Return the user pool client whose tokens count."""
    return read(settings.AudienceSettings).user_pool_client_id


def feed(token: str, order_id: OrderId | None) -> Feed | None:
    """Return the feed of an order's changes, or of all the caller's; None where nothing is published."""
    where = _feed_settings()
    if where.realtime_url is None:
        return None
    from orders.adapters.appsync_feed import AppSyncFeed

    return AppSyncFeed(where.graphql_url, where.realtime_url, token, order_id)


@cache
def _feed_settings() -> settings.FeedSettings:
    return read(settings.FeedSettings)


@cache
def webhook_desk() -> WebhookDesk | None:
    """Return where customers register webhooks; None where these are off."""
    rules = read(settings.RegistrationSettings)
    table, secret, topics = rules.webhooks_table, rules.webhook_secret_arn, rules.webhook_topics
    if table is None or secret is None or topics is None or rules.webhook_dead_letters_arn is None:
        return None
    from orders.adapters.clients import dynamodb
    from orders.adapters.dynamodb_webhooks import DynamoDBWebhooks
    from orders.adapters.secret_store import SecretsManagerKey
    from orders.adapters.signing import Role
    from orders.adapters.sns import SnsPosts, SnsTopics
    from orders.adapters.webhook_challenge import HttpChallenger
    from orders.webhooks.addresses import AddressRule
    from orders.webhooks.registration import Registration

    role = Role()
    return Registration(
        store=DynamoDBWebhooks(dynamodb(), table),
        sns=SnsTopics(SnsPosts(rules.aws_region, role), rules.webhook_dead_letters_arn),
        challenger=HttpChallenger(),
        master=SecretsManagerKey(secret, rules.aws_region, role),
        rule=AddressRule(allow_private=rules.allow_private_webhooks == "true"),
        topics=topics.split(","),
        clock=clock(),
    )


@cache
def pool_tokens() -> PoolTokens:
    """Return what verifies the user pool's tokens."""
    from orders.adapters.endpoints import user_pool_keys
    from orders.adapters.pool_tokens import PoolTokens

    pool = read(settings.PoolSettings)
    return PoolTokens(pool.user_pool_issuer, pool.user_pool_client_id, user_pool_keys(pool.user_pool_issuer))


def send_to_redelivery(bodies: list[str]) -> None:
    """Put ``bodies`` in the redelivery queue; raises as ``orders.adapters.sqs.send_all`` does."""
    from orders.adapters.clients import client
    from orders.adapters.sqs import send_all

    send_all(client("sqs"), read(settings.RedeliverySettings).redelivery_queue_url, bodies)


@cache
def summaries() -> SummaryStore:
    """Return where customers' summaries are kept."""
    from orders.adapters.clients import dynamodb
    from orders.adapters.dynamodb_summaries import DynamoDBSummaries

    return DynamoDBSummaries(dynamodb(), read(settings.SummarySettings).summaries_table)


def attempt_again(receipt_handles: Sequence[str]) -> None:
    """Make messages of the read model's queue visible at once."""
    from orders.adapters.clients import client
    from orders.adapters.sqs import make_visible

    make_visible(client("sqs"), read(settings.SummaryQueueSettings).summary_queue_url, receipt_handles)


@cache
def rebuilding() -> Rebuilding:
    """Return what rebuilds customers' summaries."""
    from orders.adapters.archive_replays import ArchiveReplays
    from orders.adapters.clients import client
    from orders.adapters.dynamodb_summaries import DynamoDBSummaries
    from orders.summaries.rebuilding import Rebuilding

    where, table = read(settings.RebuildSettings), read(settings.SummarySettings).summaries_table
    queue_url = read(settings.SummaryQueueSettings).summary_queue_url
    replays = ArchiveReplays(
        client("events"),
        client("sqs"),
        archive=where.event_archive,
        rule=where.summary_rule,
        queue_url=queue_url,
    )
    return Rebuilding(DynamoDBSummaries(client("dynamodb"), table), replays, clock())


def dead_letters(in_time: Callable[[], bool]) -> Desk:
    """Return where staff look after dead letters; it begins no more letters than there is time for."""
    from orders.adapters.clients import client
    from orders.adapters.dead_letter_queues import SqsDeadLetters
    from orders.adapters.event_buses import EventBridgeBuses
    from orders.adapters.function_calls import LambdaFunctions
    from orders.adapters.kinesis_batches import EveryStream, KinesisBatches
    from orders.adapters.stream_batches import DynamoDBStreamBatches
    from orders.dead_letters.places import parse_places
    from orders.dead_letters.redriving import Desk

    return Desk(
        places=parse_places(read(settings.DeadLetterSettings).dead_letters),
        queues=SqsDeadLetters(client("sqs")),
        streams=EveryStream(
            {
                "dynamodb": lambda: DynamoDBStreamBatches(client("dynamodbstreams")),
                "kinesis": lambda: KinesisBatches(client("kinesis")),
            }
        ),
        functions=LambdaFunctions(client("lambda")),
        buses=EventBridgeBuses(client("events")),
        in_time=in_time,
    )
