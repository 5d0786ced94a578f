"""The composition root: which adapter keeps which port, made when first needed and kept."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING

from chalicelib import settings
from orders.adapters.settings import OrdersSettings, StartSettings
from orders.adapters.wiring import (
    clock,
    durable_orders,
    executions,
    express_rule,
    orchestrator,
    order_store,
    spans,
    workflows,
)
from orders.environment import read
from orders.origins import Orchestrator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orders.connections import Connections, Operations, Pusher, Tickets, TokenCallers
    from orders.ports import Approvals, OrderQueue
    from orders.reading import Wait
    from orders.runs import WorkflowRuns
    from orders.webhooks.ports import WebhookDesk

__all__ = [
    "approvals",
    "clock",
    "connections",
    "durable_orders",
    "executions",
    "express_rule",
    "operations",
    "orchestrator",
    "order_queue",
    "order_store",
    "pusher",
    "sleep",
    "spans",
    "tickets",
    "token_callers",
    "wait",
    "webhook_desk",
    "workflow_runs",
    "workflows",
]

# ruff: noqa: PLC0415 - adapters import botocore, which takes 100 ms: only who needs one pays.


@lru_cache(maxsize=1)
def order_queue() -> OrderQueue:
    """Return the companion's own queue of orders that wait for a worker."""
    from orders.adapters.clients import client
    from orders.adapters.sqs import SQSOrderQueue

    return SQSOrderQueue(client("sqs"), read(settings.QueueSettings).companion_queue_url)


@lru_cache(maxsize=1)
def approvals() -> Approvals:
    """Return what wakes workflows that wait for a human."""
    from orders.adapters.clients import client, dynamodb
    from orders.adapters.dynamodb_approvals import WaitingWorkflows

    table = read(OrdersSettings).orders_table
    return WaitingWorkflows(dynamodb(), lambda: client("stepfunctions"), lambda: client("lambda"), table)


@lru_cache(maxsize=1)
def workflow_runs() -> Mapping[Orchestrator, WorkflowRuns]:
    """Return what became of orders' workflows, and has them go on, by what runs them."""
    from orders.adapters.clients import client, dynamodb
    from orders.adapters.workflow_runs import StepFunctionsRuns

    machine_settings = read(StartSettings)
    machines = StepFunctionsRuns(
        dynamodb(),
        lambda: client("stepfunctions"),
        read(OrdersSettings).orders_table,
        standard_arn=machine_settings.state_machine_arn,
        express_arn=machine_settings.express_machine_arn,
    )
    return {Orchestrator.WORKFLOW: machines, Orchestrator.DURABLE: durable_orders()}


@lru_cache(maxsize=1)
def tickets() -> Tickets:
    """Return what lets a WebSocket connection in."""
    from orders.adapters.clients import client
    from orders.adapters.dynamodb_connections import DynamoDBTickets

    return DynamoDBTickets(client("dynamodb"), read(settings.ConnectionsSettings).connections_table)


@lru_cache(maxsize=1)
def webhook_desk() -> WebhookDesk:
    """Return where customers register webhooks: the stack's function, which alone sends to their URLs."""
    from orders.adapters.webhooks_function import WebhooksFunction

    named = read(settings.WebhookSettings)
    return WebhooksFunction(named.manage_webhooks_arn, named.aws_region)


def wait(seconds: float) -> Wait:
    """Return how a request waits for a change, at most ``seconds``."""
    from orders.reading import Wait

    return Wait(seconds)


@lru_cache(maxsize=1)
def connections() -> Connections:
    """Return what remembers WebSocket connections and what they follow."""
    from orders.adapters.clients import client
    from orders.adapters.dynamodb_connections import DynamoDBConnections

    return DynamoDBConnections(client("dynamodb"), read(settings.ConnectionsSettings).connections_table)


@lru_cache(maxsize=1)
def operations() -> Operations:
    """Return what remembers the GraphQL subscriptions of WebSocket connections."""
    from orders.adapters.clients import client
    from orders.adapters.dynamodb_operations import DynamoDBOperations

    return DynamoDBOperations(client("dynamodb"), read(settings.ConnectionsSettings).connections_table)


@lru_cache(maxsize=1)
def token_callers() -> TokenCallers:
    """Return the check of a token's owner, where API Gateway does none."""
    from orders.adapters.endpoints import user_pool_issuer, user_pool_keys
    from orders.adapters.pool_tokens import PoolTokens

    pool = read(settings.PoolSettings)
    issuer = user_pool_issuer(pool.user_pool_arn)
    return PoolTokens(issuer, pool.user_pool_client_id, user_pool_keys(issuer))


def sleep(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)


@lru_cache(maxsize=1)
def pusher() -> Pusher:
    """Return what sends frames to WebSocket connections."""
    from orders.adapters.websocket_push import WebSocketPush

    return WebSocketPush(read(settings.PushSettings).aws_region)
