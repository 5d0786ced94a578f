"""What every composition root reads of the environment: the orders' table, and what runs orders."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OrdersSettings:
    """What reads and writes orders."""

    orders_table: str


@dataclass(frozen=True)
class StartSettings:
    """The state machines that run orders."""

    state_machine_arn: str
    express_machine_arn: str


@dataclass(frozen=True)
class DurableSettings:
    """The durable function of orders: the ARN of its alias."""

    durable_function_arn: str


@dataclass(frozen=True)
class OrchestratorSettings:
    """What runs orders that name no orchestrator: ``workflow`` or ``durable``."""

    orchestrator: str


@dataclass(frozen=True)
class ApprovalSettings:
    """Which orders wait for a human: the limit is in minor units, the countries are split by commas."""

    approval_limit: float
    flagged_countries: str


@dataclass(frozen=True)
class ExpressSettings:
    """Which orders are run by Express executions; the pace is in seconds, and may be 0."""

    express_orders: str
    pace_seconds: str
