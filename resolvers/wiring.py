"""The composition root: which adapter keeps which port, made when first needed and kept."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from orders.adapters.clock import SystemClock
from orders.environment import read, read_if_set
from resolvers import settings

if TYPE_CHECKING:
    from orders.adapters.pool_tokens import PoolTokens
    from orders.approval import ApprovalRule
    from orders.connections import Connections
    from orders.ports import (
        Channel,
        Clock,
        OrderQueue,
        OrderStore,
        PaymentProvider,
        StockRoom,
        WorkflowStarter,
    )
    from orders.starting import ExpressRule
    from orders.tracing.reading import Executions

# ruff: noqa: PLC0415 - adapters import botocore, which takes 100 ms: only who needs one pays.


def clock() -> Clock:
    """Return the clock."""
    return SystemClock()


@lru_cache(maxsize=1)
def order_store() -> OrderStore:
    """Return the store of orders."""
    from orders.adapters.clients import dynamodb
    from orders.adapters.dynamodb_store import DynamoDBOrderStore

    return DynamoDBOrderStore(dynamodb(), read(settings.OrdersSettings).orders_table)


@lru_cache(maxsize=1)
def stock_room() -> StockRoom:
    """Return the stock room."""
    from orders.adapters.clients import dynamodb
    from orders.adapters.dynamodb_stock import DynamoDBStockRoom

    table = read(settings.FulfilmentSettings).fulfilment_table
    return DynamoDBStockRoom(dynamodb(), table)


@lru_cache(maxsize=1)
def approval_rule() -> ApprovalRule:
    """Return which orders wait for a human."""
    from orders.approval import ApprovalRule

    found = read(settings.ApprovalSettings)
    return ApprovalRule.of(found.approval_limit, found.flagged_countries)


@lru_cache(maxsize=1)
def authorizing_provider() -> PaymentProvider:
    """Return the payment provider, with the time it has to answer."""
    from orders.adapters.clients import dynamodb
    from orders.adapters.sandbox_payments import SandboxPayments

    found = read(settings.PaymentSettings)
    return SandboxPayments(dynamodb(), found.fulfilment_table, timeout=found.payment_timeout_seconds)


@lru_cache(maxsize=1)
def voiding_provider() -> PaymentProvider:
    """Return the payment provider for giving back, which no card's token delays."""
    from orders.adapters.clients import dynamodb
    from orders.adapters.sandbox_payments import SandboxPayments

    table = read(settings.FulfilmentSettings).fulfilment_table
    return SandboxPayments(dynamodb(), table, timeout=1)


@lru_cache(maxsize=1)
def workflows() -> WorkflowStarter:
    """Return what starts an order's workflow."""
    from orders.adapters.clients import client
    from orders.adapters.stepfunctions import StepFunctionsStarter

    found = read(settings.StartSettings)
    return StepFunctionsStarter(client("stepfunctions"), found.state_machine_arn, found.express_machine_arn)


@lru_cache(maxsize=1)
def executions() -> Executions:
    """Return what is kept of the workflows' executions."""
    from orders.adapters.clients import client
    from orders.adapters.execution_histories import StepFunctionsHistories

    found = read(settings.StartSettings)
    return StepFunctionsHistories(client("stepfunctions"), found.state_machine_arn, found.express_machine_arn)


@lru_cache(maxsize=1)
def express_rule() -> ExpressRule:
    """Return which orders are run by Express executions."""
    from orders.approval import ApprovalRule
    from orders.starting import ExpressRule

    found = read(settings.ExpressSettings)
    waiting = read(settings.ApprovalSettings)
    approval = ApprovalRule.of(waiting.approval_limit, waiting.flagged_countries)
    return ExpressRule(found.express_orders == "true", int(found.pace_seconds), approval)


@lru_cache(maxsize=1)
def order_queue() -> OrderQueue:
    """Return the queue of orders that wait for a worker."""
    from orders.adapters.clients import client
    from orders.adapters.sqs import SQSOrderQueue

    return SQSOrderQueue(client("sqs"), read(settings.QueueSettings).order_queue_url)


@lru_cache(maxsize=1)
def channels() -> tuple[Channel, ...]:
    """Return every channel that is told of a change. A new channel is one line here."""
    from orders.adapters.dynamodb_subscribers import DynamoDBSubscribers
    from orders.adapters.endpoints import iot_data_endpoint
    from orders.adapters.signing import Role
    from orders.adapters.websocket_push import WebSocketPush
    from resolvers.channels.appsync import AppSyncChannel
    from resolvers.channels.iot import IotChannel
    from resolvers.channels.websocket import WebSocketChannel

    role, found = Role(), read(settings.PublishSettings)
    table = read(settings.ConnectionsSettings).connections_table
    iot = read_if_set(settings.IotSettings)
    return (
        AppSyncChannel(found.graphql_url, found.aws_region, role),
        WebSocketChannel(
            DynamoDBSubscribers(
                table, found.aws_region, lambda *gone: connections(table).forget(*gone), role
            ),
            WebSocketPush(found.aws_region, role),
        ),
        *(() if iot is None else (IotChannel(iot_data_endpoint(iot.iot_endpoint), found.aws_region, role),)),
    )


@lru_cache(maxsize=1)
def connections(table: str) -> Connections:
    """Return who is connected, for forgetting who is gone."""
    from orders.adapters.clients import client
    from orders.adapters.dynamodb_connections import DynamoDBConnections

    return DynamoDBConnections(client("dynamodb"), table)


@lru_cache(maxsize=1)
def pool_tokens() -> PoolTokens:
    """Return what verifies the user pool's tokens."""
    from orders.adapters.endpoints import user_pool_keys
    from orders.adapters.pool_tokens import PoolTokens

    found = read(settings.PoolSettings)
    issuer = found.user_pool_issuer
    return PoolTokens(issuer, found.user_pool_client_id, user_pool_keys(issuer))


def send_to_redelivery(bodies: list[str]) -> None:
    """Put ``bodies`` in the redelivery queue; raises as ``orders.adapters.sqs.send_all`` does."""
    from orders.adapters.clients import client
    from orders.adapters.sqs import send_all

    send_all(client("sqs"), read(settings.RedeliverySettings).redelivery_queue_url, bodies)
