"""The part that all composition roots share: which adapter keeps the ports of orders and their workflows.

Each is created when it is first needed, and kept.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from orders.adapters import settings
from orders.adapters.clock import SystemClock
from orders.environment import read
from orders.origins import Orchestrator

if TYPE_CHECKING:
    from orders.adapters.durable_functions import DurableOrders
    from orders.approval import ApprovalRule
    from orders.ports import Clock, OrderStore, WorkflowStarter
    from orders.starting import ExpressRule
    from orders.tracing.reading import Executions
    from orders.tracing.spans import SpanStore

# ruff: noqa: PLC0415 - adapters import botocore, which takes 100 ms: only who needs one pays.


def clock() -> Clock:
    """Return the clock."""
    return SystemClock()


@cache
def order_store() -> OrderStore:
    """Return the store of orders."""
    from orders.adapters.clients import dynamodb
    from orders.adapters.dynamodb_store import DynamoDBOrderStore

    return DynamoDBOrderStore(dynamodb(), read(settings.OrdersSettings).orders_table)


def orchestrator() -> Orchestrator:
    """Return what runs orders that name no orchestrator."""
    return Orchestrator.of(read(settings.OrchestratorSettings).orchestrator)


def durable_orders() -> DurableOrders:
    """Return what starts the durable function of orders, and looks at its executions."""
    from orders.adapters.clients import client
    from orders.adapters.durable_functions import DurableOrders

    return DurableOrders(lambda: client("lambda"), read(settings.DurableSettings).durable_function_arn)


@cache
def workflows() -> WorkflowStarter:
    """Return what starts an order's workflow."""
    from orders.adapters.clients import client
    from orders.adapters.durable_functions import EveryWorkflow
    from orders.adapters.stepfunctions import StepFunctionsStarter

    start = read(settings.StartSettings)
    machines = start.state_machine_arn, start.express_machine_arn
    return EveryWorkflow(StepFunctionsStarter(client("stepfunctions"), *machines), durable_orders())


@cache
def executions() -> Executions:
    """Return what is kept of the workflows' executions."""
    from orders.adapters.clients import client
    from orders.adapters.durable_histories import EveryHistory
    from orders.adapters.execution_histories import StepFunctionsHistories

    start = read(settings.StartSettings)
    machines = start.state_machine_arn, start.express_machine_arn
    return EveryHistory(StepFunctionsHistories(client("stepfunctions"), *machines), durable_orders())


@cache
def spans() -> SpanStore:
    """Return what keeps the traces."""
    from orders.adapters.clients import client
    from orders.adapters.trace_documents import XRayDocuments

    return XRayDocuments(lambda: client("xray"))


@cache
def approval_rule() -> ApprovalRule:
    """Return which orders wait for a human."""
    from orders.approval import ApprovalRule

    rule = read(settings.ApprovalSettings)
    return ApprovalRule.of(rule.approval_limit, rule.flagged_countries)


@cache
def express_rule() -> ExpressRule:
    """Return which orders are run by Express executions."""
    from orders.starting import ExpressRule

    express = read(settings.ExpressSettings)
    return ExpressRule(express.express_orders == "true", int(express.pace_seconds), approval_rule())
