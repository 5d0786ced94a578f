"""The composition root: which adapter keeps which port, made when first needed and kept."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING

from chalicelib import settings
from orders.adapters.clock import SystemClock
from orders.environment import read
from orders.origins import Orchestrator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orders.adapters.durable_functions import DurableOrders
    from orders.connections import Connections, Operations, Pusher, Tickets, TokenCallers
    from orders.ports import Approvals, Clock, OrderQueue, OrderStore, WorkflowStarter
    from orders.reading import Wait
    from orders.runs import WorkflowRuns
    from orders.starting import ExpressRule
    from orders.tracing.reading import Executions
    from orders.tracing.spans import SpanStore
    from orders.webhooks.ports import WebhookDesk

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
def order_queue() -> OrderQueue:
    """Return the companion's own queue of orders that wait for a worker."""
    from orders.adapters.clients import client
    from orders.adapters.sqs import SQSOrderQueue

    return SQSOrderQueue(client("sqs"), read(settings.QueueSettings).companion_queue_url)


@lru_cache(maxsize=1)
def workflows() -> WorkflowStarter:
    """Return what starts an order's workflow."""
    from orders.adapters.clients import client
    from orders.adapters.durable_functions import EveryWorkflow
    from orders.adapters.stepfunctions import StepFunctionsStarter

    start = read(settings.StartSettings)
    machines = start.state_machine_arn, start.express_machine_arn
    return EveryWorkflow(StepFunctionsStarter(client("stepfunctions"), *machines), durable_orders())


@lru_cache(maxsize=1)
def durable_orders() -> DurableOrders:
    """Return what starts the durable function of orders, and looks at its executions."""
    from orders.adapters.clients import client
    from orders.adapters.durable_functions import DurableOrders

    return DurableOrders(lambda: client("lambda"), read(settings.DurableSettings).durable_function_arn)


@lru_cache(maxsize=1)
def orchestrator() -> Orchestrator:
    """Return what runs orders that name no orchestrator."""
    return Orchestrator.of(read(settings.OrchestratorSettings).orchestrator)


@lru_cache(maxsize=1)
def executions() -> Executions:
    """Return what is kept of the workflows' executions."""
    from orders.adapters.clients import client
    from orders.adapters.durable_histories import EveryHistory
    from orders.adapters.execution_histories import StepFunctionsHistories

    start = read(settings.StartSettings)
    machines = start.state_machine_arn, start.express_machine_arn
    return EveryHistory(StepFunctionsHistories(client("stepfunctions"), *machines), durable_orders())


@lru_cache(maxsize=1)
def spans() -> SpanStore:
    """Return what keeps the traces."""
    from orders.adapters.clients import client
    from orders.adapters.trace_documents import XRayDocuments

    return XRayDocuments(lambda: client("xray"))


@lru_cache(maxsize=1)
def express_rule() -> ExpressRule:
    """Return which orders are run by Express executions."""
    from orders.approval import ApprovalRule
    from orders.starting import ExpressRule

    express = read(settings.ExpressSettings)
    waiting = read(settings.ApprovalSettings)
    approval = ApprovalRule.of(waiting.approval_limit, waiting.flagged_countries)
    return ExpressRule(express.express_orders == "true", int(express.pace_seconds), approval)


@lru_cache(maxsize=1)
def approvals() -> Approvals:
    """Return what wakes workflows that wait for a human."""
    from orders.adapters.clients import client, dynamodb
    from orders.adapters.dynamodb_approvals import WaitingWorkflows

    table = read(settings.OrdersSettings).orders_table
    return WaitingWorkflows(dynamodb(), lambda: client("stepfunctions"), lambda: client("lambda"), table)


@lru_cache(maxsize=1)
def workflow_runs() -> Mapping[Orchestrator, WorkflowRuns]:
    """Return what became of orders' workflows, and has them go on, by what runs them."""
    from orders.adapters.clients import client, dynamodb
    from orders.adapters.workflow_runs import StepFunctionsRuns

    machine_settings = read(settings.StartSettings)
    machines = StepFunctionsRuns(
        dynamodb(),
        lambda: client("stepfunctions"),
        read(settings.OrdersSettings).orders_table,
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
    """Return what tells whose a token is, where API Gateway does not."""
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
